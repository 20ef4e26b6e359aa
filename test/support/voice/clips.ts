/**
 * Voice messages as a phone makes them, spoken by a machine: words through espeak-ng, noise of a street under them, pauses around them, then
 * Ogg/Opus by opusenc or ffmpeg. Sixty of them stand in `clips.txt`. A scripted transcriber knows each by its bytes, and hears it well or badly.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { Hears } from '#simulator'
import { chance } from '../chance.ts'
import { linesOf, meaningOf, type Meaning } from './phrasings.ts'

export type Clip = {
  readonly says: string
  readonly language: 'en' | 'de'
  /** Decibels of the noise under the voice. */
  readonly noise: number
  readonly means: Meaning
}

/** Letters that are left out, put in or exchanged, of a hundred. */
export const ERROR_RATES = [0.05, 0.15, 0.3] as const
const LETTERS = 'abcdefghijklmnopqrstuvwxyzäöü 0123456789'
/** Three throats of espeak-ng's, in either language. */
const VOICES = ['m3', 'f2', 'm7'] as const
const RATE = 22_050
/** Every so many clips somebody thinks for long. */
const LONG_PAUSE_EVERY = 10
const LONGEST_SECONDS = 30

const runs = (program: string, ...args: string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).error === undefined
const ENCODERS = [
  ['opusenc', ['--quiet', '-', '-'], '--version'],
  ['ffmpeg', ['-loglevel', 'error', '-i', '-', '-c:a', 'libopus', '-f', 'ogg', '-'], '-version'],
] as const
const encoder = ENCODERS.find(([program, , version]) => runs(program, version))

/** Whether this machine can speak and encode. */
export const CAN_SPEAK = runs('espeak-ng', '--version') && encoder !== undefined

/** The sixty, in their order. */
export function allClips(): Clip[] {
  return linesOf('clips.txt').map((line) => {
    const [, language, noise, label = '', says = ''] = /^(en|de) (\d+) (.*?) \| (.*)$/u.exec(line) ?? []
    const { means } = meaningOf(label)
    const whole = means.intent === 'new' && means['words'] === undefined ? { words: says } : {}
    return { says, language: language === 'de' ? 'de' : 'en', noise: Number(noise), means: { ...means, ...whole } }
  })
}

/** The clip as Ogg/Opus, and how many seconds it has. The same clip is the same sound, encoded anew. */
export function speak(clip: Clip, index: number): { bytes: Uint8Array; seconds: number } {
  const voice = `${clip.language}+${VOICES[index % VOICES.length] ?? 'm3'}`
  const spoken = samplesOf(run('espeak-ng', ['-v', voice, '-s', String(140 + ((index * 7) % 50)), '--stdout', clip.says]))
  const pause = index % LONG_PAUSE_EVERY === 0 ? Math.max(0, LONGEST_SECONDS * RATE - spoken.length) : Math.round(RATE * 0.3)
  const sound = withNoise(spoken, pause, clip.noise, index)
  const [program, args] = encoder ?? ENCODERS[0]
  return { bytes: run(program, [...args], wavOf(sound)), seconds: sound.length / RATE }
}

function run(program: string, args: string[], input?: Uint8Array): Uint8Array {
  const done = spawnSync(program, args, { input, maxBuffer: 64 * 1024 ** 2 })
  if (done.status !== 0) throw new Error(`${program}: ${String(done.stderr)}`)
  return done.stdout
}

/** After the header; espeak-ng cannot know how long it will be, so its sizes are wrong. */
function samplesOf(wav: Uint8Array): Int16Array {
  const bytes = Buffer.from(wav.subarray(Buffer.from(wav).indexOf('data') + 8))
  return Int16Array.from({ length: Math.floor(bytes.length / 2) }, (_, at) => bytes.readInt16LE(at * 2))
}

/** Half of the pause before, half after, and noise that rumbles more than it hisses under all of it. */
function withNoise(spoken: Int16Array, pause: number, decibels: number, seed: number): Int16Array {
  const { next } = chance(seed)
  const loudness = Math.sqrt(spoken.reduce((sum, sample) => sum + sample ** 2, 0) / Math.max(1, spoken.length))
  const level = (loudness / 10 ** (decibels / 20)) * 3
  const before = Math.floor(pause / 2)
  let rumble = 0
  return Int16Array.from({ length: spoken.length + pause }, (_, at) => {
    rumble = 0.8 * rumble + 0.35 * (next() * 2 - 1)
    return Math.max(-32_768, Math.min(32_767, Math.round((spoken[at - before] ?? 0) + rumble * level)))
  })
}

function wavOf(samples: Int16Array): Uint8Array {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.byteLength, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(RATE, 24)
  head.writeUInt32LE(RATE * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(samples.byteLength, 40)
  return Buffer.concat([head, Buffer.from(samples.buffer)])
}

/** A recogniser's mistakes: letters left out, put in or exchanged. */
export function corrupt(sentence: string, rate: number, next: () => number): string {
  const letter = (): string => LETTERS[Math.floor(next() * LETTERS.length)] ?? ''
  return Array.from(sentence)
    .map((char) => {
      if (next() >= rate) return char
      const kind = next()
      return kind < 1 / 3 ? '' : kind < 2 / 3 ? char + letter() : letter()
    })
    .join('')
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Clips that can be sent, and a transcriber that knows them: it hears what was said, with mistakes at the rate that is set. */
export function scriptedEars(clips: readonly Clip[], seed = 7) {
  const spoken = clips.map((clip, index) => ({ clip, ...speak(clip, index) }))
  const known = new Map(spoken.map(({ bytes, clip }) => [digestOf(bytes), clip]))
  const { next } = chance(seed)
  let rate = 0
  const hears: Hears = ({ bytes }) => {
    const clip = known.get(digestOf(bytes))
    return clip === undefined ? undefined : corrupt(clip.says, rate, next)
  }
  return { spoken, hears, setRate: (to: number): void => void (rate = to) }
}
