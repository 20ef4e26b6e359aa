import { expect, it } from 'vitest'
import { redactKeys } from '#core'
import { LOG_BYTES, logText, newLog, shownLog } from './keep-log.ts'

const KEY = `ghp_${'aZ3kQ9xW'.repeat(5).slice(0, 36)}`
const PRIVATE = `-----BEGIN RSA PRIVATE KEY-----\n${`${'aZ3kQ9xW'.repeat(8)}\n`.repeat(100)}-----END RSA PRIVATE KEY-----\n`

function heard(...texts: readonly string[]): ReturnType<typeof newLog> {
  const log = newLog()
  for (const text of texts) log.push(Buffer.from(text))
  return log
}

it('what fits is kept to the byte, but for keys', () => {
  expect(logText(heard('ä\n\n', `a ${KEY} b\r\n`), redactKeys)).toBe('ä\n\na ⟦GitHub token, 40 characters⟧ b\r\n')
})

it('a key that is coloured in part is none the less a key, and colours that hide none stay', () => {
  const coloured = `\u001B[01;31m\u001B[Kghp_\u001B[m\u001B[K${KEY.slice(4, 20)}\u001B[1m${KEY.slice(20)}\u001B[0m`
  expect(logText(heard(`\u001B[32mred\u001B[0m ${coloured} b\n`), redactKeys)).toBe('red ⟦GitHub token, 40 characters⟧ b\n')
  expect(logText(heard('\u001B[32mgreen\u001B[0m\n'), redactKeys)).toBe('\u001B[32mgreen\u001B[0m\n')
  const long = logText(heard(`${coloured}\n${'line\n'.repeat(LOG_BYTES)}${coloured}\n`), redactKeys)
  expect([long.startsWith('⟦GitHub token'), long.endsWith('characters⟧\n')]).toEqual([true, true])
})

it('what does not loses its middle, between two lines, and says how much', () => {
  const lines = Array.from({ length: 50_000 }, (_, at) => `line ${String(at).padStart(25, '0')} ä\n`)
  const all = lines.join('')
  const [, head = '', left, tail = ''] = /^([^]*)\n… (\d+) bytes left out …\n([^]*)$/u.exec(logText(heard(...lines), redactKeys)) ?? []
  expect([all.startsWith(`${head}\n`), all.endsWith(`\n${tail}`), tail.startsWith('line ')]).toEqual([true, true, true])
  expect(Number(left)).toBe(Buffer.byteLength(all) - Buffer.byteLength(head) - Buffer.byteLength(tail))
  expect(Buffer.byteLength(head + tail)).toBeGreaterThan(0.95 * LOG_BYTES)
})

it.each(['\n', 'x'])('no half of a key is left wherever the middle is cut out (filled with %j)', (filler) => {
  const half = LOG_BYTES / 2
  for (const secret of [KEY, PRIVATE])
    for (const share of [0.02, 0.3, 0.5, 0.98]) {
      const before = filler.repeat(half - Math.round(share * secret.length) - 1)
      const after = filler.repeat(half - Math.round((1 - share) * secret.length) - 1)
      const across = [`${before}\n${secret}`, filler.repeat(2 * LOG_BYTES), `\n${secret}${after}`]
      for (const text of [logText(heard(...across), redactKeys), logText(heard(across.join('')), redactKeys)]) {
        expect(text).toContain('bytes left out')
        expect(text).not.toContain('aZ3k')
        expect(text).not.toContain('Q9xW')
      }
    }
})

it('is shown as on a terminal: without colours, a bar as it was drawn last, and what else hides by its name', () => {
  expect(shownLog('\u001B[31m✗\u001B[0m red\r\n10 %\r50 %\rdone\n \u202E\u0000\n\n')).toBe('✗ red\ndone\n ⟦U+202E⟧⟦U+0000⟧')
})
