/** OpenAI's `/v1/audio/transcriptions`, strict: it refuses what the real one refuses and answers with the words it is told, or that stand in the file. */
import type { IncomingMessage } from 'node:http'
import { ApiRefusal } from '../api-refusal.ts'
import { wordsIn } from '../../spoken-note.ts'
import { pieces } from '../dialect.ts'
import { tokensIn } from '../check-request.ts'
import { refuse } from './refusal.ts'

export const TRANSCRIPTIONS_PATH = '/v1/audio/transcriptions'
const ENDINGS = ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']
const MAX_FILE_BYTES = 25 * 1024 * 1024
const FIELDS = new Set(
  'file model language languages[] prompt keywords[] response_format temperature stream chunking_strategy include[] timestamp_granularities[]'.split(
    ' ',
  ),
)
/** Beginnings of what can be decoded; the name's ending is not believed. */
const SOUNDS: readonly RegExp[] = [/^OggS/, /^ID3/, /^\xff[\xfb\xf3\xf2\xfa]/, /^.{4}ftyp/s, /^RIFF.{4}WAVE/s, /^.E\xdf\xa3/s, /^fLaC/]
/** What a second of sound is counted as, about. */
const TOKENS_A_SECOND = 10

/** One recording as it was sent. */
export type SeenRecording = {
  readonly name: string
  readonly bytes: Uint8Array
  readonly model: string
  readonly prompt: string
  readonly keywords: readonly string[]
}
/** What it says; undefined: the words that stand in the file, and without any nothing. `delayMs`: how long it takes to hear. */
export type Hears = (recording: SeenRecording) => string | { readonly text: string; readonly delayMs?: number } | undefined

export type TranscriptionRequest = SeenRecording & { readonly stream: boolean; readonly plain: boolean }

/** Reads and checks a request. Throws the `ApiRefusal` of the first rule broken. */
export async function readTranscription(incoming: IncomingMessage, body: Buffer): Promise<TranscriptionRequest> {
  const type = incoming.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) throw refuse("We could not parse your request. Expected 'multipart/form-data'.")
  const form = await formOf(body, type)
  for (const key of form.keys()) if (!FIELDS.has(key)) throw refuse(`Unrecognized request argument supplied: ${key}`, key)
  const file = form.get('file')
  if (file === null || typeof file === 'string') throw refuse("Missing required parameter: 'file'.", 'file', 'missing_required_parameter')
  const word = (name: string): string => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
  const model = word('model')
  if (model === '') throw refuse('you must provide a model parameter')
  const bytes = new Uint8Array(await file.arrayBuffer())
  checkFile(file.name, bytes)
  const format = word('response_format') || 'json'
  if (!['json', 'text', 'verbose_json', 'srt', 'vtt'].includes(format)) throw refuse(`Invalid response_format: '${format}'.`, 'response_format')
  if (model.startsWith('gpt-4o') && format !== 'json')
    throw refuse(`response_format '${format}' is not compatible with model '${model}'. Use 'json' instead.`, 'response_format', 'unsupported_value')
  const keywords = form.getAll('keywords[]').flatMap((one) => (typeof one === 'string' ? [one] : []))
  // As the real one: Whisper hears all of it and streams nothing.
  const stream = word('stream') === 'true' && !model.startsWith('whisper')
  return { name: file.name, bytes, model, prompt: word('prompt'), keywords, stream, plain: format === 'text' }
}

async function formOf(body: Buffer, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  } catch {
    throw refuse('We could not parse your multipart request.')
  }
}

function checkFile(name: string, bytes: Uint8Array): void {
  if (bytes.byteLength > MAX_FILE_BYTES)
    throw new ApiRefusal(413, 'server_error', `413: Maximum content size limit (${MAX_FILE_BYTES}) exceeded (${bytes.byteLength} bytes read)`)
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  // Telegram's own name for voice notes, `.oga`, was refused by the real one for years: nobody may rely on it.
  if (!ENDINGS.includes(ending) || ending === 'oga')
    throw refuse(`Unrecognized file format. Supported formats: ${JSON.stringify(ENDINGS)}`, 'file', 'invalid_value')
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (!SOUNDS.some((sound) => sound.test(head))) throw refuse('Audio file might be corrupted or unsupported', 'file', 'invalid_value')
}

/** The words of a recording, and how long hearing takes. */
export function hear(request: TranscriptionRequest, hears: Hears | undefined): { text: string; delayMs: number } {
  const told = hears?.(request)
  if (typeof told === 'object') return { text: told.text, delayMs: told.delayMs ?? 0 }
  return { text: told ?? wordsIn(request.bytes) ?? '', delayMs: 0 }
}

/** The whole answer as the API gives it. */
export function transcriptOf(request: TranscriptionRequest, text: string): unknown {
  const usage = usageOf(request, text)
  return request.model.startsWith('whisper') ? { text, usage: { type: 'duration', seconds: 2 } } : { text, usage }
}

/** The frames of a streamed answer. */
export function transcriptFrames(request: TranscriptionRequest, text: string): string[] {
  const deltas = pieces(text).map((delta) => ({ type: 'transcript.text.delta', delta }))
  return [...deltas, { type: 'transcript.text.done', text, usage: usageOf(request, text) }].map((event) => `data: ${JSON.stringify(event)}\n\n`)
}

function usageOf({ bytes, prompt }: TranscriptionRequest, text: string): Record<string, unknown> {
  const heard = Math.max(TOKENS_A_SECOND, Math.round(bytes.byteLength / 400))
  const read = prompt === '' ? 0 : tokensIn(prompt)
  const said = tokensIn(text)
  return {
    type: 'tokens',
    input_tokens: heard + read,
    output_tokens: said,
    total_tokens: heard + read + said,
    input_token_details: { audio_tokens: heard, text_tokens: read },
  }
}
