/**
 * From a voice message to its words in the chat, and to what it orders being done, less the time the model itself takes (a stand-in that takes
 * half a second), beside a bare upload of the same recording to the same stand-in.
 */
import { sleep } from '#core'
import { createPerson, spokenNote, type Person } from '#simulator'
import { withSystem, type StoreKind } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'

/** What the stand-in takes for any recording. */
const MODEL_MS = 500
const SECONDS = 4
const PACE_MS = 300
const SAID = 'status'
const GOAL: Goal = { text: 'p95 < 3 s', met: (lugh) => lugh.tail < 3000 }

export const figure: Figure = {
  name: 'transcription',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(...(await measure(bench, store)))
    return rows
  },
}

async function measure(bench: Bench, store: StoreKind): Promise<Row[]> {
  const [shown, done, bare]: [number[], number[], number[]] = [[], [], []]
  await withSystem({ store, voice: true, limits: false }, async (system) => {
    system.model.say(() => ({ text: SAID, delayMs: MODEL_MS }))
    const person = createPerson(system.world, { id: system.person().id })
    const upload = (): Promise<void> => bareUpload(system.model.url, system.env['OPENAI_API_KEY'] ?? '')
    // What is loaded with the first recording is not measured, here or there.
    await order(person, [], [])
    await upload()
    await inTurn(
      bench.rounds(40, 6),
      async () => {
        await sleep(PACE_MS)
        await order(person, shown, done)
      },
      async () => void bare.push((await timed(upload)) - MODEL_MS),
    )
    person.leave()
  })
  const beside = { name: 'bare upload', samples: bare }
  return [
    { name: 'voice → words shown, beyond the model', store, unit: 'ms', lugh: shown, bare: beside },
    { name: 'voice → its order done, beyond the model', store, unit: 'ms', lugh: done, bare: beside, goal: GOAL },
  ]
}

/** One spoken order; pushes how long its words and its answer took, without the model's own time. */
async function order(person: Person, shown: number[], done: number[]): Promise<void> {
  const since = person.mark()
  const began = performance.now()
  const elapsed = (): number => performance.now() - began - MODEL_MS
  const said = person.sendVoice(SAID, { seconds: SECONDS })
  await person.waitFor(({ text, replyTo }) => replyTo === said.id && text.startsWith('🎤'), { since })
  shown.push(elapsed())
  await person.waitFor(({ text, replyTo }) => replyTo === said.id && !text.startsWith('🎤'), { since })
  done.push(elapsed())
}

async function bareUpload(url: string, key: string): Promise<void> {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(spokenNote(SAID, SECONDS))]), 'voice.ogg')
  form.set('model', 'gpt-4o-mini-transcribe')
  const answer = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: form })
  if (!answer.ok) throw new Error(await answer.text())
  await answer.text()
}
