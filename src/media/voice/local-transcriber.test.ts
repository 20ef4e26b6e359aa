import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pricesOf } from '#models'
import { createSandbox, type Sandbox } from '#sandbox'
import { spokenNote } from '#simulator'
import { silent, TEST_PATH } from '../../../test/support/sandbox.ts'
import { createHearing } from './hear.ts'
import { createLocalTranscriber } from './local-transcriber.ts'
import { speechModelIn } from './speech-model.ts'

/** Stand-ins of the two packages, with the parts of theirs that are used: no speech model is small enough to come along. */
const RECOGNISER = `class OfflineRecognizer {
  constructor(config) { this.config = config; if (!require('fs').existsSync(config.modelConfig.whisper.encoder)) throw new Error('no encoder') }
  createStream() { return { acceptWaveform(sound) { this.sound = sound } } }
  decode(stream) { stream.text = ' ' + Math.round(stream.sound.samples.length / stream.sound.sampleRate) + ' s ' }
  getResult(stream) { return { text: stream.text, tokens: [] } }
}
module.exports = { OfflineRecognizer }`
const DECODER = `export class OggOpusDecoder {
  ready = Promise.resolve()
  async decodeFile(bytes) { return { channelData: [new Float32Array(48000 * 61), new Float32Array(48000 * 61)], samplesDecoded: 1, sampleRate: 48000 } }
}`

let home = ''
let sandbox: Sandbox
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "lugh-it's-speech-"))
  sandbox = await createSandbox({ mode: 'auto', home, host: { home, path: TEST_PATH, lang: 'C' }, log: silent })
})
afterAll(async () => {
  await sandbox.close()
  rmSync(home, { recursive: true, force: true })
})

function put(path: string, text: string): void {
  const whole = join(home, path)
  mkdirSync(join(whole, '..'), { recursive: true })
  writeFileSync(whole, text)
}
function note(bytes: Uint8Array): { path: string; seconds: number } {
  mkdirSync(join(home, 'incoming'), { recursive: true })
  const path = join(home, 'incoming', 'sound')
  writeFileSync(path, bytes)
  return { path, seconds: 3 }
}

it('a model that is laid into the home hears piece by piece, and what is missing until then is named with the way out', async () => {
  const hearing = createHearing({ transcribers: [createLocalTranscriber({ sandbox, home })], prices: pricesOf() })
  expect(hearing.problem()).toContain('or put a speech model there')
  put('speech/model/tiny-encoder.int8.onnx', 'x')
  put('speech/model/tiny-decoder.onnx', 'x')
  expect(hearing.problem()).toContain('is not whole: it needs its encoder, decoder and tokens files')
  put('speech/model/tiny-tokens.txt', 'x')
  put('speech/node_modules/sherpa-onnx-node/package.json', '{"name":"sherpa-onnx-node","main":"index.js"}')
  expect(hearing.problem()).toBe(
    `I cannot hear yet. The speech model is there, and what plays it is not. On Lugh's machine: npm install --prefix ${join(home, 'speech')} ogg-opus-decoder`,
  )
  put('speech/node_modules/ogg-opus-decoder/package.json', '{"name":"ogg-opus-decoder","type":"module","exports":"./index.js"}')
  put('speech/node_modules/sherpa-onnx-node/index.js', RECOGNISER)
  put('speech/node_modules/ogg-opus-decoder/index.js', DECODER)
  expect(hearing.problem()).toBeUndefined()
  const { signal } = new AbortController()
  const heard = await hearing.hear(note(spokenNote('x', 3)), { signal })
  expect({ text: heard.text, cost: heard.countedMicroUsd }).toEqual({ text: '28 s 28 s 5 s', cost: 0 })
  await expect(hearing.hear(note(Buffer.from('ID3\u0004')), { signal })).rejects.toThrow(
    `The speech model on this machine failed: it hears voice messages (Ogg/Opus) and WAV files only. Look at ${join(home, 'speech')}.`,
  )
})

it('a model is told by the names its files are published under', () => {
  expect([
    speechModelIn(['base-encoder.onnx', 'base-encoder.int8.onnx', 'base-decoder.int8.onnx', 'base-tokens.txt', 'README.md']),
    speechModelIn(['encoder.int8.onnx', 'decoder.int8.onnx', 'joiner.int8.onnx', 'tokens.txt']),
    speechModelIn(['encoder-epoch-99-avg-1.onnx', 'decoder-epoch-99-avg-1.onnx', 'joiner-epoch-99-avg-1.onnx', 'tokens.txt']),
    speechModelIn(['base-encoder.onnx', 'base-tokens.txt']),
    speechModelIn([]),
  ]).toEqual([
    { kind: 'whisper', encoder: 'base-encoder.int8.onnx', decoder: 'base-decoder.int8.onnx', tokens: 'base-tokens.txt' },
    { kind: 'transducer', encoder: 'encoder.int8.onnx', decoder: 'decoder.int8.onnx', joiner: 'joiner.int8.onnx', tokens: 'tokens.txt', nemo: true },
    {
      kind: 'transducer',
      encoder: 'encoder-epoch-99-avg-1.onnx',
      decoder: 'decoder-epoch-99-avg-1.onnx',
      joiner: 'joiner-epoch-99-avg-1.onnx',
      tokens: 'tokens.txt',
    },
    undefined,
    undefined,
  ])
})
