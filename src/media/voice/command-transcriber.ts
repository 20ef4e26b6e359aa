/** Any program of this machine as a transcriber (whisper.cpp, vosk, …): its output is the transcript. It runs behind the walls, without a network. */
import { dirname, join } from 'node:path'
import { LughError, oneLine } from '#core'
import type { Recording, TranscribeOptions, Transcriber, Transcript } from '#models'
import type { Sandbox } from '#sandbox'

/** A small machine hears about as fast as one speaks; three times that, and a minute for loading a model. */
const PER_SECOND_MS = 3000
const LOADING_MS = 60_000
/** Twenty minutes of quick speech are 30,000 characters. */
const MAX_OUTPUT_BYTES = 256 * 1024
const MAX_COMPLAINT = 200
/** Whisper reads 224 tokens of a prompt. */
const MAX_HINT = 800

export type CommandTranscriberOptions = {
  readonly sandbox: Pick<Sandbox, 'run'>
  /** The command line; `{file}` stands for the recording, which otherwise comes last, and `{words}` for words that are likely to come. */
  readonly command: string
  /** Where it may look besides, what it is called in a sentence, and how it is mended. */
  readonly readable?: readonly string[]
  readonly name?: string
  readonly fix?: string
}

/** Makes it. The command is the operator's own, from the environment; no repository can name it. */
export function createCommandTranscriber({
  sandbox,
  command,
  readable = [],
  name = 'The program that transcribes',
  fix = 'Check LUGH_TRANSCRIBE_COMMAND.',
}: CommandTranscriberOptions): Transcriber {
  return {
    name: 'command',
    model: 'command',
    available: () => ({ ok: true }),
    transcribe: async (recording: Recording, { signal, words }: TranscribeOptions): Promise<Transcript> => {
      const folder = dirname(recording.path)
      const done = await sandbox.run({
        command: lineOf(command, recording.path, words),
        cwd: folder,
        writable: [folder],
        readable,
        home: join(folder, 'home'),
        limits: { timeoutMs: LOADING_MS + Math.ceil(recording.seconds) * PER_SECOND_MS, outputBytes: MAX_OUTPUT_BYTES },
        signal,
      })
      signal.throwIfAborted()
      if (done.endedBy === 'timeout')
        throw new LughError('model.refused', `${name} took too long. Send a shorter message, or give it a smaller model. ${fix}`)
      if (done.exitCode !== 0 || done.endedBy !== null) throw new LughError('model.refused', `${name} failed${complaint(done.stderr)}. ${fix}`)
      return { text: done.stdout.replaceAll(/\s+/gu, ' ').trim(), model: 'command', used: 'nothing' }
    },
  }
}

/** In one pass: what stands in for one place is never looked at for another. */
function lineOf(command: string, path: string, words: readonly string[] = []): string {
  const parts: Readonly<Record<string, string>> = { '{file}': path, '{words}': words.join(', ').slice(0, MAX_HINT) }
  const line = command.replaceAll(/\{(?:file|words)\}/gu, (place) => quoted(parts[place] ?? ''))
  return command.includes('{file}') ? line : `${line} ${quoted(path)}`
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function complaint(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1) ?? ''
  return last === '' ? '' : `: ${oneLine(last, MAX_COMPLAINT)}`
}
