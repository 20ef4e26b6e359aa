/** The wire formats that engines speak, as far as the gateway must understand them: where, whose key, what a no looks like, what was spent. */
import { z } from 'zod'
import type { TokenUsage } from '../prices.ts'
import { ANTHROPIC_ADDRESS, OPENAI_ADDRESS } from '../provider.ts'
import type { GatewayProvider, GatewayProviders } from './port.ts'

/** Why the gateway itself says no; each format has its own words for it. */
export type No = 'token' | 'model' | 'spent' | 'form' | 'unknown' | 'too-large' | 'unreachable' | 'no-key'

export type Format = {
  readonly provider: keyof GatewayProviders
  /** The whole address at the provider. */
  readonly address: (provider: GatewayProvider) => string
  /** Whether it is paid for by tokens. */
  readonly metered: boolean
  /** Tokens an answer may have, as the request says it. */
  readonly outputCap: (body: Body) => number | undefined
  /** What an answer or one event of a stream says of what was spent, counted onto what is known. */
  readonly usage: (said: unknown, known: TokenUsage | undefined) => TokenUsage | undefined
  /** What must be asked for beside, so that a stream says what it cost. Undefined: it says so by itself, or is asked to already. */
  readonly alsoAsk?: (body: Body) => Body | undefined
}

/** A request as far as it is looked at. */
export const Body = z.looseObject({
  model: z.string(),
  stream: z.boolean().nullish(),
  max_tokens: z.number().nullish(),
  max_output_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  background: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish(), tools: z.array(z.looseObject({ type: z.string().nullish() })).nullish() })).nullish(),
  mcp_servers: z.array(z.unknown()).nullish(),
})
export type Body = z.infer<typeof Body>

const count = z.number().int().nonnegative().nullish()
const AnthropicUsage = z.object({ input_tokens: count, output_tokens: count, cache_read_input_tokens: count, cache_creation_input_tokens: count })
const AnthropicSaid = z.object({ usage: AnthropicUsage.nullish(), message: z.object({ usage: AnthropicUsage.nullish() }).nullish() })
const details = z.object({ cached_tokens: count, cache_write_tokens: count }).nullish()
const ResponsesUsage = z.object({ input_tokens: count, output_tokens: count, input_tokens_details: details })
const ResponsesSaid = z.object({ usage: ResponsesUsage.nullish(), response: z.object({ usage: ResponsesUsage.nullish() }).nullish() })
const ChatSaid = z.object({ usage: z.object({ prompt_tokens: count, completion_tokens: count, prompt_tokens_details: details }).nullish() })

function anthropicUsage(said: unknown, known: TokenUsage | undefined): TokenUsage | undefined {
  const parsed = AnthropicSaid.safeParse(said).data
  const usage = parsed?.usage ?? parsed?.message?.usage
  if (usage === null || usage === undefined) return known
  return {
    input: usage.input_tokens ?? known?.input ?? 0,
    output: usage.output_tokens ?? known?.output ?? 0,
    cacheRead: usage.cache_read_input_tokens ?? known?.cacheRead ?? 0,
    cacheWrite: usage.cache_creation_input_tokens ?? known?.cacheWrite ?? 0,
  }
}

type Details = z.infer<typeof details>

/** OpenAI's count of input holds what was read from the cache and written to it; Lugh's does not. */
function openAiUsage(input: number | null | undefined, output: number | null | undefined, cached: Details): TokenUsage {
  const cacheRead = cached?.cached_tokens ?? 0
  const cacheWrite = cached?.cache_write_tokens ?? 0
  return { input: Math.max(0, (input ?? 0) - cacheRead - cacheWrite), output: output ?? 0, cacheRead, cacheWrite }
}

function responsesUsage(said: unknown, known: TokenUsage | undefined): TokenUsage | undefined {
  const parsed = ResponsesSaid.safeParse(said).data
  const usage = parsed?.response?.usage ?? parsed?.usage
  return usage === null || usage === undefined ? known : openAiUsage(usage.input_tokens, usage.output_tokens, usage.input_tokens_details)
}

function chatUsage(said: unknown, known: TokenUsage | undefined): TokenUsage | undefined {
  const usage = ChatSaid.safeParse(said).data?.usage
  return usage === null || usage === undefined ? known : openAiUsage(usage.prompt_tokens, usage.completion_tokens, usage.prompt_tokens_details)
}

