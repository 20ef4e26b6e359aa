/** A spoken order as a person meets it: from the microphone to the merge, with the one thing that voice alone never does. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { addProject, approvalOf, becomes, cardSays, reviewOf, sees, tap, taskOf } from '../support/desk.ts'
import { calls, play, runs, says, writes } from '../support/plays.ts'
import { fileAt, makeRepository, subjects } from '../support/repositories.ts'
import { describeSideBySide, withSystem } from '../support/system.ts'
import { CAN_SPEAK, speak } from '../support/voice/clips.ts'

/** Of Debian, with its English model: `pocketsphinx`, `pocketsphinx-en-us`. The line stands in docs/voice.md. */
const POCKETSPHINX = 'opusdec --quiet --rate 16000 {file} note.wav && pocketsphinx_continuous -infile note.wav -logfn /dev/null'
const CAN_HEAR =
  CAN_SPEAK && ['/usr/bin/pocketsphinx_continuous', '/usr/bin/opusdec', '/usr/share/pocketsphinx/model/en-us'].every((path) => existsSync(path))

const WISH = 'Add a note to the shop please'
const road = play('Add a note', calls(runs('touch asked.txt')), calls(writes('note.txt', 'Said.\n')), says('Added.'))

describeSideBySide('voice', (store) => {
  test('a task is spoken, its command approved by naming it, its merge by a reply, and undone only by a button', async () => {
    await withSystem({ store, scripts: [road], voice: true }, async (system) => {
      const path = makeRepository(join(system.at.root, 'shop'))
      const person = system.person()
      await addProject(person, path)
      const spoken = person.sendVoice(WISH)
      await sees(person, `🎤 ${WISH}`)
      const task = await taskOf(person, spoken)
      const approval = await approvalOf(person, task)

      person.sendVoice('Approve')
      await sees(person, `Which one? “approve” alone decides nothing.`)
      person.sendVoice('Approve T900')
      await sees(person, 'There is no T900, so nothing was decided.')
      expect(person.buttons(person.now(approval))).toContain('✅ Allow once')

      person.sendVoice(`Approve T${task.number}`, { seconds: 1 })
      await becomes(person, approval, /✅ Allowed once by/)
      const review = await reviewOf(person, task)
      person.sendVoice('Genehmigen', { replyTo: review.id, seconds: 0 })
      await becomes(person, review, /^✅ Merged/)
      expect(fileAt(path, 'main', 'note.txt')).toBe('Said.\n')

      const since = person.mark()
      person.sendVoice(`undo T${task.number}`)
      const card = await person.waitFor((message) => person.buttons(message).includes('Run'), { since, timeoutMs: 60_000 })
      expect(subjects(path, 'main').length).toBe(2)
      await tap(person, card, 'Run')
      await cardSays(person, task, /undone|↩️/)
      expect(fileAt(path, 'main', 'note.txt')).toBeUndefined()

      const asked = person.mark()
      person.sendVoice('What happened since yesterday?')
      await sees(person, new RegExp(`Since .*\n.*T${task.number}`), asked)
    })
  })
  test.runIf(CAN_HEAR)('a recogniser of this machine hears a voice behind the walls, and what was said is done', async () => {
    await withSystem({ store, env: { LUGH_TRANSCRIBE_COMMAND: POCKETSPHINX } }, async ({ world, person }) => {
      const you = person()
      // A small model of 2015 and a synthetic voice: of both sentences it is known that it hears them.
      const hear = async (says: string, index: number, answer: RegExp): Promise<void> => {
        const since = you.mark()
        const { bytes, seconds } = speak({ says, language: 'en', noise: 30, means: { intent: 'x' } }, index)
        world.sendVoice(you.id, you.id, { bytes, duration: Math.round(seconds) })
        await sees(you, new RegExp(`🎤 ${says}`, 'i'), since)
        await sees(you, answer, since)
      }
      await hear('What is going on', 4, /needs? you/)
      await hear('Go ahead', 1, /nothing was decided/)
    })
  })
})
