/** What the buttons of a voice card do: it was heard right, it was something else, or never mind. Only who spoke may say so. */
import { LughError } from '#core'
import { cancelVoiceRow, confirmVoice, fixVoice, touchCards, voiceById, type Voice } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'

const NOT_HERE = { none: 'a voice message is spoken in a chat' }
const Named = z.object({ voice: z.uuid() })
const MAX_FIX = 4096

/** Acts on it as its card shows; the bot does it with its next turn. */
export const runVoice = capability({
  name: 'run_voice',
  describe: 'Do what a voice message was understood as.',
  input: Named.extend({ digest: z.string() }),
  output: Named,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: { telegram: {}, cli: NOT_HERE, mcp: NOT_HERE },
  act: async (act, input) => {
    const voice = await theVoice(act, input.voice)
    if ((await confirmVoice(act.tx, voice, input.digest, act.caller.door)) === 0)
      throw new LughError('conflict', 'What would be done has changed. Look at the card again.')
    return shown(act, voice)
  },
  say: () => undefined,
  toast: () => 'On it…',
})

/** Puts written words in the place of what was heard. */
export const fixTheVoice = capability({
  name: 'fix_voice',
  describe: 'Write down what a voice message really said.',
  input: Named.extend({ text: z.string().trim().min(1, 'Write what you said.').max(MAX_FIX) }),
  output: Named,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: { telegram: {}, cli: NOT_HERE, mcp: NOT_HERE },
  act: async (act, input) => {
    const voice = await theVoice(act, input.voice)
    if ((await fixVoice(act.tx, voice, input.text, act.caller.door)) === 0) throw tooLate()
    return shown(act, voice)
  },
  say: () => undefined,
  toast: () => 'Got it.',
})

export const cancelVoice = capability({
  name: 'cancel_voice',
  describe: 'Do nothing about a voice message.',
  input: Named,
  output: Named,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: { telegram: {}, cli: NOT_HERE, mcp: NOT_HERE },
  act: async (act, input) => {
    const voice = await theVoice(act, input.voice)
    if ((await cancelVoiceRow(act.tx, voice.id, act.caller.door)) === 0) throw tooLate()
    return shown(act, voice)
  },
  say: () => undefined,
  toast: () => 'Cancelled.',
})

async function theVoice(act: Act, id: string): Promise<Voice> {
  const voice = await voiceById(act.tx, id)
  if (voice === undefined) throw new LughError('not-found', 'That message is gone.')
  if (voice.personId !== act.caller.personId) throw new LughError('not-allowed', 'Somebody else said that.')
  if (voice.state !== 'asked') throw tooLate()
  return voice
}

function tooLate(): LughError {
  return new LughError('conflict', 'Too late: that was dealt with already.')
}

async function shown(act: Act, voice: Voice): Promise<z.infer<typeof Named>> {
  await touchCards(act.tx, { kind: 'voice', subjectId: voice.id })
  return { voice: voice.id }
}
