/** Sorts what can go wrong in a call of OpenAI's formats, the real service's or a compatible server's, into a no and a try again. */
import { APIConnectionError, APIError } from 'openai'
import { brokenLine, errorOfNo, isNo, quoted, retryStatus, type ErrorContext, type Verdict } from './verdict.ts'

/** 429s that no waiting of ours mends: money, not speed. */
const SPENT: ReadonlySet<string> = new Set(['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'])
/** What an error inside a stream, which carries no status, says when it is a plain no. */
const NO_IN_STREAM: ReadonlySet<string> = new Set(['invalid_request_error', 'invalid_prompt', 'context_length_exceeded', 'insufficient_quota'])

/** Decides what an error of one attempt means. */
export function judgeOpenAi(error: unknown, context: ErrorContext): Verdict {
  if (!(error instanceof APIError)) return brokenLine(error)
  if (error instanceof APIConnectionError) return brokenLine(error, 'the connection failed')
  const { status } = error
  const kinds = [error.code ?? '', error.type ?? '']
  if (status === undefined)
    return kinds.some((kind) => NO_IN_STREAM.has(kind)) ? refused(error, context) : { kind: 'retry', why: 'an error in the stream', silent: false }
  if (isNo(status) || kinds.some((kind) => SPENT.has(kind))) return refused(error, context)
  return retryStatus(status, error.headers)
}

/** Whether reasoning of an earlier turn cannot be read by the model that is asked now. */
export function isForeignReasoning(error: unknown): boolean {
  return error instanceof APIError && error.status === 400 && (error.code === 'invalid_encrypted_content' || /encrypted content/i.test(error.message))
}

type ProviderError = InstanceType<typeof APIError>

function refused(error: ProviderError, context: ErrorContext): Verdict {
  const quote = quoted(error.message.replace(/^\d{3} /, ''), context.secret)
  const detail = [error.status, error.code, error.requestID, quote].filter((part) => part !== null && part !== undefined && part !== '').join(' ')
  const spent = [error.code ?? '', error.type ?? ''].some((kind) => SPENT.has(kind))
  const tooLong = error.code === 'context_length_exceeded'
  const { status } = error
  const no = { status, quote, model: context.model, key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL', spent, tooLong }
  return { kind: 'refused', error: errorOfNo(no, detail) }
}
