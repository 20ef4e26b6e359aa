/** Going back to a checkpoint, as a person on a phone does it: shown first, undone again, nothing of theirs touched. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Message, Person } from '#simulator'
import { addProject, approvalOf, becomes, cardSays, merge, reviewOf, sees, tap, wish, type Task } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { git, makeRepository, subjects, writeFiles } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const TWICE = play(
  'Write twice',
  calls(writes('draft.txt', 'one\n')),
  calls(runs('make first')),
  calls(writes('draft.txt', 'two\n'), writes('more.txt', 'more\n')),
  calls(runs('make second')),
  says('Written.'),
)
const LANDS = play('Write a note', calls(writes('note.txt', 'noted\n')), says('Noted.'))

async function checkpoint(you: Person, name: string, words = `/checkpoint ${name}`): Promise<Message> {
  const since = you.mark()
  you.say(words)
  return sees(you, new RegExp(`^📸 C\\d+ · ${name} · shop\\nmain at`), since)
}

async function offer(you: Person, words: string): Promise<Message> {
  const since = you.mark()
  you.say(words)
  const card = await sees(you, /^🧪 Dry run: back to /, since)
  return you.waitUntil(card, (message) => you.buttons(message).includes('❌ Cancel'), 'the offer', 60_000)
}

describeSideBySide('going back', (store) => {
  const scene = (body: (system: System, path: string) => Promise<void>): Promise<void> =>
    withSystem({ store, scripts: [TWICE, LANDS] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      await addProject(system.person(), path)
      await body(system, path)
    })

  /** A task that waits for its second approval, with a checkpoint of it waiting for its first. */
  async function between(you: Person): Promise<{ task: Task }> {
    const task = await wish(you, 'Write twice')
    const first = await approvalOf(you, task)
    await checkpoint(you, 'first')
    const since = you.mark()
    await tap(you, first, '❌ Deny')
    await approvalOf(you, task, since)
    return { task }
  }

  test('over: the task is set back, goes on from there, and the undo has an undo', () =>
    scene(async (system) => {
      const you = system.person()
      const { task } = await between(you)
      const card = await offer(you, '/restore C1')
      expect(card.text).toMatch(/^T1 Write twice: 2 files \+1 −2 · 4 messages since · at work/m)
      await tap(you, card, '⚠️ Restore over')
      await becomes(you, card, /^↩️ Back to C1.*\nDecided by You at \d\d:\d\d UTC \(button\)\nSet back: T1/)
      await cardSays(you, task, 'as it was at C1')
      const since = you.mark()
      await tap(you, card, '▶️ Resume T1')
      await approvalOf(you, task, since)
      expect(readFileSync(join(worktreeOf(system), 'draft.txt'), 'utf8')).toBe('one\n')
      expect(existsSync(join(worktreeOf(system), 'more.txt'))).toBe(false)
      await tap(you, card, '↩️ Undo')
      const undone = await sees(you, /^↩️ Taking back, to C2[\s\S]*Set back: T1/)
      await becomes(you, card, /↩️ Taken back\./)
      const later = you.mark()
      you.say('/resume T1')
      await approvalOf(you, task, later)
      expect(readFileSync(join(worktreeOf(system), 'draft.txt'), 'utf8')).toBe('two\n')
      await tap(you, undone, '↩️ Undo')
      await sees(you, /^↩️ Taking back, to C3[\s\S]*Set back: T1/)
      you.say('/stop T1')
      await sees(you, 'Stopped T1')
      await system.tidy()
    }))

  test('beside: a new task goes on from there, and the old one is left alone', () =>
    scene(async (system) => {
      const you = system.person()
      const { task } = await between(you)
      const card = await offer(you, 'back to C1')
      expect(card.text).toMatch(/^T1 Write twice: 2 files \+1 −2 · 4 messages since · at work/m)
      await tap(you, card, '☑ Conversation')
      await becomes(you, card, /^T1 Write twice: 2 files \+1 −2 · at work/m)
      await tap(you, card, '☐ Conversation')
      await becomes(you, card, /^T1 Write twice: 2 files \+1 −2 · 4 messages since/m)
      await you.waitUntil(card, (message) => you.buttons(message).includes('☑ Conversation'), 'the offer', 60_000)
      await tap(you, card, '↩️ Restore')
      await becomes(you, card, /^↩️ Back to C1[\s\S]*New: T2/)
      await cardSays(you, task, 'needs you')
      const since = you.mark()
      you.say('/resume T2')
      const again = await approvalOf(you, { number: 2 }, since)
      expect(again.text).toContain('make first')
      await tap(you, card, '↩️ Undo')
      await sees(you, /^↩️ Taking back, to C2[\s\S]*Dropped: T2/)
      await sees(you, /^T2 · [\s\S]*discarded/)
      you.say('/stop T1')
      await sees(you, 'Stopped T1')
      await system.tidy()
    }))

  test('the target is only proposed; merged, its files are as they were and what is not in git is untouched', () =>
    scene(async (system, path) => {
      const you = system.person()
      writeFiles(path, { 'mine.txt': 'not in git\n' })
      await checkpoint(you, 'for good', 'Checkpoint for good.')
      await merge(you, await wish(you, 'Write a note'))
      const card = await offer(you, '/restore all C1')
      await sees(you, /^Back to that moment, project by project:\nshop: C1\n/)
      expect(card.text).toContain('main: 1 file +0 −1, 1 commit since stays in its history')
      await tap(you, card, '↩️ Restore')
      const review = await reviewOf(you, { number: 2 })
      expect(existsSync(join(path, 'note.txt'))).toBe(true)
      await tap(you, review, '✅ Merge')
      await becomes(you, review, /^✅ Merged/)
      expect([existsSync(join(path, 'note.txt')), readFileSync(join(path, 'mine.txt'), 'utf8')]).toEqual([false, 'not in git\n'])
      expect(subjects(path)).toEqual(['main as it was at C1 (T2)', 'Write a note (T1)', 'Begin'])
      await tap(you, await checkpoint(you, 'after', '/checkpoint all after'), '📄 One file…')
      await you.waitFor(/^Which file of C\d+\?/)
      you.say('gone.txt')
      await sees(you, /Nothing was changed: C\d+ has no gone\.txt/)
      const file = await offer(you, '/restore C3 note.txt')
      await tap(you, file, '↩️ Restore')
      expect((await reviewOf(you, { number: 3 })).text).toContain('A note.txt +1 −0')
      you.say('/stop T3')
      await sees(you, 'Stopped T3')
      expect(git(path, 'status', '--porcelain')).toBe('?? mine.txt')
      expect((await offer(you, 'Go back to before the note.')).text).toMatch(/^🧪 Dry run: back to C2 · before merge of T1 · shop/)
      await merge(you, await wish(you, 'Write a note'))
      const since = you.mark()
      you.say('geh zurück auf den Stand vor dem Merge von note')
      const which = await sees(you, /^Which one\? [^]*, before T4 Write a note [^]*\nC2, before T1 Write a note /, since)
      expect(you.buttons(which)).toEqual(['T4 · Write a note', 'T1 · Write a note'])
      const then = you.mark()
      await tap(you, which, 'T1 · Write a note')
      await sees(you, /^🧪 Dry run: back to C2 · before merge of T1 · shop/, then)
      await system.tidy()
    }))
})

/** The only worktree there is. */
function worktreeOf(system: System): string {
  const folder = join(system.at.home, 'worktrees')
  const [only = ''] = readdirSync(folder)
  return join(folder, only)
}
