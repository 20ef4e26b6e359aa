/** Calls of the chat completions format, streamed: what OpenAI-compatible servers (Ollama, vLLM, LM Studio, …) speak. */
import type { ChatCompletionCreateParamsBase } from 'openai/resources/chat/completions/completions'
import type { Tally } from './answer.ts'
import { createBreaker } from './breaker.ts'
import { readChat } from './openai-chat-stream.ts'
import { openAiClient, openAiModels } from './openai-client.ts'
import { judgeOpenAi } from './openai-errors.ts'
import type { ProviderOptions } from './provider.ts'
import { askWithRetries, REAL_PACE, type ModelCaller } from './retries.ts'

export type ChatRequest = Readonly<Omit<ChatCompletionCreateParamsBase, 'stream' | 'stream_options'>>
export type OpenAiChat = ModelCaller<ChatRequest>

/** Makes the caller, see `createOpenAiChat`. */
export function openOpenAiChat(options: ProviderOptions): OpenAiChat {
  const pace = { ...REAL_PACE, ...options.pace }
  const client = openAiClient(options, pace)
  const breaker = createBreaker(pace.clock)
  return {
    ask: (request, call) =>
      askWithRetries(
        {
          attempt: async (tally: Tally) => {
            const body = { ...request, stream: true, stream_options: { include_usage: true } } as const
            return readChat(await client.chat.completions.create(body, { signal: call.signal }), tally, call.onText ?? (() => undefined))
          },
          judge: (error) => judgeOpenAi(error, { model: request.model, secret: options.apiKey }),
          mend: () => false,
        },
        call,
        pace,
        breaker,
      ),
    models: (signal) => openAiModels(client, options.apiKey, signal),
  }
}
