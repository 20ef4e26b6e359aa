/**
 * The edge to Telegram: calls in, values out. Telegram's "no" and "we could not ask" are answers, never exceptions, and nothing that
 * leaves this file holds the token: grammY's errors can carry URLs with it, so only codes and Telegram's own words are kept.
 */
import { Api, GrammyError, HttpError, type RawApi } from 'grammy'
import { LughError } from '#core'
import { platformFetch } from './fetch.ts'

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  /** They said no; asking again changes nothing. `code` as in HTTP; `movedTo`: the group has this number now. */
  | { readonly ok: false; readonly why: 'no'; readonly code: number; readonly say: string; readonly movedTo?: number }
  /** Too fast: nothing was done; ask again after `waitMs`. */
  | { readonly ok: false; readonly why: 'slow'; readonly waitMs: number; readonly say: string }
  /** No answer, or one that says nothing (5xx): it may or may not have been done. */
  | { readonly ok: false; readonly why: 'unknown'; readonly say: string }

type Signal = NonNullable<Parameters<RawApi['getMe']>[0]>
export type AskOptions = { readonly timeoutMs?: number; readonly signal?: AbortSignal }
export type Ask = <T>(call: (api: RawApi, signal: Signal) => Promise<T>, options?: AskOptions) => Promise<Answer<T>>

/** grammY declares the signal of a polyfill; the platform's own is the same but for its declaration of listeners. */
function isSignal(signal: object): signal is Signal {
  return signal instanceof AbortSignal
}

/** A message is accepted within a second or so; beyond this the connection is dead. */
const CALL_TIMEOUT_MS = 20_000

/** A bot's token, or where to ask for it: it may be changed while Lugh runs. */
export type Token = string | (() => string)

export function tokenNow(token: Token): string {
  return typeof token === 'string' ? token : token()
}

/** Answers a function that asks Telegram. Every call ends by `timeoutMs` (20 s), and at once when `signal` aborts. */
export function connectTelegram(options: { token: Token; apiRoot?: string | undefined; signal: AbortSignal }): Ask {
  let made: { token: string; api: Api } | undefined
  const apiNow = (): Api => {
    const token = tokenNow(options.token)
    if (made?.token !== token) {
      const apiRoot = options.apiRoot === undefined ? {} : { apiRoot: options.apiRoot.replace(/\/+$/, '') }
      made = { token, api: new Api(token, { ...apiRoot, fetch: platformFetch }) }
    }
    return made.api
  }
  return async (call, { timeoutMs = CALL_TIMEOUT_MS, signal: own } = {}) => {
    const ending = new AbortController()
    const end = (): void => ending.abort()
    const timer = setTimeout(end, timeoutMs)
    const sources = own === undefined ? [options.signal] : [options.signal, own]
    for (const source of sources) source.addEventListener('abort', end, { once: true })
    if (sources.some((source) => source.aborted)) end()
    const signal: object = ending.signal
    try {
      if (!isSignal(signal)) throw new TypeError('this platform has no AbortSignal')
      return { ok: true, value: await call(apiNow().raw, signal) }
    } catch (error) {
      return refusal(error)
    } finally {
      clearTimeout(timer)
      for (const source of sources) source.removeEventListener('abort', end)
    }
  }
}

function refusal(error: unknown): Exclude<Answer<never>, { ok: true }> {
  if (error instanceof GrammyError) {
    const { error_code: code, description: say, parameters } = error
    if (code === 429) return { ok: false, why: 'slow', waitMs: (parameters.retry_after ?? 1) * 1000, say }
    return code >= 500 ? { ok: false, why: 'unknown', say: `${code}: ${say}` } : { ok: false, why: 'no', code, say, ...movedTo(parameters) }
  }
  if (error instanceof HttpError) return { ok: false, why: 'unknown', say: `no answer (${networkCode(error.error)})` }
  throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', {
    detail: `a call to Telegram could not be made: ${error instanceof Error ? error.name : typeof error}`,
  })
}

function movedTo({ migrate_to_chat_id: to }: { migrate_to_chat_id?: number }): { movedTo?: number } {
  return to === undefined ? {} : { movedTo: to }
}

/** Only a code of the system, as in ECONNREFUSED: messages of network errors hold the URL, and so the token. */
function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return 'network'
  if (error.name === 'AbortError') return 'timeout'
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string' && /^[A-Z_0-9]+$/.test(code)) return code
  return error.cause === undefined ? 'network' : networkCode(error.cause)
}

/** The bot's own number, which stands before the colon of its token. */
export function botNumber(token: string): number {
  return Number(token.split(':')[0])
}
