/** One recording to OpenAI's `/audio/transcriptions`, streamed where the model can, with Lugh's own retries. Nothing of a broken answer is used. */
import { LughError } from '#core'
import { APIError, toFile } from 'openai'
import { z } from 'zod'
import type { Answer, Tally } from '../answer.ts'
import { BrokenStream } from '../answer.ts'
import { createBreaker } from '../breaker.ts'
import { openAiClient } from '../openai-client.ts'
import { judgeOpenAi } from '../openai-errors.ts'
import type { ProviderOptions } from '../provider.ts'
import { askWithRetries, REAL_PACE } from '../retries.ts'
import type { Verdict } from '../verdict.ts'
import type { Recording, TranscribeOptions, Transcript } from './transcriber.ts'

/** Whisper reads the last 224 tokens of a prompt and no more; at four characters a token this is less. */
const PROMPT_CHARACTERS = 800
/** As many words as the newest models take to look out for. */
const MAX_KEYWORDS = 100
/** Whisper's server ignores `stream`, and servers of one's own mostly play Whisper; the simulator's model streams. */
const STREAMS = /^(?:gpt-|scripted$)/u

type Given = ProviderOptions & { readonly model: string }
type Sound = { readonly recording: Recording; readonly bytes: Uint8Array }

const Usage = z
  .union([
    z.object({ type: z.literal('tokens'), input_tokens: z.number(), output_tokens: z.number() }),
    z.object({ type: z.literal('duration'), seconds: z.number() }),
  ])
  .optional()
  .catch(undefined)
const Whole = z.object({ text: z.string(), usage: Usage })
const Event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('transcript.text.delta'), delta: z.string() }),
  z.object({ type: z.literal('transcript.text.done'), text: z.string(), usage: Usage }),
])
type Heard = z.infer<typeof Whole>

/** Asks until it is answered, refused, or the patience of somebody who waits on a phone is over. */
export async function askTranscription(given: Given, sound: Sound, asked: TranscribeOptions): Promise<Transcript> {
  const pace = { ...REAL_PACE, ...given.pace }
  const client = openAiClient(given, pace)
  let streams = STREAMS.test(given.model)
  let heard: Heard | undefined
  const request = { model: given.model, response_format: 'json' as const, ...hintOf(given.model, asked.words) }
  const attempts = {
    attempt: async (_tally: Tally): Promise<Answer> => {
      const file = await toFile(sound.bytes, sound.recording.name, { type: sound.recording.mime })
      const call = { signal: asked.signal }
      heard = streams
        ? await readStream(await client.audio.transcriptions.create({ ...request, file, stream: true }, call), asked.onText)
        : Whole.parse(await client.audio.transcriptions.create({ ...request, file }, call))
      return { content: [{ type: 'text', text: heard.text }], stop: 'end_turn' }
    },
    judge: (error: unknown) => judge(error, given),
    // A server that plays the model's name but not its streaming is asked once more without.
    mend: (error: unknown) => {
      if (!streams || !(error instanceof APIError) || error.status !== 400 || !/stream/iu.test(error.message)) return false
      streams = false
      return true
    },
  }
  try {
    await askWithRetries(attempts, { signal: asked.signal, brief: true }, pace, createBreaker(pace.clock))
  } catch (error) {
    if (error instanceof LughError && error.code === 'model.unreachable')
      throw new LughError('model.unreachable', 'The transcriber could not be reached. Send the message again later, or write it in words.', {
        cause: error.cause,
        retryable: true,
      })
    throw error
  }
  const usage = heard?.usage
  const tokens = usage?.type === 'tokens' ? { input: usage.input_tokens, output: usage.output_tokens, cacheRead: 0, cacheWrite: 0 } : undefined
  const seconds = usage?.type === 'duration' ? usage.seconds : sound.recording.seconds
  return { text: heard?.text.trim() ?? '', model: given.model, used: tokens === undefined ? { seconds } : { tokens } }
}

async function readStream(stream: AsyncIterable<unknown>, onText: TranscribeOptions['onText']): Promise<Heard> {
  for await (const raw of stream) {
    const event = Event.safeParse(raw)
    if (!event.success) continue
    if (event.data.type === 'transcript.text.done') return event.data
    onText?.(event.data.delta)
  }
  throw new BrokenStream('the transcript ended early')
}

/** The likely words, as each kind of model wants them. */
function hintOf(model: string, words: readonly string[] = []): { prompt?: string; keywords?: string[] } {
  if (words.length === 0) return {}
  if (model.startsWith('gpt-transcribe')) return { keywords: words.slice(0, MAX_KEYWORDS) }
  if (model.includes('diarize')) return {}
  const kept: string[] = []
  let length = 0
  for (const word of words) {
    length += word.length + 2
    if (length > PROMPT_CHARACTERS) break
    kept.push(word)
  }
  return { prompt: kept.join(', ') }
}

function judge(error: unknown, { model, apiKey }: Given): Verdict {
  if (error instanceof APIError && error.status === 404)
    return {
      kind: 'refused',
      error: new LughError(
        'model.refused',
        `This address does not offer transcription with ${model}: set LUGH_TRANSCRIBE_MODEL to one it has, or LUGH_TRANSCRIBE_COMMAND to a program of your own.`,
        { detail: '404' },
      ),
    }
  const verdict = judgeOpenAi(error, { model, secret: apiKey })
  if (verdict.kind === 'retry' || verdict.error.code !== 'model.too-long') return verdict
  return { kind: 'refused', error: new LughError('model.refused', 'The transcriber says that this recording is too long: send it in parts.') }
}
