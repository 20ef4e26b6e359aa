/** The one error class of Lugh: what nobody expected, or what an outside party refused, worded for a phone. */
import { redactKeys } from './keys.ts'

/** Every code an error of Lugh can carry; `docs/errors.md` says what each means and what to do. */
export const ERROR_CODES = [
  'config.invalid',
  'db.schema-newer',
  'db.migration-changed',
  'db.unavailable',
  'home.locked',
  'git.too-old',
  'git.failed',
  'git.not-a-repository',
  'git.unreachable',
  'git.no-commits',
  'git.refused-content',
  'git.broken-workshop',
  'sandbox.missing',
  'sandbox.failed',
  'disk.full',
  'telegram.refused',
  'telegram.unreachable',
  'model.refused',
  'model.too-long',
  'model.unreachable',
  'model.no-key',
  'engine.failed',
  'input.invalid',
  'not-found',
  'not-allowed',
  'conflict',
  'internal',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * An error with a stable `code`, a sentence fit for a phone (`say`), and whether trying again can help.
 * `message` is for logs. What looks like a key is taken out of both as they are made.
 */
export class LughError extends Error {
  readonly code: ErrorCode
  readonly say: string
  readonly retryable: boolean

  constructor(code: ErrorCode, say: string, options: { cause?: unknown; retryable?: boolean; detail?: string } = {}) {
    super(redactKeys(options.detail === undefined ? `${code}: ${say}` : `${code}: ${say} (${options.detail})`), { cause: options.cause })
    this.name = 'LughError'
    this.code = code
    this.say = redactKeys(say)
    this.retryable = options.retryable ?? false
  }
}

/** `disk.full` when that is what the system said of any write, however deep in the causes it stands. */
export function diskFull(error: unknown): LughError | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof LughError && error.code === 'disk.full') return error
  if (!('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT'))) return diskFull(error.cause)
  return new LughError('disk.full', 'The disk is full. Free some space on the machine, then try again.', { cause: error, retryable: true })
}

/** The sentence a person may read for any thrown value: a `LughError`'s own, otherwise a general one. */
export function sayError(error: unknown): string {
  const known = diskFull(error) ?? error
  return known instanceof LughError ? known.say : 'Something went wrong inside Lugh; the log has the details.'
}

/** The text of any thrown value, for logs: never more than `max` characters. */
export function errorText(error: unknown, max = 2000): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return redactKeys(text).slice(0, max)
}

/** Makes the compiler prove that a closed set was handled whole. */
export function assertNever(value: never): never {
  throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', {
    detail: `unhandled case ${JSON.stringify(value)}`,
  })
}
