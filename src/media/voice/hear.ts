/** A recording that was fetched → its words. Looks at the content first, so that nothing unreadable is paid for. */
import { readFile } from 'node:fs/promises'
import { LughError, createGate } from '#core'
import type { Prices, TokenUsage, Transcriber, Transcript } from '#models'
import { opusSeconds, recordingKind } from './recording-kind.ts'

/** OpenAI's models take 25 minutes; and what is longer is a talk, no order. */
const MAX_SECONDS = 20 * 60
/** Recordings heard at once: a program of one's own takes all cores, and a service has its rate limit. */
const AT_ONCE = 2

export type Heard = {
  readonly text: string
  readonly model: string
  readonly usage: TokenUsage
  /** `null`: the price is not known. */
  readonly microUsd: number | null
  /** What budgets count. */
  readonly countedMicroUsd: number
}

export type Hearing = {
  /** Why nothing can be heard here, with the way out; undefined when it can. */
  problem(): string | undefined
  /** A sentence when a recording of that many seconds is too long. */
  tooLong(seconds: number): string | undefined
  /** Hears it. Throws LughErrors worded for the person; `model.unreachable` may be tried again. */
  hear(sound: { readonly path: string; readonly seconds: number }, options: { signal: AbortSignal; words?: readonly string[] }): Promise<Heard>
}

const NOTHING_HEARS =
  'I cannot hear yet: set OPENAI_API_KEY (or OPENAI_BASE_URL of a server that transcribes), or LUGH_TRANSCRIBE_COMMAND to a program on the machine, or put a speech model there (docs/voice.md). Until then please write it in words.'

/** Of one that was set up in part, what is missing. */
function begun(transcribers: readonly Transcriber[]): string | undefined {
  for (const one of transcribers) {
    const state = one.available()
    if (!state.ok && state.begun === true) return `I cannot hear yet. ${state.why}`
  }
  return undefined
}

const NOTHING: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

/** Makes it of the transcribers there are; the first that can work is used. */
export function createHearing({ transcribers, prices }: { transcribers: readonly Transcriber[]; prices: Prices }): Hearing {
  const gate = createGate(AT_ONCE)
  const usable = (): Transcriber | undefined => transcribers.find((one) => one.available().ok)
  return {
    problem: () => (usable() === undefined ? (begun(transcribers) ?? NOTHING_HEARS) : undefined),
    tooLong,
    hear: (sound, { signal, words = [] }) =>
      gate(async () => {
        const transcriber = usable()
        if (transcriber === undefined) throw new LughError('model.no-key', 'Nothing that could hear is set up any more. Please write it in words.')
        const { ending, mime, seconds } = await lookAt(sound)
        const recording = { path: sound.path, name: `voice.${ending}`, mime, seconds }
        return costed(await transcriber.transcribe(recording, { signal, words }), prices)
      }),
  }
}

async function lookAt(sound: { readonly path: string; readonly seconds: number }): Promise<{ ending: string; mime: string; seconds: number }> {
  const bytes = await readFile(sound.path)
  const kind = recordingKind(bytes)
  if (kind === undefined)
    throw new LughError('input.invalid', 'I cannot read that file as sound. Send a voice message, or MP3, M4A, OGG, WAV, FLAC or WebM.')
  const seconds = opusSeconds(bytes) ?? sound.seconds
  const long = tooLong(seconds)
  if (long !== undefined) throw new LughError('input.invalid', long)
  return { ...kind, seconds }
}

function tooLong(seconds: number): string | undefined {
  if (seconds <= MAX_SECONDS) return undefined
  return `That is ${Math.ceil(seconds / 60)} minutes long; I listen to ${MAX_SECONDS / 60} at most. Send it in parts, or write it in words.`
}

function costed({ text, model, used }: Transcript, prices: Prices): Heard {
  if (used === 'nothing') return { text, model, usage: NOTHING, microUsd: 0, countedMicroUsd: 0 }
  if ('tokens' in used) {
    const { tokens } = used
    return { text, model, usage: tokens, microUsd: prices.costOf(model, tokens), countedMicroUsd: prices.countedCost(model, tokens) }
  }
  const microUsd = prices.costOfSound(model, used.seconds)
  return { text, model, usage: NOTHING, microUsd, countedMicroUsd: microUsd ?? prices.costOfSound('whisper-1', used.seconds) ?? 0 }
}
