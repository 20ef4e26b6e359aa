/**
 * The callers of all providers. Their SDKs are loaded with the first call: together they take 200 ms of processor time, which a start
 * need not spend.
 */
import type { AnthropicMessages } from './anthropic.ts'
import type { OpenAiChat } from './openai-chat.ts'
import type { OpenAiResponses } from './openai-responses.ts'
import type { ProviderOptions } from './provider.ts'
import type { ModelCaller } from './retries.ts'

/** The caller of Anthropic's Messages API. `baseUrl` defaults to Anthropic's own address; the environment is not consulted. */
export function createAnthropicMessages(options: ProviderOptions): AnthropicMessages {
  return lazily(async () => (await import('./anthropic.ts')).openAnthropicMessages(options))
}

/** The caller of the chat completions format. `baseUrl` defaults to OpenAI's own address; the environment is not consulted. */
export function createOpenAiChat(options: ProviderOptions): OpenAiChat {
  return lazily(async () => (await import('./openai-chat.ts')).openOpenAiChat(options))
}

/** The caller of OpenAI's Responses API. `baseUrl` defaults to OpenAI's own address; the environment is not consulted. */
export function createOpenAiResponses(options: ProviderOptions): OpenAiResponses {
  return lazily(async () => (await import('./openai-responses.ts')).openOpenAiResponses(options))
}

function lazily<Request>(open: () => Promise<ModelCaller<Request>>): ModelCaller<Request> {
  let opened: Promise<ModelCaller<Request>> | undefined
  const caller = (): Promise<ModelCaller<Request>> => (opened ??= open())
  return {
    ask: async (request, options) => (await caller()).ask(request, options),
    models: async (signal) => (await caller()).models(signal),
  }
}
