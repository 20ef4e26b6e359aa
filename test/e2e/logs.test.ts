/** All that a command or a test run printed, on the phone: its end to read at once, and the whole as a file where it is longer than a message. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Message, Person } from '#simulator'
import { expect, test } from 'vitest'
import { addProject, card, cardSays, merge, sees, tap, wish } from '../support/desk.ts'
import { PATIENCE_MS, eventually } from '../support/eventually.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'

const LINES = Array.from({ length: 4000 }, (_, at) => `case ${String(at + 1).padStart(6, '0')} of the cart: expected 3, got 2, at total.js`)
/** Prints them, with a key in their middle, on both streams in turn; 220 kB. */
const FAILING = `a=ghp_; b=${'aZ3kQ9xW'.repeat(5).slice(0, 36)}
seq -f 'case %06.0f of the cart: expected 3, got 2, at total.js' 2000
sleep 0.2; echo "with $a$b" >&2; sleep 0.2
seq -f 'case %06.0f of the cart: expected 3, got 2, at total.js' 2001 4000
exit 3
`
const WHOLE = [...LINES.slice(0, 2000), 'with ⟦GitHub token, 40 characters⟧', ...LINES.slice(2000), ''].join('\n')
const FILES = { 'tests.sh': FAILING, '.lugh/config.yaml': 'test: sh tests.sh\n' }
const road = play('Round the total', calls(runs('sh tests.sh; echo over')), calls(runs('echo short', 'x'), writes('a.txt', 'a\n')), says('Rounded.'))

/** The message with the end of a log, and the file under it. */
async function logAfter(you: Person, since: number, head: RegExp): Promise<{ preview: Message; file: Message }> {
  const preview = await sees(you, head, since)
  const file = await you.waitFor(({ media, replyTo }) => media?.kind === 'document' && replyTo === preview.id, { since, timeoutMs: 60_000 })
  return { preview, file }
}
const bytesOf = ({ media }: Message): string => Buffer.from(media?.file.bytes ?? []).toString('utf8')

describeSideBySide('logs on the phone', (store) => {
  test('failing tests and a command of 220 kB come with their end to read and, byte for byte but for a key, as a file', () =>
    withSystem({ store, scripts: [road], env: { LUGH_MODE: 'auto' } }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop'), FILES))
      const task = await wish(you, 'Round the total')
      const review = await card(you, task, 'Review', '📄 Log')
      expect(review.text).toMatch(/Tests: ✗ sh tests\.sh failed \(exit code 3/)
      expect(review.text.split('\n').filter((line) => line.includes('total.js'))).toEqual(LINES.slice(-7))

      let since = you.mark()
      await tap(you, review, '📄 Log')
      const tests = await logAfter(
        you,
        since,
        /^T1 · tests: sh tests\.sh · exit code 3 · 2\d\d kB\nThe last 40 of 4001 lines; all of it is in the file below\./,
      )
      expect(tests.preview.text.split('\n').slice(2)).toEqual(LINES.slice(-40))
      expect(tests.preview.replyTo).toBe(review.id)
      expect([tests.file.media?.file.name, bytesOf(tests.file)]).toEqual(['T1-tests.log', WHOLE])

      since = you.mark()
      you.say('/log T1 tests.sh')
      const command = await logAfter(you, since, /^T1 · sh tests\.sh; echo over · exit code 0 · 2\d\d kB\n/)
      expect(bytesOf(command.file)).toBe(`${WHOLE}over\n`)

      since = you.mark()
      you.say('/log T1 echo short')
      expect((await sees(you, /^T1 · echo short/, since)).text).toBe('T1 · echo short · exit code 0 · 5 bytes\nshort')
      you.say('/log T1 cargo')
      expect((await sees(you, 'No command of T1 holds', since)).text).toContain('It ran, newest first: “echo short”, “sh tests.sh; echo over”.')
      you.say('/log')
      const again = await logAfter(you, since, /^T1 · tests: sh tests\.sh · exit code 3/)
      expect(bytesOf(again.file)).toBe(WHOLE)
      expect(you.buttons(await merge(you, task))).toEqual(['↩️ Undo'])
      await system.tidy()
    }))

  test('a command that was stopped tells how far it came', () => {
    const stuck = play('Hang', calls(runs('echo halfway; touch here.txt; sleep 600')), says('Never.'))
    return withSystem({ store, scripts: [stuck], env: { LUGH_MODE: 'auto' } }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      const task = await wish(you, 'Hang')
      await cardSays(you, task, 'echo halfway')
      const worktree = (): string[] => readdirSync(join(system.at.home, 'worktrees')).filter((name) => name.startsWith('t1-'))
      await eventually(() => worktree().some((name) => existsSync(join(system.at.home, 'worktrees', name, 'here.txt'))), true, PATIENCE_MS)
      const asked = async (): Promise<string> => {
        const since = you.mark()
        you.say('/log T1')
        return (await sees(you, /T1 · echo halfway|No command of T1/, since)).text
      }
      expect(await asked()).toBe('No command of T1 has ended yet; it is running.')
      you.say('/stop T1')
      await cardSays(you, task, /stopped/i)
      let text = await asked()
      while (text.startsWith('No command')) text = await asked() // its last words are written when its processes are gone
      expect(text).toBe('T1 · echo halfway; touch here.txt; sleep 600 · 8 bytes\nhalfway')
      await system.tidy()
    })
  })
})
