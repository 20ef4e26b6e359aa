/** The anthropic engine against the scripted Messages API. */
import { describe, expect, it } from 'vitest'
import { startModelServer, type Fault } from '../simulator/model/index.ts'
import { sleep } from '#core'
import { createAnthropicEngine } from './anthropic.ts'
import { engineConformance, type StandIn, type StandInAnswer, type Trouble } from './conformance.ts'

const KEY = 'sk-ant-canary-0123456789'

const FAULTS: Readonly<Record<Trouble, Fault>> = {
  'rate limited for 7 seconds': { kind: 'status', status: 429, retryAfter: 7 },
  'rate limited for an hour': { kind: 'status', status: 429, retryAfter: 3600 },
  overloaded: { kind: 'status', status: 529 },
  'server error': { kind: 'status', status: 500 },
  'error inside the stream': { kind: 'error-event' },
  'stream cut': { kind: 'cut', afterEvents: 6 },
  'stream ended early': { kind: 'cut', afterEvents: 6, clean: true },
  'broken JSON': { kind: 'broken-json' },
  'connection dropped': { kind: 'reset' },
  'no answer': { kind: 'hang' },
  'answer stalls': { kind: 'hang', begun: true },
  'characters split': { kind: 'trickle', bytes: 1 },
  'a page instead of an answer': { kind: 'status', status: 502, body: '<html>Bad gateway</html>' },
  'empty answer': { kind: 'empty' },
  'bad key': { kind: 'status', status: 401, message: `invalid x-api-key ${KEY}` },
  'no credit': { kind: 'status', status: 400, message: 'Your credit balance is too low to access the Anthropic API.' },
}

async function start(): Promise<StandIn> {
  const options = { script: { name: 'none', match: () => true, turns: [] }, apiKey: KEY, limits: {} }
  const server = await startModelServer(options)
  const pauses: number[] = []
  const baseUrl = server.url
  const note = async (ms: number): Promise<void> => void pauses.push(ms)
  const pace = { random: () => 0, wait: note }
  return {
    engine: createAnthropicEngine({ apiKey: KEY, baseUrl, pace }),
    patient: createAnthropicEngine({ apiKey: KEY, baseUrl, pace: { wait: sleep } }),
    keyless: createAnthropicEngine({ baseUrl }),
    key: KEY,
    pauses,
    play: (answers) => server.play({ name: 'answers', match: () => true, turns: answers.map(toScripted) }),
    trouble: (what, times) => server.misbehave(FAULTS[what], times),
    shrink: () => Object.assign(options.limits, { contextTokens: 10_000 }),
    seen: () => ({
      requests: server.requests.length,
      refused: server.requests.flatMap(({ refused }) => refused ?? []).filter((words) => !words.includes('bound to a different conversation')),
    }),
    close: () => server.close(),
  }
}

function toScripted({ cut, ...answer }: StandInAnswer): StandInAnswer & { stop?: 'max_tokens' | 'refusal' } {
  return cut === undefined ? answer : { ...answer, stop: cut === 'length' ? 'max_tokens' : 'refusal' }
}

engineConformance('anthropic', start)

describe('the engine anthropic, besides', () => {
  it('calls a stream that goes silent dead, and asks again', async () => {
    const server = await startModelServer({ script: { name: 'one', match: () => true, turns: [{ say: 'Awake.' }] } })
    server.misbehave({ kind: 'hang', begun: true })
    const engine = createAnthropicEngine({ apiKey: KEY, baseUrl: server.url, pace: { silenceMs: 50, wait: () => Promise.resolve() } })
    const { message } = await engine.turn({
      model: 'claude-sonnet-5-5',
      system: 'x',
      transcript: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      tools: [],
      signal: new AbortController().signal,
    })
    expect(message.content).toEqual([{ type: 'text', text: 'Awake.' }])
    await server.close()
  })
})
