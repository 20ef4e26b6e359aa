/** Calls of the Anthropic Messages API, streamed. The key never leaves this file but in the request's header. */
import Anthropic from '@anthropic-ai/sdk'
import type { MessageCreateParamsBase } from '@anthropic-ai/sdk/resources/messages'
import { isStaleThinking, judge } from './anthropic-errors.ts'
import { readAnswer } from './anthropic-stream.ts'
import { rememberThinking } from './anthropic-thinking.ts'
import { createBreaker } from './breaker.ts'
import { MODELS_MAX, modelsOrRefusal } from './model-list.ts'
import { ANTHROPIC_ADDRESS, HEADERS_MS, type ProviderOptions } from './provider.ts'
import { askWithRetries, REAL_PACE, type ModelCaller } from './retries.ts'
import { watchSilence } from './silence-watch.ts'

export type MessagesRequest = Readonly<Omit<MessageCreateParamsBase, 'stream'>>
export type AnthropicMessages = ModelCaller<MessagesRequest>

/** Makes the caller, see `createAnthropicMessages`. */
export function openAnthropicMessages(options: ProviderOptions): AnthropicMessages {
  const pace = { ...REAL_PACE, ...options.pace }
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? ANTHROPIC_ADDRESS,
    authToken: null,
    webhookKey: null,
    maxRetries: 0,
    timeout: HEADERS_MS,
    logLevel: 'off',
    openTelemetry: false,
    fetch: watchSilence(fetch, pace.silenceMs),
  })
  const breaker = createBreaker(pace.clock)
  const thinkingOf = rememberThinking(client, () => pace.clock.now().getTime())
  const context = (model: string): { model: string; secret: string } => ({ model, secret: options.apiKey })
  return {
    ask: async (first, call) => {
      call.signal.throwIfAborted()
      const thinking = first.thinking ?? (await thinkingOf(first.model, first.messages, call.signal))
      let request: MessagesRequest = { ...first, ...(thinking === undefined ? {} : { thinking }) }
      const attempts = {
        attempt: async (tally: Parameters<typeof readAnswer>[1]) =>
          readAnswer(await client.messages.create({ ...request, stream: true }, { signal: call.signal }), tally, call.onText ?? (() => undefined)),
        judge: (error: unknown) => judge(error, context(request.model)),
        mend: (error: unknown) => {
          if (!isStaleThinking(error)) return false
          request = withoutThinking(request)
          return true
        },
      }
      return askWithRetries(attempts, call, pace, breaker)
    },
    models: (signal) =>
      modelsOrRefusal(
        async () => (await client.models.list({ limit: MODELS_MAX }, { signal })).data.map(({ id }) => id),
        (error) => judge(error, context('')),
      ),
  }
}

/**
 * Newer models bind a thinking block to everything before it (system prompt, tools, messages) and refuse it when that changed, as it does
 * when Lugh was updated or the model was switched while a task was parked. All thinking of earlier turns is left out then: taking one
 * block out would unbind those after it. A model that must begin with thinking cannot think in such a turn.
 */
function withoutThinking({ thinking, ...request }: MessagesRequest): MessagesRequest {
  const messages = request.messages.map((message) =>
    message.role === 'assistant' && typeof message.content !== 'string'
      ? { ...message, content: message.content.filter((block) => block.type !== 'thinking' && block.type !== 'redacted_thinking') }
      : message,
  )
  return { ...request, messages, ...(thinking === undefined || thinking.type === 'enabled' ? {} : { thinking }) }
}
