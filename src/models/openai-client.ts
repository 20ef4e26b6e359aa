/** The client both of OpenAI's formats go through. The environment is not consulted; the key stays in the request's header. */
import OpenAI from 'openai'
import { MODELS_MAX, modelsOrRefusal } from './model-list.ts'
import { judgeOpenAi } from './openai-errors.ts'
import { HEADERS_MS, OPENAI_ADDRESS, type ProviderOptions } from './provider.ts'
import type { Pace } from './retries.ts'
import { watchSilence } from './silence-watch.ts'

export function openAiClient(options: ProviderOptions, pace: Pace): OpenAI {
  return new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl ?? OPENAI_ADDRESS,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: HEADERS_MS,
    logLevel: 'off',
    fetch: watchSilence(fetch, pace.silenceMs),
  })
}

/** The models of the address, newest first where it says when they were made. */
export function openAiModels(client: OpenAI, secret: string, signal: AbortSignal): Promise<readonly string[]> {
  return modelsOrRefusal(
    async () => {
      const { data } = await client.models.list({ signal })
      return data
        .toSorted((a, b) => b.created - a.created)
        .slice(0, MODELS_MAX)
        .map(({ id }) => id)
    },
    (error) => judgeOpenAi(error, { model: '', secret }),
  )
}
