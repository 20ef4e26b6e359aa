/** The built-in engine on Anthropic's Messages API. */
import { createAnthropicMessages, type Pace } from '#models'
import { toRequest } from './anthropic-form.ts'
import type { Engine } from './port.ts'
import { callerFor, turnEngine, type Key } from './turn-engine.ts'

/**
 * The newest Sonnet: a million tokens of context at 2 and 10 dollars a million, half the price of the newest Opus, and it is what the
 * provider offers for everyday agentic coding. A first run must not surprise by its bill; LUGH_MODEL is one line away.
 */
const DEFAULT_MODEL = 'claude-sonnet-5-5'

export type ProviderSettings = {
  readonly apiKey?: Key
  readonly baseUrl?: string | undefined
  /** In place of the provider's: a stand-in says `scripted`, so that no card shows money nobody owes. */
  readonly defaultModel?: string | undefined
  readonly pace?: Partial<Pace>
}

export function createAnthropicEngine({ apiKey, baseUrl, defaultModel, pace }: ProviderSettings): Engine {
  return turnEngine({
    name: 'anthropic',
    defaultModel: defaultModel ?? DEFAULT_MODEL,
    caller: callerFor(apiKey, (key) => createAnthropicMessages({ apiKey: key, baseUrl, pace })),
    missing: 'No model key is set: put ANTHROPIC_API_KEY into the environment or .env and restart Lugh.',
    toRequest,
  })
}
