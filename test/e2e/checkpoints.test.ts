/** Checkpoints as a person on a phone makes and sees them. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, approvalOf, merge, sees, tap, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { differences, fingerprint, git, makeRepository, writeFiles } from '../support/repositories.ts'
import { describeSideBySide, withSystem, type System } from '../support/system.ts'

const WAITS = play('Wait for me', calls(writes('draft.txt', 'half a draft\n')), calls(runs('make all')), says('Done.'))
const LANDS = play('Write a note', calls(writes('note.txt', 'noted\n')), says('Noted.'))

describeSideBySide('a checkpoint', (store) => {
  const scene = (body: (system: System, path: string) => Promise<void>): Promise<void> =>
    withSystem({ store, scripts: [WAITS, LANDS] }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      await addProject(system.person(), path)
      await body(system, path)
    })

  test('says what it holds, what it does not, and leaves the repository as it was', () =>
    scene(async (system, path) => {
      const you = system.person()
      writeFiles(path, { 'mine.txt': 'not in git\n' })
      const before = fingerprint(path)
      const task = await wish(you, 'Wait for me')
      await approvalOf(you, task)
      you.say('/checkpoint before stripe')
      const card = await sees(you, /^📸 C1 · before stripe · shop\n(?!is being made)/)
      expect(card.text).toMatch(/^main at [0-9a-f]{10}$/m)
      expect(card.text).toMatch(/^T1 Wait for me · 4 messages$/m)
      expect(card.text).toMatch(/ new · \d/)
      expect(differences(before, fingerprint(path))).toEqual([])
      expect(git(path, 'for-each-ref', 'refs/lugh')).toBe('')
      you.say('/stop T1')
      await sees(you, 'Stopped T1')
    }))

  test('is made before every merge, and the timeline says what changed from one to the next', () =>
    scene(async (system) => {
      const you = system.person()
      you.say('/checkpoint start')
      await sees(you, /^📸 C1 · start · shop\nmain at/)
      await merge(you, await wish(you, 'Write a note'))
      const since = you.mark()
      you.say('/checkpoint end')
      const card = await sees(you, /^📸 C3 · end · shop\nmain at/, since)
      expect(card.text).toContain('Since C2: main 1 file +1 −0')
      await tap(you, card, '👁 Since C2')
      const difference = await sees(you, /^C2 → C3\n/)
      expect(difference.text).toBe('C2 → C3\nmain +1 −0\n· note.txt added +1 −0\nOpen only in C2: T1')
      await you.waitFor(({ media }) => media?.file.name === 'C2-C3.diff')
      await tap(you, card, '🔍 Compare…')
      await sees(you, 'Compare C3 with which one?')
      you.say('C1')
      await sees(you, /^C1 → C3\nmain \+1 −0/)
      you.say('/checkpoints')
      const list = await sees(you, /^Checkpoints of shop\n/)
      expect(
        list.text
          .split('\n')
          .slice(1)
          .map((line) => line.replace(/ · \d\d-\d\d \d\d:\d\d/, '').replace(/^(C\d+) \d\d-\d\d \d\d:\d\d/, '$1')),
      ).toEqual(['C3 · end · main 1 file +1 −0', 'C2 · before merge of T1', 'C1 · start'])
      await system.tidy()
    }))

  test('leaves as a file, comes back as a checkpoint by being sent, and is refused when it was altered', () =>
    scene(async (system) => {
      const you = system.person()
      you.say('/checkpoint start')
      await sees(you, /^📸 C1 · start · shop\nmain at/)
      you.say('/checkpoint export C1')
      const sent = await you.waitFor(({ media }) => media?.file.name === 'shop-C1.lugh', 60_000)
      expect(sent.text).toMatch(/^C1 of shop, \d+ \w+: code, conversations and tasks with their history/)
      const bytes = sent.media?.file.bytes ?? new Uint8Array()
      const damaged = Uint8Array.from(bytes)
      damaged[bytes.length - 30] = (damaged[bytes.length - 30] ?? 0) ^ 1
      you.sendDocument({ bytes: damaged, name: 'C1.lugh' })
      await you.waitFor(/^❌ This file is not as it was made/, 60_000)
      you.sendDocument({ bytes, name: 'C1.lugh' })
      const card = await you.waitFor(/^📸 C2 · start · shop\nmain at/, 60_000)
      expect(you.buttons(card)).toContain('↩️ Restore')
      await system.tidy()
    }))

  test('killed while it is made, it is whole in the next life', () =>
    scene(async (system) => {
      const you = system.person()
      await system.lugh().stop()
      await system.start({ LUGH_CRASH_AT: 'checkpoint.after-ref' })
      you.say('/checkpoint')
      await system.lugh().exited
      await system.start()
      await sees(you, /^📸 C1 · shop\nmain at/)
    }))
})
