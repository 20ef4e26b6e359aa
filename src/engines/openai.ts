/**
 * The built-in engine on OpenAI: the Responses API at OpenAI itself, chat completions at any other address, which is what compatible
 * servers (Ollama, vLLM, LM Studio, …) agree on.
 */
import { createOpenAiChat, createOpenAiResponses } from '#models'
import type { ProviderSettings } from './anthropic.ts'
import { toChat } from './openai-chat-form.ts'
import { toResponses } from './openai-responses-form.ts'
import type { Engine } from './port.ts'
import { callerFor, turnEngine, type Key } from './turn-engine.ts'

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
  const { baseUrl, pace } = settings
  const apiKey = baseUrl === undefined ? settings.apiKey : orNone(settings.apiKey)
  const theirs = isOpenAi(baseUrl)
  const parts = { name: 'openai', missing: MISSING, defaultModel: settings.defaultModel ?? (theirs ? DEFAULT_MODEL : undefined) }
  if ((settings.format ?? (theirs ? 'responses' : 'chat')) === 'responses')
    return turnEngine({
      ...parts,
      caller: callerFor(apiKey, (key) => createOpenAiResponses({ apiKey: key, baseUrl, pace })),
      toRequest: toResponses,
    })
  return turnEngine({ ...parts, caller: callerFor(apiKey, (key) => createOpenAiChat({ apiKey: key, baseUrl, pace })), toRequest: toChat })
}

function orNone(key: Key): Key {
  return typeof key === 'function' ? () => key() ?? NO_KEY : (key ?? NO_KEY)
}

/** OpenAI's own address, regional ones included. */
function isOpenAi(baseUrl: string | undefined): boolean {
  return baseUrl === undefined || /(^|\.)openai\.com$/.test(URL.parse(baseUrl)?.hostname ?? '')
}
