/** The openai engine against the scripted Responses API and scripted chat completions. */
import { describe, expect, it } from 'vitest'
import { startModelServer } from '../simulator/model/index.ts'
import { engineConformance } from './conformance.ts'
import { createOpenAiEngine } from './openai.ts'
import { COMMON_FAULTS, startStandIn } from '../../test/support/stand-in.ts'

const KEY = 'sk-canary-0123456789abcdef'
const REFUSED = {
  'bad key': { kind: 'status', status: 401, message: `Incorrect API key provided: ${KEY}.` },
  'no credit': {
    kind: 'status',
    status: 429,
    type: 'insufficient_quota',
    message: 'You exceeded your current quota, please check your plan and billing details. Top up your credit.',
  },
} as const

engineConformance('openai, Responses', () =>
  startStandIn({
    key: KEY,
    model: 'gpt-6.1-sol',
    thinking: 'free',
    path: '/v1',
    create: (settings) => createOpenAiEngine({ ...settings, format: 'responses' }),
    faults: {
      ...COMMON_FAULTS,
      ...REFUSED,
      'stream cut': { kind: 'cut', afterEvents: 6 },
      'stream ended early': { kind: 'cut', afterEvents: 9, clean: true },
    },
  }),
)

engineConformance('openai, chat completions', () =>
  startStandIn({
    key: KEY,
    model: 'qwen3-coder',
    thinking: 'none',
    path: '/v1',
    create: (settings) => createOpenAiEngine({ ...settings, format: 'chat' }),
    faults: {
      ...COMMON_FAULTS,
      ...REFUSED,
      'stream cut': { kind: 'cut', afterEvents: 4 },
      'stream ended early': { kind: 'cut', afterEvents: 4, clean: true },
    },
  }),
)

describe('the engine openai, besides', () => {
  it('speaks chat completions to any address but OpenAI’s, and needs no key there', async () => {
    const server = await startModelServer({ script: { name: 'one', match: () => true, turns: [{ say: 'Local.' }] } })
    const engine = createOpenAiEngine({ baseUrl: `${server.url}/v1` })
    const { message } = await engine.turn({
      model: 'qwen3-coder',
      system: 'x',
      transcript: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      tools: [],
      signal: new AbortController().signal,
    })
    expect({ said: message.content, path: server.requests[0]?.path, available: engine.available(), model: engine.defaultModel }).toEqual({
      said: [{ type: 'text', text: 'Local.' }],
      path: '/v1/chat/completions',
      available: { ok: true },
      model: undefined,
    })
    await server.close()
  })
})
