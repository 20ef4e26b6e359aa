/** What a store threw → `LughError`: gone (ask again), full disk, or a statement it refused. Carries no parameter and no row, which may be secret. */
import { LughError } from '#core'
import { z } from 'zod'

/** The fields of a PostgreSQL error that may be logged; `detail` and `where` can quote rows, so they are left behind. */
const SqlError = z.object({
  code: z.string().regex(/^[0-9A-Z]{5}$/),
  message: z.string(),
  constraint: z.string().nullish(),
  table: z.string().nullish(),
})
export type SqlError = z.output<typeof SqlError>

/** Socket errors of Node and pg's own words for a connection that is gone. */
const LOST =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT|Connection terminated|not queryable|timeout exceeded|Client was closed|Query read timeout|connection has ended/

/** Class 08, too many connections, and the server going down or not yet up. */
const GONE = /^(08...|53300|57P0[1-5])$/

/** A failed transaction that may simply be run again: serialisation failure and deadlock. */
const AGAIN = /^(40001|40P01)$/

/** The longest piece of a store's own message that goes into a log. */
const MESSAGE_CHARACTERS = 300

/** The SQL fields of a thrown value, if the store itself refused; undefined for anything else. */
export function sqlError(error: unknown): SqlError | undefined {
  const parsed = SqlError.safeParse(error instanceof LughError ? error.cause : error)
  return parsed.success ? parsed.data : undefined
}

/** Whether the connection, and not the statement, is to blame. */
export function isLost(error: unknown): boolean {
  const sql = sqlError(error)
  if (sql !== undefined) return GONE.test(sql.code)
  return error instanceof Error && LOST.test(`${'code' in error ? String(error.code) : ''} ${error.message} ${causes(error)}`)
}

/** Whether the whole transaction may be run again. */
export function isTransient(error: unknown): boolean {
  return AGAIN.test(sqlError(error)?.code ?? '')
}

/** Whether a unique key, or the named one, stood in the way. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const sql = sqlError(error)
  return sql?.code === '23505' && (constraint === undefined || sql.constraint === constraint)
}

/** Any error of a store as a `LughError`; one that already is stays as it is. */
export function toStoreError(error: unknown): LughError {
  if (error instanceof LughError) return error
  if (isLost(error)) return unavailable(error)
  const sql = sqlError(error)
  if (sql === undefined) return new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { cause: error })
  const detail = `${sql.code}${sql.constraint ? ` ${sql.constraint}` : ''}: ${sql.message.slice(0, MESSAGE_CHARACTERS)}`
  if (sql.code === '53100' || /No space left on device/.test(sql.message)) return diskFull(sql, detail)
  if (isTransient(sql)) return new LughError('db.unavailable', 'The database is too busy; I try again.', { cause: sql, detail, retryable: true })
  if (sql.code.startsWith('23')) return new LughError('conflict', 'That does not fit what is already there.', { cause: sql, detail })
  return new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { cause: sql, detail })
}

/** Nothing can be saved until there is space again. */
export function diskFull(cause: unknown, detail?: string): LughError {
  const said = detail === undefined ? {} : { detail }
  return new LughError('disk.full', 'The disk is full, so nothing can be saved; free some space and I go on.', { cause, retryable: true, ...said })
}

/** The database cannot be asked right now; trying again can help. */
export function unavailable(error: unknown): LughError {
  const detail =
    error instanceof Error
      ? `${'code' in error ? `${String(error.code)} ` : ''}${error.message || causes(error)}`.slice(0, MESSAGE_CHARACTERS)
      : 'unknown'
  return new LughError('db.unavailable', 'The database cannot be reached; I go on as soon as it is back.', {
    cause: sqlError(error),
    detail,
    retryable: true,
  })
}

/** Node hides the real reasons of a failed connection in an AggregateError without a message. */
function causes(error: Error): string {
  return error instanceof AggregateError ? error.errors.map((inner) => String(inner)).join(' ') : ''
}
