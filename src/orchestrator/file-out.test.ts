import { expect, it } from 'vitest'
import { plain } from '#core'
import { MAX_FILE_OUT, fileOut, refuseByName } from './file-out.ts'

const text = (words: string): Uint8Array => Buffer.from(words)
const saidOf = (act: () => unknown): string => {
  try {
    act()
    return 'sent'
  } catch (error) {
    return error instanceof Error && 'say' in error ? String(error.say) : String(error)
  }
}

it('a text leaves as a file with its beginning, how long it is, and where it is from', () => {
  const lines = Array.from({ length: 40 }, (_, at) => `line ${at + 1}`)
  const out = fileOut('logs/build log.txt', text(`${lines.join('\n')}\n`), 'T12, as it is now', 'the log')
  expect({ ...out, caption: plain(out.caption) }).toEqual({
    filename: 'build-log.txt',
    caption: `logs/build log.txt · 311 bytes\nT12, as it is now\nthe log\n${lines.slice(0, 14).join('\n')}\n… 40 lines in all`,
    text: `${lines.join('\n')}\n`,
  })
})

it('bytes leave as they are, and never as text', () => {
  const bytes = Buffer.from([0, 1, 2, 255])
  expect(fileOut('dist/app.bin', bytes, 'T1')).toMatchObject({ filename: 'app.bin', base64: bytes.toString('base64') })
})

it('a key in a text is left out and said; bytes with one in them do not leave', () => {
  const key = `ghp_${'aZ3kQ9xW'.repeat(5).slice(0, 36)}`
  const out = fileOut('notes.txt', text(`key = ${key}\n`), 'T1')
  expect(JSON.stringify(out)).not.toContain(key)
  expect(plain(out.caption)).toContain('🔑 What looks like a key in it was left out.')
  expect(saidOf(() => fileOut('a.bin', Buffer.concat([Buffer.from([0]), text(key)]), 'T1'))).toContain('holds what looks like a key')
})

it('files that are made to keep keys never leave, whatever is in them; templates of them do', () => {
  const kept = ['.env', 'a/.env.local', '.ENV', 'deploy/server.pem', 'id_ed25519', '.npmrc', 'x/credentials.json', '.git-credentials', 'my.key']
  const free = ['.env.example', 'src/env.ts', 'key.ts', 'pem.md', 'id_rsa.ts', 'keys/readme.md']
  expect(kept.filter((path) => !saidOf(() => refuseByName(path)).includes('keeps keys'))).toEqual([])
  expect(free.filter((path) => saidOf(() => refuseByName(path)) !== 'sent')).toEqual([])
})

it('limits are told with the way out', () => {
  expect(saidOf(() => fileOut('big.log', Buffer.alloc(MAX_FILE_OUT + 1, 97), 'T1'))).toBe(
    'big.log has 8.4 MB; at most 8.4 MB are sent. Ask an agent for a part of it.',
  )
  expect(saidOf(() => fileOut('none.txt', text(''), 'T1'))).toContain('is empty')
})
