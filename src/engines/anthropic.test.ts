/** The anthropic engine against the scripted Messages API. */
import { describe, expect, it } from 'vitest'
import { startModelServer, type ModelServer } from '../simulator/model/index.ts'
import { createAnthropicEngine } from './anthropic.ts'
import { engineConformance } from './conformance.ts'
import type { Engine, Message } from './port.ts'
import { COMMON_FAULTS, startStandIn } from '../../test/support/stand-in.ts'

const KEY = 'sk-ant-canary-0123456789'
const WISH: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }

engineConformance('anthropic', () =>
  startStandIn({
    key: KEY,
    model: 'claude-sonnet-5-5',
    thinking: 'bound',
    path: '',
    create: createAnthropicEngine,
    faults: {
      ...COMMON_FAULTS,
      'stream cut': { kind: 'cut', afterEvents: 6 },
      'stream ended early': { kind: 'cut', afterEvents: 6, clean: true },
      'bad key': { kind: 'status', status: 401, message: `invalid x-api-key ${KEY}` },
      'no credit': { kind: 'status', status: 400, message: 'Your credit balance is too low to access the Anthropic API.' },
    },
  }),
)

describe('the engine anthropic, besides', () => {
  const ask = (engine: Engine, transcript: readonly Message[] = [WISH]): ReturnType<Engine['turn']> =>
    engine.turn({ model: 'claude-sonnet-5-5', system: 'x', transcript, tools: [], signal: new AbortController().signal })
  const sent = (server: ModelServer): unknown => server.requests.at(-1)?.request?.thinking

  it('calls a stream that goes silent dead, and asks again', async () => {
    const server = await startModelServer({ script: { name: 'one', match: () => true, turns: [{ say: 'Awake.' }] } })
    server.misbehave({ kind: 'hang', begun: true })
    const engine = createAnthropicEngine({ apiKey: KEY, baseUrl: server.url, pace: { silenceMs: 50, wait: () => Promise.resolve() } })
    const { message } = await ask(engine)
    expect(message.content).toEqual([{ type: 'text', text: 'Awake.' }])
    await server.close()
  })

  it('lets a model think that can, and asks for nothing where the provider does not say', async () => {
    const server = await startModelServer({ script: { name: 'one', match: () => true, turns: [] }, models: ['claude-sonnet-5-5'] })
    await ask(createAnthropicEngine({ apiKey: KEY, baseUrl: server.url }))
    const known = sent(server)
    await server.close()
    const silent = await startModelServer({ script: { name: 'one', match: () => true, turns: [] }, catalogue: false })
    await ask(createAnthropicEngine({ apiKey: KEY, baseUrl: silent.url }))
    expect({ known, silent: sent(silent) }).toEqual({ known: { type: 'adaptive' }, silent: undefined })
    await silent.close()
  })
})
