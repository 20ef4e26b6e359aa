import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createOpenAiTranscriber, pricesOf, type Transcriber } from '#models'
import { scriptOf, spokenNote, startModelServer, wordsIn, type ModelServer } from '#simulator'
import { createCommandTranscriber } from './command-transcriber.ts'
import { createHearing } from './hear.ts'
import { opusSeconds, recordingKind } from './recording-kind.ts'

const signal = new AbortController().signal
let folder = ''
let server: ModelServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hear it's "))
})
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.close()
  server = undefined
})

const SAID = 'Approve task twelve, und die Änderung 👍'
function recording(words = SAID): { path: string; seconds: number } {
  const path = join(folder, 'sound')
  writeFileSync(path, spokenNote(words, 3))
  return { path, seconds: 3 }
}
type Ran = { exitCode: number | null; stdout?: string; stderr?: string; endedBy?: 'timeout' | null }
function program(ran: Ran, seen: unknown[] = []): Transcriber {
  const run = (command: { command: unknown }) => {
    seen.push(command.command)
    return Promise.resolve({ signal: null, endedBy: null, stdout: '', stderr: '', truncated: false, ms: 1, ...ran })
  }
  return createCommandTranscriber({ sandbox: { run }, command: 'whisper -f {file} -nt' })
}
const hearBy = (transcriber: Transcriber) => createHearing({ transcribers: [transcriber], prices: pricesOf() })

it('what is a recording is told by its content, and how long it really is', () => {
  const note = spokenNote(SAID, 61)
  const kinds = [
    note,
    Buffer.from('ID3\x04'),
    Buffer.from('RIFF\0\0\0\0WAVEfmt '),
    Buffer.from('\0\0\0\x20ftypisom'),
    Buffer.from('OggS theora'),
    Buffer.from('MZ'),
  ]
  expect({ kinds: kinds.map((bytes) => recordingKind(bytes)?.ending), seconds: opusSeconds(note), words: wordsIn(note) }).toEqual({
    kinds: ['ogg', 'mp3', 'wav', 'mp4', undefined, undefined],
    seconds: 61,
    words: SAID,
  })
})

it('a program of the machine transcribes for nothing, whatever the path of the recording', async () => {
  const seen: unknown[] = []
  const sound = recording()
  const heard = await hearBy(program({ exitCode: 0, stdout: '\n  Approve\n T12 \n' }, seen)).hear(sound, { signal })
  expect({ heard, seen }).toEqual({
    heard: { text: 'Approve T12', model: 'command', usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, microUsd: 0, countedMicroUsd: 0 },
    seen: [`whisper -f '${sound.path.replaceAll("'", `'\\''`)}' -nt`],
  })
})

it('a program gets likely words where it asks for them, and none of them is read as a part of the command', async () => {
  const seen: unknown[] = []
  const sandbox = {
    run: (command: { command: unknown }) => {
      seen.push(command.command)
      return Promise.resolve({ exitCode: 0, signal: null, endedBy: null, stdout: 'x', stderr: '', truncated: false, ms: 1 })
    },
  }
  const sound = { ...recording(), name: 'voice.ogg', mime: 'audio/ogg' }
  const transcriber = createCommandTranscriber({ sandbox, command: 'hear --prompt {words} {file}' })
  await transcriber.transcribe(sound, { signal, words: ["it's $(id)", '{file}; rm x'] })
  await createCommandTranscriber({ sandbox, command: 'hear {words}' }).transcribe(sound, { signal })
  const path = `'${sound.path.replaceAll("'", `'\\''`)}'`
  expect(seen).toEqual([`hear --prompt 'it'\\''s $(id), {file}; rm x' ${path}`, `hear '' ${path}`])
})

it('a program that fails, or takes too long, is told with its last words and the way out', async () => {
  const sound = recording()
  await expect(hearBy(program({ exitCode: 1, stderr: 'loading\nno such model' })).hear(sound, { signal })).rejects.toThrow(
    'The program that transcribes failed: no such model. Check LUGH_TRANSCRIBE_COMMAND.',
  )
  await expect(hearBy(program({ exitCode: null, endedBy: 'timeout' })).hear(sound, { signal })).rejects.toThrow('took too long')
})

it('every way of answering gives the same words: streamed, whole, and where streaming is refused', async () => {
  server = await startModelServer({ script: scriptOf([]) })
  const { url, requests } = server
  const by = (model: string) => hearBy(createOpenAiTranscriber({ apiKey: () => 'k', baseUrl: `${url}/v1`, model }))
  const heard = await Promise.all(
    ['gpt-4o-mini-transcribe', 'whisper-1', 'gpt-transcribe'].map((model) => by(model).hear(recording(), { signal, words: ['Brigid'] })),
  )
  expect(heard.map(({ text }) => text)).toEqual([SAID, SAID, SAID])
  // Two by tokens or time with a known price, as the price list has it.
  expect(heard.map(({ microUsd }) => microUsd !== null)).toEqual([true, true, true])
  expect(requests.map(({ refused, recording: sent }) => ({ refused, name: sent?.name }))).toEqual(
    Array.from({ length: 3 }, () => ({ refused: undefined, name: 'voice.ogg' })),
  )
})

it('the stand-in refuses what the real service refuses', async () => {
  server = await startModelServer({ script: scriptOf([]), apiKey: 'right' })
  const { url } = server
  const post = async (name: string, fields: Record<string, string>, key = 'right'): Promise<number> => {
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(spokenNote(SAID))]), name)
    for (const [field, value] of Object.entries(fields)) form.set(field, value)
    return (await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form })).status
  }
  const statuses = [
    await post('voice.ogg', { model: 'whisper-1' }),
    await post('voice.oga', { model: 'whisper-1' }),
    await post('voice.ogg', {}),
    await post('voice.ogg', { model: 'whisper-1', surprise: '1' }),
    await post('voice.ogg', { model: 'whisper-1' }, 'wrong'),
    await post('voice.ogg', { model: 'gpt-4o-transcribe', response_format: 'srt' }),
  ]
  expect(statuses).toEqual([200, 400, 400, 400, 401, 400])
})
