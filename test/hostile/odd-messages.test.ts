/** Odd words from a phone, and worse than a phone can send: one clear sentence or one task each, and the next message works. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message } from '#simulator'
import { addProject, becomes, reviewOf, tap, wish } from '../support/desk.ts'
import { calls, play, says, writes } from '../support/plays.ts'
import { git, makeRepository } from '../support/repositories.ts'
import { withSystem } from '../support/system.ts'

const LONG_TEXT = 'word '.repeat(20_000)
const NEXT = play('The next task', calls(writes('next.txt', 'works\n')), says('Done.'))
const ANY = { name: 'any', match: () => true, turns: [says('Heard.')] }

/** What is sent, beside or in place of its text, and what the next message of the bot says. */
const CASES: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['nothing at all', { text: undefined }, /^$/],
  ['an empty text', { text: '' }, /holds no words/],
  ['white space', { text: ' \n\t ' }, /holds no words/],
  ['a sticker', { text: undefined, sticker: { emoji: '👍' } }, /cannot read stickers yet\. Please write it in words/],
  ['a contact', { text: undefined, contact: { phone_number: '1' } }, /cannot read contacts yet/],
  ['100 kB', { text: LONG_TEXT }, /99999 characters; a wish may have 50000/],
  ['emoji alone', { text: '🔥👨‍👩‍👧❤️' }, /^T\d+ · 🔥👨‍👩‍👧❤️/u],
  ['right to left', { text: 'أصلح المجموع \u202e evil' }, /^T\d+ · أصلح المجموع ⟦U\+202E⟧ evil/u],
  ['control characters', { text: 'a\u0000b\u001b[2Jc\u0007' }, /^T\d+ · a⟦U\+(?:0000|FFFD)⟧b⟦U\+001B⟧\[2Jc⟦U\+0007⟧|^T\d+ · a.b⟦U\+001B⟧/u],
  ['half a character', { text: 'x\ud83d y' }, /^T\d+ · x/u],
  ['markup', { text: '<b>x</b> *y* [z](tg://user?id=1) `q`' }, /^T\d+ · <b>x<\/b> \*y\* \[z\]\(tg:\/\/user\?id=1\) `q`/u],
  ['an unknown command', { text: '/frobnicate all' }, /I do not know \/frobnicate/],
  ['a command with much behind it', { text: `/task ${'9'.repeat(3000)}` }, /is no task/],
  ['a command of another bot', { text: '/status@somebody_else_bot' }, /That command is for/],
]

test('every odd message is answered in one sentence or becomes one task, and the next task is merged', () =>
  withSystem({ store: 'embedded', limits: false, scripts: [NEXT, ANY] }, async (system) => {
    const { world } = system
    const you = system.person()
    const path = makeRepository(join(system.at.root, 'shop'))
    expect((await addProject(you, path)).text).toContain('is ready')
    let number = 50_000
    for (const [name, changes, answer] of CASES) {
      const since = you.mark()
      number += 1
      const json = {
        message_id: number,
        date: world.seconds(),
        chat: { id: you.id, type: 'private', first_name: 'You' },
        from: { id: you.id, is_bot: false, first_name: 'You' },
      }
      world.updates.push('message', { ...json, ...changes })
      if (answer.source === '^$') continue
      const isAnswer = (message: Message): boolean => !/Something went wrong/.test(message.text) && answer.test(message.text)
      const said = await you.waitFor(isAnswer, { since, timeoutMs: 45_000 }).catch((error: unknown) => {
        throw new Error(`${name}: ${String(error).slice(0, 2000)}`)
      })
      expect(said.text.length).toBeLessThan(4096)
    }
    const task = await wish(you, 'The next task')
    const review = await reviewOf(you, task)
    await tap(you, review, '✅ Merge')
    await becomes(you, review, /^✅ Merged/)
    expect(git(path, 'show', 'main:next.txt')).toBe('works')
    expect(you.messages().filter(({ text }) => text.includes('Something went wrong'))).toEqual([])
    await system.tidy()
  }))
