/**
 * Sorts what can go wrong in a Messages API call into the two kinds: they said no (never retried) and we could not ask
 * (retried). What it says never holds the key, and quotes the provider only in one cut, visible line.
 */
import { APIError, APIConnectionError } from '@anthropic-ai/sdk'
import { LughError, oneLine } from '#core'

export type Verdict =
  | { readonly kind: 'refused'; readonly error: LughError }
  /** `afterMs`: how long the provider asked to wait. `silent`: the attempt itself was spent waiting. */
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number; readonly silent: boolean }

/** Longest quote of the provider in a sentence for a phone. */
const QUOTE_MAX = 240
/** Statuses that are a no; every other 4xx but these four is one too. */
const RETRIED_4XX: readonly number[] = [408, 409, 425, 429]
/** 429s that no waiting of ours mends: a limit on money, not on speed. */
const SPENT: ReadonlySet<string> = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
])

/** Decides what an error of one attempt means. `secret` is taken out of anything quoted. */
export function judge(error: unknown, context: { readonly model: string; readonly secret: string }): Verdict {
  if (!(error instanceof APIError)) return { kind: 'retry', why: describe(error), silent: isSilence(error) }
  if (error instanceof APIConnectionError) return { kind: 'retry', why: 'the connection failed', silent: isSilence(error) }
  const { status } = error
  // An `error` event inside a stream carries no status: overloaded, api_error and the like, but a plain no as well.
  if (status === undefined)
    return error.type === 'invalid_request_error'
      ? refused(error, context)
      : { kind: 'retry', why: error.type ?? 'an error in the stream', silent: false }
  if (status < 500 && !RETRIED_4XX.includes(status)) return refused(error, context)
  if (error.errorCode !== null && SPENT.has(error.errorCode)) return refused(error, context)
  const afterMs = retryAfterMs(error.headers)
  const why = status === 429 ? 'the rate limit' : status === 529 ? 'overloaded' : `error ${status}`
  return afterMs === undefined ? { kind: 'retry', why, silent: false } : { kind: 'retry', why, silent: false, afterMs }
}

/** Whether the provider refused because thinking of an earlier turn no longer fits what stands before it. */
export function isStaleThinking(error: unknown): boolean {
  return error instanceof APIError && error.status === 400 && /`?signature`? in `?thinking`? block/i.test(error.apiMessage ?? '')
}

type ProviderError = InstanceType<typeof APIError>

function refused(error: ProviderError, context: { readonly model: string; readonly secret: string }): Verdict {
  const quote = oneLine((error.apiMessage ?? error.type ?? '').replaceAll(context.secret, '…'), QUOTE_MAX)
  const detail = [error.status, error.type, error.requestID, quote].filter((part) => part !== null && part !== undefined && part !== '').join(' ')
  return { kind: 'refused', error: new LughError('model.refused', sayRefused(error, quote, context.model), { detail }) }
}

function sayRefused(error: ProviderError, quote: string, model: string): string {
  if (error.status === 401) return 'The model provider refused the API key: put a valid one in ANTHROPIC_API_KEY and restart Lugh.'
  if (error.status === 402 || error.type === 'billing_error' || /credit balance|spend limit|usage limit/i.test(quote))
    return 'The account at the model provider is out of credit or at its spending limit: top it up or raise the limit, then resume the task.'
  if (error.status === 403) return `The API key may not use ${model}: choose another model with LUGH_MODEL, or give the key that permission.`
  if (error.status === 404) return `The model provider does not know ${model} at this address: check LUGH_MODEL and ANTHROPIC_BASE_URL.`
  if (error.status === 413 || /prompt is too long|exceed(s|ed)? (the )?context|context (window|limit)/i.test(quote))
    return 'The conversation of this task has grown too long for the model: start a new task with a smaller wish, or choose a model with a larger window.'
  return `The model provider refused the request: ${quote === '' ? `error ${error.status}` : quote}`
}

/** How long a `retry-after-ms` or `retry-after` header (seconds or a date) asks to wait, in milliseconds. */
export function retryAfterMs(headers: Headers | undefined, now: number = Date.now()): number | undefined {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
  const value = headers?.get('retry-after')
  if (value === null || value === undefined || value.trim() === '') return undefined
  const seconds = Number(value)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

function describe(error: unknown): string {
  return error instanceof Error && (error.name === 'BrokenStream' || error.name === 'SilentStream') ? 'the answer broke off' : 'the connection failed'
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && (error.name === 'SilentStream' || /timed? ?out/i.test(error.message))
}
