/** What both homes share: statements, transactions and their retries over a session that sends one statement at a time. Knows no driver. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { LughError, sleep } from '#core'
import type { Db, Param, Sql, Tx } from './port.ts'
import { isTransient, toStoreError } from './store-error.ts'
import { toText, type RawRow } from './values.ts'

/** The part of a logger a store needs; pino's own order of arguments. */
export type StoreLog = {
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
}

/** What one statement answered. */
export type Answer = { rows: RawRow[]; count: number; command: string }

/** Sends one statement and answers its rows; a session's statements run in the order they were sent. */
export type Session = { query(text: string, values: (string | null)[]): Promise<Answer>; script(text: string): Promise<void> }

/** A store and what its owner (and the leak check of the tests) may know of it. */
export interface Store extends Db {
  /** Transactions running and listeners registered at this moment. */
  inUse(): { transactions: number; listeners: number }
}

/** Serialisation failures and deadlocks end by themselves; three more tries are many for a store of this size. */
const TX_RETRIES = 3

/** A transaction that holds the (only) session this long is worth a line in the log: nothing outside belongs inside one. */
const SLOW_TX_MS = 2000

/** Statements on a session: rows parsed by the caller's schema, errors as `LughError`. */
function sqlOn(session: Session): Sql & Pick<Tx, 'script'> {
  const ask = async (text: string, params: readonly Param[]): Promise<Answer> => {
    try {
      return await session.query(text, params.map(toText))
    } catch (error) {
      throw toStoreError(error)
    }
  }
  return {
    rows: async (schema, text, params = []) => {
      const { rows } = await ask(text, params)
      return rows.map((row) => schema.parse(row))
    },
    row: async (schema, text, params = []) => {
      const [first] = (await ask(text, params)).rows
      return first === undefined ? undefined : schema.parse(first)
    },
    run: async (text, params = []) => (await ask(text, params)).count,
    script: async (text) => {
      try {
        await session.script(text)
      } catch (error) {
        throw toStoreError(error)
      }
    },
  }
}

type Ring = { readonly channel: string; readonly payload: string }

/** Rings all of them in one statement: at once outside a transaction, at commit inside one. */
async function ring(sql: Sql, rings: readonly Ring[]): Promise<void> {
  if (rings.length === 0) return
  await sql.run('select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as r (channel, payload)', [
    rings.map(({ channel }) => channel),
    rings.map(({ payload }) => payload),
  ])
}

const within = new AsyncLocalStorage<{ open: boolean; store: object }>()

/**
 * Throws when the caller stands inside a transaction of this same store: with one session that would wait for itself for ever, and
 * with many it would not see its own rows.
 */
function refuseInside(store: object): void {
  const current = within.getStore()
  if (current?.open === true && current.store === store)
    throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', {
      detail: 'the store was asked from inside its own transaction: use the handle that tx() passes',
    })
}

/**
 * Runs `work` between begin and commit on the session; rolls back when it throws. `onDoubt` is told when even the rollback failed,
 * so that the session is thrown away.
 */
async function attempt<T>(store: object, session: Session, work: (tx: Tx) => Promise<T>, onDoubt: () => void): Promise<T> {
  const sql = sqlOn(session)
  const scope = { open: true, store }
  /** Nobody is rung before the commit, so all of them can wait for it. */
  const rings: Ring[] = []
  let ended = false
  const live = <A extends unknown[], R>(act: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (ended)
        throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', {
          detail: 'a transaction was used after its end',
        })
      return act(...args)
    }
  }
  try {
    await sql.run('begin')
    const tx: Tx = {
      rows: (schema, text, params) => live(() => sql.rows(schema, text, params))(),
      row: (schema, text, params) => live(() => sql.row(schema, text, params))(),
      run: live((text: string, params?: readonly Param[]) => sql.run(text, params)),
      script: live((text: string) => sql.script(text)),
      notify: live(async (channel: string, payload: string) => void rings.push({ channel, payload })),
    }
    const value = await within.run(scope, () => work(tx))
    ended = true
    await ring(sql, rings)
    await commit(session)
    return value
  } catch (error) {
    ended = true
    await sql.run('rollback').catch(onDoubt)
    throw error
  } finally {
    scope.open = false
  }
}

/** A statement that failed and was swallowed makes PostgreSQL answer COMMIT with ROLLBACK, and no error: that must not pass as done. */
async function commit(session: Session): Promise<void> {
  const { command } = await session.query('commit', []).catch((error: unknown) => {
    throw toStoreError(error)
  })
  if (command === 'COMMIT') return
  throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', {
    detail: 'a statement of the transaction failed and its error was swallowed, so nothing was saved',
  })
}

/** How a home lends out a session for the length of one transaction; `broken` says that it must not be used again. */
type Lend = <T>(use: (session: Session, broken: () => void) => Promise<T>) => Promise<T>

/** What a home brings; everything else is the same for both. */
export interface Home {
  readonly kind: Store['kind']
  /** Lends a session to one statement, or to one transaction. */
  lend: Lend
  listen: Store['listen']
  listening(): number
  /** A store whose role owns the schema; undefined where this one's does. */
  owner(): Promise<Store> | undefined
  close(): Promise<void>
}

/** The store over a home. */
export function storeOn(home: Home, log: StoreLog): Store {
  const alone = sqlOn({
    query: async (text, values) => {
      refuseInside(home)
      return home.lend((session) => session.query(text, values))
    },
    script: async (text) => {
      refuseInside(home)
      return home.lend((session) => session.script(text))
    },
  })
  const { tx, running } = transactions(home, log)
  const store: Store = {
    kind: home.kind,
    ...alone,
    tx,
    listen: async (channel, heard) => {
      refuseInside(home)
      return home.listen(channel, heard)
    },
    notify: (channel, payload) => ring(alone, [{ channel, payload }]),
    asOwner: async (work) => {
      const owner = await home.owner()
      if (owner === undefined) return work(store)
      try {
        return await work(owner)
      } finally {
        await owner.close()
      }
    },
    inUse: () => ({ transactions: running(), listeners: home.listening() }),
    close: () => home.close(),
  }
  return store
}

/** `Db.tx` over any home: borrows a session, retries what may be run again, and says when a transaction was slow. */
function transactions(home: Home, log: StoreLog): { tx: Db['tx']; running: () => number } {
  let running = 0
  const once = <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
    home.lend(async (session, broken) => {
      const begun = performance.now()
      running += 1
      try {
        return await attempt(home, session, work, broken)
      } finally {
        running -= 1
        const ms = Math.round(performance.now() - begun)
        if (ms > SLOW_TX_MS) log.warn({ ms }, 'db.tx-slow')
      }
    })
  const tx = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    refuseInside(home)
    for (let retry = 0; ; retry += 1) {
      try {
        return await once(work)
      } catch (error) {
        if (!isTransient(error) || retry === TX_RETRIES) throw error
        await sleep(10 * 2 ** retry * (1 + Math.random()))
      }
    }
  }
  return { tx, running: () => running }
}
