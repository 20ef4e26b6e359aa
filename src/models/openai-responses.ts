/** Calls of OpenAI's Responses API, streamed and stateless: nothing is stored there, reasoning comes back encrypted and is sent along. */
import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses'
import type { Tally } from './answer.ts'
import { createBreaker } from './breaker.ts'
import { openAiClient, openAiModels } from './openai-client.ts'
import { isForeignReasoning, judgeOpenAi } from './openai-errors.ts'
import { readResponse } from './openai-responses-stream.ts'
import type { ProviderOptions } from './provider.ts'
import { askWithRetries, REAL_PACE, type ModelCaller } from './retries.ts'

export type ResponsesRequest = Readonly<Omit<ResponseCreateParamsBase, 'stream' | 'input' | 'store'>> & {
  readonly input: NonNullable<Exclude<ResponseCreateParamsBase['input'], string>>
}
export type OpenAiResponses = ModelCaller<ResponsesRequest>

/** Makes the caller, see `createOpenAiResponses`. */
export function openOpenAiResponses(options: ProviderOptions): OpenAiResponses {
  const pace = { ...REAL_PACE, ...options.pace }
  const client = openAiClient(options, pace)
  const breaker = createBreaker(pace.clock)
  return {
    ask: (first, call) => {
      let request = first
      const attempts = {
        attempt: async (tally: Tally) =>
          readResponse(
            await client.responses.create({ ...request, store: false, stream: true }, { signal: call.signal }),
            tally,
            call.onText ?? (() => undefined),
          ),
        judge: (error: unknown) => judgeOpenAi(error, { model: request.model ?? '', secret: options.apiKey }),
        mend: (error: unknown) => {
          if (!isForeignReasoning(error)) return false
          request = { ...request, input: request.input.filter((item) => item.type !== 'reasoning') }
          return true
        },
      }
      return askWithRetries(attempts, call, pace, breaker)
    },
    models: (signal) => openAiModels(client, options.apiKey, signal),
  }
}