function atAnthropic(path: string): Format['address'] {
  return ({ baseUrl }) => (baseUrl ?? ANTHROPIC_ADDRESS).replace(/\/+$/u, '') + path
}

function atOpenAi(path: string): Format['address'] {
  return ({ baseUrl }) => (baseUrl ?? OPENAI_ADDRESS).replace(/\/+$/u, '') + path
}

const messages = {
  provider: 'anthropic',
  address: atAnthropic('/v1/messages'),
  metered: true,
  outputCap: (body) => body.max_tokens ?? undefined,
  usage: anthropicUsage,
} as const satisfies Format

/** By method and path, as engines ask it. */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['POST /v1/messages', messages],
  ['POST /v1/messages/count_tokens', { ...messages, address: atAnthropic('/v1/messages/count_tokens'), metered: false }],
  [
    'POST /v1/responses',
    {
      provider: 'openai',
      address: atOpenAi('/responses'),
      metered: true,
      outputCap: (body) => body.max_output_tokens ?? undefined,
      usage: responsesUsage,
    },
  ],
  [
    'POST /v1/chat/completions',
    {
      provider: 'openai',
      address: atOpenAi('/chat/completions'),
      metered: true,
      outputCap: (body) => body.max_completion_tokens ?? body.max_tokens ?? undefined,
      usage: chatUsage,
      alsoAsk: (body) =>
        body.stream === true && body.stream_options?.include_usage !== true
          ? { ...body, stream_options: { ...body.stream_options, include_usage: true } }
          : undefined,
    },
  ],
])

/** Tools that the provider itself would run: they reach the network past the walls, and cost what no token counts. */
const THEIR_TOOLS = /^(web_search|web_fetch|code_execution|code_interpreter|file_search|mcp|image_generation|tool_search)/u

/** What a request asks for that is not let through, in words; undefined when there is nothing. */
export function closedThing(body: Body): string | undefined {
  // A namespace holds tools of its own.
  const tool = body.tools?.flatMap((one) => [one, ...(one.tools ?? [])]).find(({ type }) => THEIR_TOOLS.test(type ?? ''))?.type
  if (tool !== undefined && tool !== null)
    return `the tool ${tool} runs at the provider, past the sandbox, so it is closed here: do without it, or run a command`
  if (body.mcp_servers !== null && body.mcp_servers !== undefined && body.mcp_servers.length > 0)
    return 'mcp_servers run at the provider and are closed here'
  return body.background === true ? 'background responses are closed here: ask for a stream' : undefined
}

type Words = { readonly status: number; readonly anthropic: string; readonly type: string; readonly code: string | null }

/** In each provider's own words, so that clients tell what is worth another try. Budgets use what no client repeats. */
const NOS: Readonly<Record<No, Words>> = {
  token: { status: 401, anthropic: 'authentication_error', type: 'invalid_request_error', code: 'invalid_api_key' },
  'no-key': { status: 401, anthropic: 'authentication_error', type: 'invalid_request_error', code: 'invalid_api_key' },
  model: { status: 404, anthropic: 'not_found_error', type: 'invalid_request_error', code: 'model_not_found' },
  spent: { status: 402, anthropic: 'billing_error', type: 'insufficient_quota', code: 'insufficient_quota' },
  form: { status: 400, anthropic: 'invalid_request_error', type: 'invalid_request_error', code: null },
  unknown: { status: 404, anthropic: 'not_found_error', type: 'invalid_request_error', code: 'unknown_url' },
  'too-large': { status: 413, anthropic: 'request_too_large', type: 'invalid_request_error', code: 'request_too_large' },
  unreachable: { status: 502, anthropic: 'api_error', type: 'server_error', code: null },
}

/** A no of the gateway itself in the format of the provider that was asked. */
export function sayNoAs(provider: keyof GatewayProviders, no: No, message: string): { status: number; body: unknown } {
  const { status, anthropic, type, code } = NOS[no]
  if (provider === 'anthropic') return { status, body: { type: 'error', error: { type: anthropic, message }, request_id: null } }
  return { status, body: { error: { message, type, param: null, code } } }
}

/** The list of models as each provider words it: the run's own, and no other. */
export function modelList(provider: keyof GatewayProviders, models: readonly string[]): unknown {
  if (provider === 'anthropic')
    return {
      data: models.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })),
      has_more: false,
      first_id: models[0] ?? null,
      last_id: models.at(-1) ?? null,
    }
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'lugh' })) }
}
