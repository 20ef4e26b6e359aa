/**
 * The built-in engine on OpenAI: the Responses API at OpenAI itself, chat completions at any other address, which is what compatible
 * servers (Ollama, vLLM, LM Studio, …) agree on.
 */
import { createOpenAiChat, createOpenAiResponses } from '#models'
import type { ProviderSettings } from './anthropic.ts'
import { toChat } from './openai-chat-form.ts'
import { toResponses } from './openai-responses-form.ts'
import type { Engine } from './port.ts'
import { turnEngine } from './turn-engine.ts'

/** The newest Sol: 2 and 10 dollars a million, as what Lugh uses of Anthropic; GPT's model for agentic coding. */
const DEFAULT_MODEL = 'gpt-6.1-sol'
const MISSING =
  'No OpenAI key is set: put OPENAI_API_KEY into the environment or .env, or the address of a compatible server into OPENAI_BASE_URL, and restart Lugh.'
/** What is sent to a server that wants no key: the client refuses to send none. */
const NO_KEY = 'none'

export type OpenAiSettings = ProviderSettings & {
  /** Which of the two formats; by the address when left out. */
  readonly format?: 'responses' | 'chat'
}

export function createOpenAiEngine(settings: OpenAiSettings): Engine {
  const { apiKey = settings.baseUrl === undefined ? undefined : NO_KEY, baseUrl, pace } = settings
  const theirs = isOpenAi(baseUrl)
  const parts = { name: 'openai', missing: MISSING, defaultModel: settings.defaultModel ?? (theirs ? DEFAULT_MODEL : undefined) }
  if ((settings.format ?? (theirs ? 'responses' : 'chat')) === 'responses')
    return turnEngine({
      ...parts,
      caller: apiKey === undefined ? undefined : createOpenAiResponses({ apiKey, baseUrl, pace }),
      toRequest: toResponses,
    })
  return turnEngine({ ...parts, caller: apiKey === undefined ? undefined : createOpenAiChat({ apiKey, baseUrl, pace }), toRequest: toChat })
}

/** OpenAI's own address, regional ones included. */
function isOpenAi(baseUrl: string | undefined): boolean {
  return baseUrl === undefined || /(^|\.)openai\.com$/.test(URL.parse(baseUrl)?.hostname ?? '')
}
