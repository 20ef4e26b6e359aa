/** A change read on the phone, piece by piece: one of three hunks is dropped, one commented, and what lands is the other two. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message, Person, Script } from '#simulator'
import { addProject, becomes, reviewOf, sees, tap, wish } from '../support/desk.ts'
import { calls, heard, says, writes } from '../support/plays.ts'
import { fileAt, git, makeRepository } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'

const list = (change: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 40 }, (_, at) => `${change[at + 1] ?? `item ${at + 1}`}\n`).join('')

const TIDY: Script = {
  name: 'tidy',
  match: ({ wish: words }) => words.includes('Tidy the list'),
  turns: (conversation) => {
    if (heard(conversation).includes('They say: shout it')) {
      return conversation.calls.length > 1 ? says('Shouted.') : calls(writes('list.txt', list({ 4: 'FOUR', 20: 'TWENTY', 36: 'THIRTY-SIX' })))
    }
    return conversation.calls.length > 0 ? says('Tidied.') : calls(writes('list.txt', list({ 4: 'four', 20: 'twenty', 36: 'thirty-six' })))
  },
}

/** The review card of the task's change of this number of presses: taps each label in turn, and waits until the card shows what it then says. */
async function walk(you: Person, review: Message, steps: readonly (readonly [label: string, then: RegExp])[]): Promise<void> {
  for (const [label, then] of steps) {
    await tap(you, review, label)
    await becomes(you, review, then)
  }
}

describeSideBySide('a review by hunk', (store) => {
  test('one hunk dropped, one commented: the agent hears of both, then two of three are merged, as tested', () =>
    withSystem({ store, scripts: [TIDY] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'), { 'list.txt': list(), '.lugh/config.yaml': 'test: "! grep -q THIRTY list.txt"\n' })
      const you = system.person()
      await addProject(you, path)
      const task = await wish(you, 'Tidy the list')
      const first = await reviewOf(you, task)
      await walk(you, first, [
        ['🗂 Files', /hunk 1\/3 · lines 1–7/],
        ['hunk ▶', /hunk 2\/3 · lines 17–23[\s\S]*\+twenty/],
      ])
      await tap(you, first, '💬 Comment')
      const question = await sees(you, /What shall the agent hear about list\.txt, lines 17–23\?/)
      you.replyTo(question, 'shout it')
      await becomes(you, first, /💬 shout it/)
      await walk(you, first, [['◀ Back', /3 of 3 hunks: 1 comment/]])
      await tap(you, first, '✏️ Change')
      await becomes(you, first, /^Outdated/)
      const second = await reviewOf(you, task)
      expect(second.text).toMatch(/failed/)
      await walk(you, second, [
        ['🗂 Files', /hunk 1\/3/],
        ['Keep', /hunk 2\/3[\s\S]*\+TWENTY/],
        ['hunk ▶', /hunk 3\/3[\s\S]*\+THIRTY-SIX/],
        ['Drop', /✗ Dropped by [\s\S]*2 of 3 hunks: 1 dropped/],
        ['◀ Back', /2 of 3 hunks: 1 dropped/],
      ])
      expect(you.buttons(await becomes(you, second, /2 of 3/))).not.toContain('✅ Merge')
      await tap(you, second, '✂️ Leave 1 out')
      await becomes(you, second, /^Outdated[\s\S]*2 of 3 hunks were taken/)
      const third = await reviewOf(you, task)
      expect(third.text).toMatch(/✂️ 2 of 3 hunks[\s\S]*Tests: ✓/)
      await tap(you, third, '✅ Merge')
      await becomes(you, third, /^✅ Merged/)
      expect(fileAt(path, 'main', 'list.txt')).toBe(list({ 4: 'FOUR', 20: 'TWENTY' }))
      expect(git(path, 'status', '--porcelain')).toBe('')
      await system.tidy()
    }))
})
