/** The two kinds of what can go wrong when a model is asked: they said no (never retried), and we could not ask (retried). */
import { LughError, oneLine } from '#core'

export type Verdict =
  | { readonly kind: 'refused'; readonly error: LughError }
  /** `afterMs`: how long the provider asked to wait. `silent`: the attempt itself was spent waiting. */
  | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number; readonly silent: boolean }

/** What a sentence about an error may name. `secret` is taken out of anything quoted. */
export type ErrorContext = { readonly model: string; readonly secret: string }

/** Longest quote of the provider in a sentence for a phone. */
const QUOTE_MAX = 240
/** Statuses that are a no; every other 4xx but these four is one too. */
const RETRIED_4XX: readonly number[] = [408, 409, 425, 429]

/** Whether a status is a no that no waiting mends. */
export function isNo(status: number): boolean {
  return status < 500 && !RETRIED_4XX.includes(status)
}

/** A status worth another try, with the wait the provider asked for. */
export function retryStatus(status: number, headers: Headers | undefined): Verdict {
  const afterMs = retryAfterMs(headers)
  const why = status === 429 ? 'the rate limit' : status === 529 || status === 503 ? 'overloaded' : `error ${status}`
  return { kind: 'retry', why, silent: false, ...(afterMs === undefined ? {} : { afterMs }) }
}

/** The provider's words in one cut, visible line without the key. */
export function quoted(words: string, secret: string): string {
  return oneLine(secret === '' ? words : words.replaceAll(secret, '…'), QUOTE_MAX)
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

/** An error that is no answer of the provider: the line broke, or went silent. */
export function brokenLine(error: unknown, why = describe(error)): Verdict {
  return { kind: 'retry', why, silent: isSilence(error) }
}

function describe(error: unknown): string {
  return error instanceof Error && (error.name === 'BrokenStream' || error.name === 'SilentStream') ? 'the answer broke off' : 'the connection failed'
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && (error.name === 'SilentStream' || /timed? ?out/i.test(error.message))
}

export type No = {
  readonly status: number | undefined
  readonly quote: string
  readonly model: string
  /** The settings that hold the key and the address. */
  readonly key: string
  readonly address: string
  /** Known from a code: out of money; too long a prompt. */
  readonly spent: boolean
  readonly tooLong: boolean
}

/** Whether the prompt was longer than the model takes. */
function isTooLong(no: No): boolean {
  return no.tooLong || no.status === 413 || /prompt is too long|exceed(s|ed)? (the )?context|context (window|limit|length)/i.test(no.quote)
}

/** A no as an error: `model.too-long` for a prompt that can be made shorter, `model.refused` otherwise. */
export function errorOfNo(no: No, detail: string): LughError {
  const say = sayNo(no)
  return new LughError(say === TOO_LONG ? 'model.too-long' : 'model.refused', say, { detail })
}

const TOO_LONG =
  'The conversation of this task has grown too long for the model: start a new task with a smaller wish, or choose a model with a larger window.'

/** A no in a sentence with the way out. */
function sayNo(no: No): string {
  if (no.status === 401) return `The model provider refused the API key: put a valid one in ${no.key} and restart Lugh.`
  if (no.spent || no.status === 402 || /credit balance|spend limit|usage limit|current quota/i.test(no.quote))
    return 'The account at the model provider is out of credit or at its spending limit: top it up or raise the limit, then resume the task.'
  if (no.status === 403) return `The API key may not use ${no.model}: choose another with /model, or give the key that permission.`
  if (no.status === 404) return `The model provider does not know ${no.model} at this address: choose another with /model, or check ${no.address}.`
  if (isTooLong(no)) return TOO_LONG
  return `The model provider refused the request: ${no.quote === '' ? `error ${no.status ?? ''}` : no.quote}`
}
