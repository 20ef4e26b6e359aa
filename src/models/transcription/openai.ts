/** OpenAI's transcription, or any server that speaks its format at `OPENAI_BASE_URL`. Loads its SDK with the first recording. */
import { readFile } from 'node:fs/promises'
import { LughError } from '#core'
import type { ProviderOptions } from '../provider.ts'
import type { Recording, TranscribeOptions, Transcriber, Transcript } from './transcriber.ts'

/** The cheaper of the two that are good with names; any other by LUGH_TRANSCRIBE_MODEL. */
export const DEFAULT_TRANSCRIBER = 'gpt-4o-mini-transcribe'

export type OpenAiTranscriberOptions = {
  /** Asked for with every recording: it may change while Lugh runs. */
  readonly apiKey: () => string | undefined
  readonly baseUrl?: string | undefined
  readonly model?: string | undefined
  readonly pace?: ProviderOptions['pace']
}

/** Makes it; the key may still be missing. */
export function createOpenAiTranscriber(options: OpenAiTranscriberOptions): Transcriber {
  const model = options.model ?? DEFAULT_TRANSCRIBER
  // A server of one's own often wants no key; OpenAI's always does.
  const key = (): string | undefined => options.apiKey() ?? (options.baseUrl === undefined ? undefined : 'none')
  return {
    name: 'openai',
    model,
    available: () => (key() === undefined ? { ok: false, why: 'OPENAI_API_KEY is not set' } : { ok: true }),
    transcribe: async (recording: Recording, asked: TranscribeOptions): Promise<Transcript> => {
      const apiKey = key()
      if (apiKey === undefined) throw new LughError('model.no-key', 'No key for the transcriber: set OPENAI_API_KEY and send it again.')
      const { askTranscription } = await import('./openai-ask.ts')
      return askTranscription({ ...options, apiKey, model }, { recording, bytes: await readFile(recording.path) }, asked)
    },
  }
}
