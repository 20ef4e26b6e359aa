/** The card of something said that was hardly understood, or that voice alone does not do: what was heard, what would be done, and the button. */
import { b, join, oneLine, quote, type Text } from '#core'
import { voiceById, type Sql, type Voice } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { decidedWords } from './decided.ts'

/** As much of a transcript as helps to know it again. */
const SHOWN_WORDS = 400

export async function voiceCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const voice = await voiceById(sql, subjectId)
  if (voice === undefined) return undefined
  const text = join([
    [voice.state === 'asked' ? '🟠 ' : '', b(`🎤 ${voice.offer ?? 'Heard'}`)],
    quote(oneLine(voice.transcript ?? '', SHOWN_WORDS)),
    await ending(sql, voice),
  ])
  return { text, buttons: voice.state === 'asked' && voice.digest !== null ? buttons(voice, voice.digest) : [] }
}

async function ending(sql: Sql, voice: Voice): Promise<Text> {
  const { state, confirmed, fixed, failure } = voice
  if (state === 'asked') return 'Did I hear that right? It is done when you press Run.'
  const who = await decidedWords(sql, { by: voice.personId, door: voice.decidedDoor, at: voice.decidedAt })
  if (state === 'cancelled') return `❌ Cancelled ${who}. Nothing was done.`
  const chosen = confirmed ? `✓ Run ${who}.` : fixed ? `✓ Fixed ${who}.` : undefined
  return join([chosen, failure !== null ? `⚠️ ${oneLine(failure, 200)}` : state === 'heard' ? 'On it…' : chosen === undefined && '✓ Done.'])
}

function buttons({ id }: Voice, digest: string): Button[][] {
  const ask = { field: 'text', prompt: 'What did you say? Your answer replaces what I heard.' }
  return [
    [
      { label: 'Run', capability: 'run_voice', input: { voice: id, digest } },
      { label: 'Fix', capability: 'fix_voice', input: { voice: id }, ask },
      { label: 'Cancel', capability: 'cancel_voice', input: { voice: id } },
    ],
  ]
}
