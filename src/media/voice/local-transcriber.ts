/**
 * A model that lies on this machine as a transcriber: the files of one in `LUGH_HOME/speech/model`, and the packages that play it beside them.
 * Nothing is fetched here, and nothing leaves the machine. Hearing happens in a process behind walls (hear-process.ts).
 */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Transcriber } from '#models'
import type { Sandbox } from '#sandbox'
import { createCommandTranscriber } from './command-transcriber.ts'
import { speechModelIn } from './speech-model.ts'

/** Not Lugh's own dependencies: 45 MB that most people never need. */
export const SPEECH_PACKAGES = ['sherpa-onnx-node', 'ogg-opus-decoder'] as const
const PROGRAM = fileURLToPath(new URL(`./hear-process${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
/** Where Lugh's own modules lie: hidden ground, when it is installed under a temporary or a home directory. */
const LUGH = fileURLToPath(new URL('../../..', import.meta.url))
const MODULES = join(LUGH, '..', '..', 'node_modules')

/** Makes it; files and packages may still be missing, and are looked for anew each time. `home`: LUGH_HOME. */
export function createLocalTranscriber({ sandbox, home }: { sandbox: Pick<Sandbox, 'run'>; home: string }): Transcriber {
  const speech = join(home, 'speech')
  const model = join(speech, 'model')
  const argv = [process.execPath, '--no-warnings', PROGRAM, speech, model]
  const readable = [speech, LUGH, dirname(process.execPath), ...(existsSync(MODULES) ? [MODULES] : [])]
  const heard = createCommandTranscriber({
    sandbox,
    command: [...argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`), '{file}'].join(' '),
    readable,
    name: 'The speech model on this machine',
    fix: `Look at ${speech}.`,
  })
  return { ...heard, name: 'local', model: 'local', available: () => lookAt(speech, model) }
}

function lookAt(speech: string, model: string): ReturnType<Transcriber['available']> {
  if (!existsSync(model)) return { ok: false, why: `no speech model lies in ${model}` }
  if (speechModelIn(readdirSync(model)) === undefined)
    return {
      ok: false,
      begun: true,
      why: `The speech model in ${model} is not whole: it needs its encoder, decoder and tokens files, as sherpa-onnx publishes them.`,
    }
  const missing = SPEECH_PACKAGES.filter((name) => !existsSync(join(speech, 'node_modules', name, 'package.json')))
  if (missing.length === 0) return { ok: true }
  return {
    ok: false,
    begun: true,
    why: `The speech model is there, and what plays it is not. On Lugh's machine: npm install --prefix ${speech} ${missing.join(' ')}`,
  }
}
