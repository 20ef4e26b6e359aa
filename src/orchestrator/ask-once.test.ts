import { afterEach, expect, it } from 'vitest'
import { costTotal, insertVoiceCost } from '#db'
import { call, neverAnswer, startModelServer, type ModelServer, type Script } from '#simulator'
import { describeEachStore } from '../../test/support/stores.ts'
import { machineryFor } from '../../test/support/work-room.ts'
import { askOnce, type OneQuestion } from './ask-once.ts'
import { INTENT_TOOL, sortByModel } from './intent/ask-model.ts'
import { readIntent } from './intent/read-intent.ts'

const halt = new AbortController().signal
const TOOL = { name: 'choose', description: 'Chooses.', input: { type: 'object', properties: {} } }
const QUESTION: OneQuestion = {
  projectId: null,
  toDo: 'choose',
  system: 'Choose.',
  content: [{ type: 'text', text: 'x' }],
  tool: TOOL,
  timeoutMs: 5000,
}
const sorts = (input: Readonly<Record<string, unknown>>): Script => ({
  name: 'sorts',
  match: () => true,
  turns: () => ({ calls: [call(INTENT_TOOL, input)] }),
})

describeEachStore('one question to a model', (open) => {
  let model: ModelServer | undefined
  afterEach(() => model?.close())

  async function asker(script: Script, more: { daily?: number } = {}) {
    model = await startModelServer({ script })
    const db = await open()
    const m = machineryFor(db, { url: model.url })
    return { db, model, m: { ...m, facts: { ...m.facts, ...(more.daily === undefined ? {} : { dailyBudgetMicroUsd: more.daily }) } } }
  }

  it('a sentence that no rule knows is sorted by the model that is set up, small and with nothing that could act', async () => {
    const { m, model: server } = await asker(sorts({ intent: 'status', sure: true }))
    const text = 'gib mal laut, Kollege'
    const { understood, cost } = await sortByModel(m, readIntent(text), text, halt)
    expect({ understood, paid: (cost.microUsd ?? 0) > 0 }).toEqual({ understood: { intent: 'status', confidence: 0.8 }, paid: true })
    expect(server.requests.map(({ conversation, refused }) => ({ tools: conversation?.tools, refused }))).toEqual([
      { tools: [INTENT_TOOL], refused: undefined },
    ])
  })

  it('nobody is asked once the day’s budget is used up, and what a sentence cost counts against it', async () => {
    const { db, m, model: server } = await asker(sorts({ intent: 'status', sure: true }), { daily: 1000 })
    const at = { voiceId: m.ids.uuid(), transcriber: 'voice', model: 'm', input: 1, output: 1 }
    await db.tx((tx) => insertVoiceCost(tx, { ...at, microUsd: 1000, countedMicroUsd: 1000 }))
    await expect(sortByModel(m, readIntent('x y'), 'x y', halt)).rejects.toThrow("the day's budget of $0.001 is used up")
    expect({ asked: server.requests.length, spent: (await costTotal(db, new Date(0))).microUsd }).toEqual({ asked: 0, spent: 1000 })
  })

  it('who does not answer in time is not waited for', async () => {
    const { m } = await asker(neverAnswer())
    await expect(askOnce(m, { ...QUESTION, timeoutMs: 200 }, halt)).rejects.toThrow('took more than 0.2 seconds')
  })

  it('without any key one sentence says so', async () => {
    const { m } = await asker(neverAnswer())
    await expect(askOnce({ ...m, engines: new Map() }, QUESTION, halt)).rejects.toThrow('there is no key for a model that does')
  })
})
