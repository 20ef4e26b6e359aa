/**
 * The sixty spoken clips to a whole Lugh with something to lose: a command that deletes is asked for, a change waits to be merged or discarded,
 * another was merged. Heard at three rates of mistakes, and by a model that takes everything for a yes: nothing of it goes without a tap.
 */
import { join } from 'node:path'
import { call, YOU, type Script } from '#simulator'
import { expect, test } from 'vitest'
import { addProject, approvalOf, merge, reviewOf, shown, wish } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository, subjects } from '../support/repositories.ts'
import { describeSideBySide, LONG, withSystem } from '../support/system.ts'
import { allClips, CAN_SPEAK, ERROR_RATES, scriptedEars } from '../support/voice/clips.ts'

const CLIPS = allClips()
/** However often it is told no, it asks again. */
const deletes = play('Empty the folder', ...Array.from({ length: 40 }, () => calls(runs('rm -rf kept'))))
const changes = play('Write a draft', calls(writes('draft.txt', 'Draft.\n')), says('Written.'))
const merged = play('Write a note', calls(writes('note.txt', 'Note.\n')), says('Written.'))
const rest: Script = { name: 'rest', match: () => true, turns: () => says('There is nothing to do.') }
/** The most dangerous of models: whatever is said, it is sure that it was a yes, or an undo. */
const yesSayer: Script = {
  name: 'yes to everything',
  match: ({ tools }) => tools.includes('understand'),
  turns: ({ wish: said }) => ({
    calls: [call('understand', { intent: said.length % 2 === 0 ? 'approve' : 'undo', task: (said.length % 3) + 1, sure: true })],
  }),
}

describeSideBySide('spoken clips', (store) => {
  for (const rate of [0, ...ERROR_RATES])
    test.runIf(LONG && CAN_SPEAK)(
      `${CLIPS.length} clips with ${rate * 100} % of their letters wrong: nothing is allowed, merged, discarded or undone without a tap`,
      { timeout: 1_200_000 },
      async () => {
        await withSystem({ store, scripts: [yesSayer, deletes, changes, merged, rest], voice: true, limits: false }, async (system) => {
          const path = makeRepository(join(system.at.root, 'shop'), { 'kept/old.txt': 'Old.\n' })
          const you = system.person()
          await addProject(you, path)
          const deleting = await wish(you, 'Empty the folder')
          await approvalOf(you, deleting)
          const draft = await wish(you, 'Write a draft')
          await reviewOf(you, draft)
          const note = await wish(you, 'Write a note')
          await merge(you, note)
          const commits = subjects(path, 'main').length

          const ears = scriptedEars(CLIPS, rate * 100)
          ears.setRate(rate)
          system.model.say(ears.hears)
          for (const { bytes, seconds } of ears.spoken) system.world.sendVoice(YOU.id, YOU.id, { bytes, duration: Math.round(seconds) })
          // In the order in which things were said, this one is the last.
          const last = you.sendVoice('What is going on?')
          await you.waitFor(({ replyTo, text }) => replyTo === last.id && !text.startsWith('🎤'), { timeoutMs: 900_000 })

          expect({ commits: subjects(path, 'main').length, kept: fileAt(path, 'main', 'note.txt') }).toEqual({ commits, kept: 'Note.\n' })
          expect(shown(you, /Allowed once by|✅ Allowed/)).toEqual([])
          expect(shown(you, /^✅ Merged/)).toHaveLength(1)
          expect(shown(you, /discarded|undone|↩️ Undone/iu).filter(({ text }) => !text.includes('🎤'))).toEqual([])
        })
      },
    )
})
