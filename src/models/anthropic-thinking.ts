/** Extended thinking where the model has it: asked of the provider itself, so that no table of models has to be kept. It never fails a turn. */
import type Anthropic from '@anthropic-ai/sdk'
import type { MessageParam, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages'

/** What a model that wants a number may think in one turn: a quarter of the output cap, enough for a hard step. */
const BUDGET_TOKENS = 8000
/** The question is a small one; a turn does not wait longer for its answer. */
const ASK_MS = 5000
/** How long an unanswered question is left alone (an address without that list, mostly). */
const AGAIN_MS = 10 * 60_000

export type ThinkingOf = (model: string, messages: readonly MessageParam[], signal: AbortSignal) => Promise<ThinkingConfigParam | undefined>

/** A memory of which models think, and how they want to be told. */
export function rememberThinking(client: Anthropic, now: () => number): ThinkingOf {
  const known = new Map<string, { config: ThinkingConfigParam | undefined; until: number }>()
  return async (model, messages, signal) => {
    let entry = known.get(model)
    if (entry === undefined || now() > entry.until) {
      entry = await askProvider(client, model, signal).then(
        (config) => ({ config, until: Number.POSITIVE_INFINITY }),
        () => ({ config: undefined, until: now() + AGAIN_MS }),
      )
      known.set(model, entry)
    }
    return entry.config?.type === 'enabled' && !mayBegin(messages) ? undefined : entry.config
  }
}

async function askProvider(client: Anthropic, model: string, signal: AbortSignal): Promise<ThinkingConfigParam | undefined> {
  const { capabilities } = await client.models.retrieve(model, undefined, { signal, timeout: ASK_MS })
  if (capabilities?.thinking.types.adaptive.supported === true) return { type: 'adaptive' }
  return capabilities?.thinking.types.enabled.supported === true ? { type: 'enabled', budget_tokens: BUDGET_TOKENS } : undefined
}

/** With a budget, an answer whose tool calls are just being answered must have begun with thinking; one of another model or engine did not. */
function mayBegin(messages: readonly MessageParam[]): boolean {
  const last = messages.findLast((message) => message.role === 'assistant')
  if (last === undefined || typeof last.content === 'string') return true
  const calls = last.content.some((block) => block.type === 'tool_use')
  return !calls || last.content[0]?.type === 'thinking' || last.content[0]?.type === 'redacted_thinking'
}
