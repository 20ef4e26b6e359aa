/** A review as a person with a phone gets it: the diff as pictures, then the card, whatever dies between them. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, becomes, merge, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { calls, play, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'
import type { Message } from '#simulator'

const LONG = Array.from({ length: 400 }, (_, line) => `export const value${line} = ${line}\n`).join('')
const PICTURES = { LUGH_PICTURES: 'dark' }

function photos(system: System): Message[] {
  return system
    .person()
    .messages()
    .filter(({ media }) => media?.kind === 'photo')
}

describeSideBySide('a review with pictures', (store) => {
  test('Lugh dies between album and card, and when it marks the album as outdated: the card comes all the same, Merge with it, and a change that moves on says so', async () => {
    const road = play(
      'Make the values',
      calls(writes('src/values.js', LONG)),
      says('They are there.'),
      calls(writes('src/values.js', 'export const one = 1\n')),
      says('Only one now.'),
    )
    await withSystem({ store, scripts: [road], env: { ...PICTURES, LUGH_CRASH_AT: 'outbox.pictures.after-outcome' } }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      await addProject(system.person(), path)
      const you = system.person()
      const task = await wish(you, 'Make the values')
      expect(await system.lugh().exited).toEqual({ code: null, signal: 'SIGKILL' })
      await system.start({ ...PICTURES, LUGH_CRASH_AT: 'outbox.caption.after-act' })
      const review = await reviewOf(you, task)
      const pages = photos(system)
      expect(pages.map(({ albumId, replyTo, media }) => [albumId === pages[0]?.albumId, replyTo === task.wish.id, media?.width])).toEqual(
        Array.from({ length: 4 }, () => [true, true, 1080]),
      )
      const file = you.messages().find(({ media }) => media?.file.name === 'T1-change-1.diff')
      expect(Buffer.from(file?.media?.file.bytes ?? []).toString()).toContain('+export const value399 = 399')
      expect([pages[3]?.id, file?.id].every((id) => id !== undefined && id < review.id)).toBe(true)
      expect(you.buttons(review)).toContain('✅ Merge')

      await tap(you, review, '👁 Diff')
      await you.waitUntil(task.card, () => photos(system).length === 8, 'the same pictures again')
      await tap(you, review, '✏️ Change')
      const prompt = await sees(you, /What shall be different/u)
      const since = you.mark()
      you.replyTo(prompt, 'only one, please')
      expect(await system.lugh().exited).toEqual({ code: null, signal: 'SIGKILL' })
      await system.start({ ...PICTURES, LUGH_CRASH_AT: '' })
      const next = await reviewOf(you, task, since)
      await becomes(you, pages[0] ?? review, /Outdated · change 1/u)
      expect([photos(system).at(-1)?.albumId, photos(system).at(-1)?.text]).toEqual([undefined, 'T1 · change 2 · 1 file +1 −0'])
      expect(you.buttons(next)).toContain('✅ Merge')
      await merge(you, task)
      expect(fileAt(path, 'main', 'src/values.js')).toBe('export const one = 1\n')
    })
  })
})
