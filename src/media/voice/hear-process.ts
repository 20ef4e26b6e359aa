/**
 * A program of its own that hears one recording with a model that lies on this machine: decoded, cut into pieces as long as the model takes, and
 * each piece put into words. Started behind walls for each recording; what a hostile one breaks is this process. Takes the folder of packages,
 * the model's folder and the recording as arguments, and prints the words.
 */
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { speechModelIn, type SpeechModel } from './speech-model.ts'

/** Whisper hears 30 seconds at once; the rest of a longer piece would be lost without a word. */
const PIECE_SECONDS = 28
/** A core for Lugh stays. */
const THREADS = 2

type Sound = { readonly samples: Float32Array; readonly sampleRate: number }
type Recogniser = {
  createStream(): { acceptWaveform(sound: Sound): void }
  decode(stream: unknown): void
  getResult(stream: unknown): unknown
}
type Decoder = { readonly ready: Promise<unknown>; decodeFile(bytes: Uint8Array): Promise<unknown> }

const made = <T>() => z.custom<T>((value) => typeof value === 'function')
const Sherpa = z.object({ OfflineRecognizer: made<new (config: unknown) => Recogniser>() })
const Ogg = z.object({ OggOpusDecoder: made<new () => Decoder>() })
const Decoded = z.object({ channelData: z.array(z.instanceof(Float32Array)).min(1), sampleRate: z.number() })
const Result = z.object({ text: z.string() })

const [packages = '', folder = '', path = ''] = process.argv.slice(2)
try {
  process.stdout.write(`${await hear()}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function hear(): Promise<string> {
  const model = speechModelIn(await readdir(folder))
  if (model === undefined) throw new Error('its files are not whole')
  const sound = await decoded(await readFile(path))
  const { OfflineRecognizer } = Sherpa.parse(await load('sherpa-onnx-node'))
  const recogniser = new OfflineRecognizer(configOf(model))
  const words: string[] = []
  for (const samples of pieces(sound)) {
    const stream = recogniser.createStream()
    stream.acceptWaveform({ samples, sampleRate: sound.sampleRate })
    recogniser.decode(stream)
    words.push(Result.parse(recogniser.getResult(stream)).text.trim())
  }
  return words.join(' ')
}

async function load(name: string): Promise<unknown> {
  const loaded: unknown = await import(pathToFileURL(createRequire(join(packages, 'package.json')).resolve(name)).href)
  const whole = z.looseObject({ default: z.unknown() }).safeParse(loaded)
  // One of them is CommonJS: what it exports stands under `default`.
  return whole.success && typeof whole.data.default === 'object' && whole.data.default !== null ? { ...whole.data.default, ...whole.data } : loaded
}

function configOf({ kind, tokens, nemo, ...parts }: SpeechModel): unknown {
  const files = Object.fromEntries(Object.entries(parts).map(([part, name]) => [part, join(folder, name)]))
  const common = { tokens: join(folder, tokens), numThreads: THREADS, provider: 'cpu', debug: 0 }
  const modelConfig =
    kind === 'whisper' ? { whisper: { ...files, tailPaddings: -1 } } : { transducer: files, ...(nemo && { modelType: 'nemo_transducer' }) }
  return { featConfig: { sampleRate: 16_000, featureDim: 80 }, modelConfig: { ...common, ...modelConfig } }
}

async function decoded(bytes: Buffer): Promise<Sound> {
  if (bytes.toString('latin1', 0, 4) === 'RIFF') return waveOf(bytes)
  if (bytes.toString('latin1', 0, 4) !== 'OggS') throw new Error('it hears voice messages (Ogg/Opus) and WAV files only')
  const { OggOpusDecoder } = Ogg.parse(await load('ogg-opus-decoder'))
  const decoder = new OggOpusDecoder()
  await decoder.ready
  const { channelData, sampleRate } = Decoded.parse(await decoder.decodeFile(bytes))
  return { samples: mixed(channelData), sampleRate }
}

/** Sixteen bits, any number of channels: what programs write. */
function waveOf(bytes: Buffer): Sound {
  const [format, channels, sampleRate, bits] = [bytes.readUInt16LE(20), bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34)]
  const at = bytes.indexOf('data')
  if (format !== 1 || bits !== 16 || channels === 0 || at < 0) throw new Error('of WAV files it hears those of 16 bits only')
  const whole = bytes.subarray(at + 8)
  const tracks = Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: Math.floor(whole.length / 2 / channels) }, (_value, n) => whole.readInt16LE((n * channels + channel) * 2) / 32_768),
  )
  return { samples: mixed(tracks), sampleRate }
}

function mixed(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0), ...others] = channels
  return others.length === 0 ? first : first.map((value, at) => others.reduce((sum, channel) => sum + (channel[at] ?? 0), value) / channels.length)
}

function* pieces({ samples, sampleRate }: Sound): Generator<Float32Array> {
  const length = PIECE_SECONDS * sampleRate
  for (let from = 0; from < samples.length; from += length) yield samples.subarray(from, from + length)
}
