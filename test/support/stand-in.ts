/** Stand-ins of providers for the conformance suite: the scripted model server, and the engine that talks to it. For tests only. */
import { sleep } from '#core'
import { startModelServer, type Fault, type SeenRequest } from '../../src/simulator/model/index.ts'
import type { StandIn, StandInAnswer, Trouble } from '../../src/engines/conformance.ts'
import type { ProviderSettings } from '../../src/engines/anthropic.ts'
import type { Engine } from '../../src/engines/port.ts'

export type Provider = {
  readonly key: string
  readonly model: string
  readonly thinking: StandIn['thinking']
  /** What the engine's settings add to the server's address. */
  readonly path: string
  readonly create: (settings: ProviderSettings) => Engine
  readonly faults: Readonly<Record<Trouble, Fault>>
}

/** What goes wrong alike at every provider. */
export const COMMON_FAULTS = {
  'rate limited for 7 seconds': { kind: 'status', status: 429, retryAfter: 7 },
  'rate limited for an hour': { kind: 'status', status: 429, retryAfter: 3600 },
  overloaded: { kind: 'status', status: 529 },
  'server error': { kind: 'status', status: 500 },
  'error inside the stream': { kind: 'error-event' },
  'broken JSON': { kind: 'broken-json' },
  'connection dropped': { kind: 'reset' },
  'no answer': { kind: 'hang' },
  'answer stalls': { kind: 'hang', begun: true },
  'characters split': { kind: 'trickle', bytes: 1 },
  'a page instead of an answer': { kind: 'status', status: 502, body: '<html>Bad gateway</html>' },
  'empty answer': { kind: 'empty' },
} as const satisfies Partial<Record<Trouble, Fault>>

/** Starts the server and the engines of one provider. */
export async function startStandIn(provider: Provider): Promise<StandIn> {
  const options = { script: { name: 'none', match: () => true, turns: [] }, apiKey: provider.key, limits: {}, models: [provider.model] }
  const server = await startModelServer(options)
  const pauses: number[] = []
  const clock = { at: Date.now(), now: (): Date => new Date(clock.at) }
  const settings = { apiKey: provider.key, baseUrl: server.url + provider.path }
  const wait = async (ms: number): Promise<void> => {
    pauses.push(ms)
    clock.at += ms
  }
  return {
    engine: provider.create({ ...settings, pace: { random: () => 0, wait, clock } }),
    patient: provider.create({ ...settings, pace: { wait: sleep } }),
    keyless: provider.create({}),
    key: provider.key,
    model: provider.model,
    thinking: provider.thinking,
    pauses,
    play: (answers) => server.play({ name: 'answers', match: () => true, turns: answers.map(toScripted) }),
    trouble: (what, times) => server.misbehave(provider.faults[what], times),
    shrink: () => Object.assign(options.limits, { contextTokens: 10_000 }),
    seen: () => ({
      requests: server.requests.length,
      refused: server.requests.flatMap(({ refused }) => refused ?? []).filter((words) => !words.includes('bound to a different conversation')),
      pictures: server.requests.reduce((sum, seen) => sum + picturesOf(seen), 0),
    }),
    close: () => server.close(),
  }
}

function toScripted({ cut, ...answer }: StandInAnswer): StandInAnswer & { stop?: 'max_tokens' | 'refusal' } {
  return cut === undefined ? answer : { ...answer, stop: cut === 'length' ? 'max_tokens' : 'refusal' }
}

function picturesOf({ request }: SeenRequest): number {
  const blocks = (request?.messages ?? []).flatMap(({ content }) => (typeof content === 'string' ? [] : content))
  const inside = blocks.flatMap((block) => (block.type === 'tool_result' && typeof block.content === 'object' ? block.content : [block]))
  return inside.filter(({ type }) => type === 'image').length
}
