/**
 * Sorts what can go wrong in a Messages API call into the two kinds: they said no (never retried) and we could not ask
 * (retried). What it says never holds the key, and quotes the provider only in one cut, visible line.
 */
import { APIError, APIConnectionError } from '@anthropic-ai/sdk'
import { brokenLine, errorOfNo, isNo, quoted, retryStatus, type ErrorContext, type Verdict } from './verdict.ts'

/** 429s that no waiting of ours mends: a limit on money, not on speed. */
const SPENT: ReadonlySet<string> = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
])

/** Decides what an error of one attempt means. */
export function judge(error: unknown, context: ErrorContext): Verdict {
  if (!(error instanceof APIError)) return brokenLine(error)
  if (error instanceof APIConnectionError) return brokenLine(error, 'the connection failed')
  const { status } = error
  // An `error` event inside a stream carries no status: overloaded, api_error and the like, but a plain no as well.
  if (status === undefined)
    return error.type === 'invalid_request_error'
      ? refused(error, context)
      : { kind: 'retry', why: error.type ?? 'an error in the stream', silent: false }
  if (isNo(status) || (error.errorCode !== null && SPENT.has(error.errorCode))) return refused(error, context)
  return retryStatus(status, error.headers)
}

/** Whether the provider refused because thinking of an earlier turn no longer fits what stands before it. */
export function isStaleThinking(error: unknown): boolean {
  return (
    error instanceof APIError &&
    error.status === 400 &&
    /`?signature`? in `?thinking`? block|must start with a thinking block|expected `?thinking`? or `?redacted_thinking/i.test(error.apiMessage ?? '')
  )
}

type ProviderError = InstanceType<typeof APIError>

function refused(error: ProviderError, context: ErrorContext): Verdict {
  const quote = quoted(error.apiMessage ?? error.type ?? '', context.secret)
  const detail = [error.status, error.type, error.requestID, quote].filter((part) => part !== null && part !== undefined && part !== '').join(' ')
  const spent = error.type === 'billing_error' || (error.errorCode !== null && SPENT.has(error.errorCode))
  const { status } = error
  const no = { status, quote, model: context.model, key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL', spent, tooLong: false }
  return { kind: 'refused', error: errorOfNo(no, detail) }
}
