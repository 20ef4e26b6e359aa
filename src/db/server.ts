/**
 * The server home: PostgreSQL 15 or newer through `pg`. A statement that may have reached a dying server is never sent twice: whether
 * it took effect is unknown, so its caller decides.
 */
import { LughError } from '#core'
import pg from 'pg'
import { z } from 'zod'
import { ServerListener } from './server-listener.ts'
import { notifyOn, refuseInside, sqlOn, transactions, type Session, type Store, type StoreLog } from './store.ts'
import { isLost, unavailable } from './store-error.ts'
import { parserOf, type RawRow } from './values.ts'

/** Sessions per process: more than the slots of one process ever use at once, few enough for a small server's 100. */
const POOL_SIZE = 10
const CONNECT_MS = 10_000
/** No statement of Lugh's takes a second; one without an answer for this long waits for a peer that is gone. */
const ANSWER_MS = 60_000
const OLDEST_VERSION = 150_000

type ServerOptions = { url: string; ownerUrl?: string | undefined; log: StoreLog; patient?: boolean }

/** Connects and checks the server. Throws `db.unavailable` when it does not answer, `config.invalid` when it is too old. */
export async function openServer(options: ServerOptions): Promise<Store> {
  const store = new ServerStore(options)
  try {
    const found = await store.row(z.object({ version: z.number() }), "select current_setting('server_version_num')::int as version")
    if (found === undefined || found.version < OLDEST_VERSION)
      throw new LughError('config.invalid', 'DATABASE_URL names a PostgreSQL server older than 15; use 15 or newer.')
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

class ServerStore implements Store {
  readonly kind = 'server'
  readonly rows: Store['rows']
  readonly row: Store['row']
  readonly run: Store['run']
  readonly script: Store['script']
  readonly tx: Store['tx']
  readonly #running: () => number
  readonly #options: ServerOptions
  readonly #pool: pg.Pool
  readonly #listener: ServerListener
  #closed = false

  constructor(options: ServerOptions) {
    this.#options = options
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: POOL_SIZE,
      connectionTimeoutMillis: CONNECT_MS,
      ...(options.patient === true ? {} : { query_timeout: ANSWER_MS }),
      keepAlive: true,
      application_name: 'lugh',
      options: '-c timezone=UTC',
      types: { getTypeParser: parserOf },
    })
    this.#pool.on('error', (error) => options.log.warn({ error: error.message }, 'db.connection-lost'))
    // A connection that dies while lent out also fails its statement; without a listener Node would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
    this.#listener = new ServerListener(options.url, options.log)
    const alone = sqlOn(this.#anySession())
    this.rows = alone.rows
    this.row = alone.row
    this.run = alone.run
    this.script = alone.script
    const { tx, running } = transactions(this, (use) => this.#lend(use), options.log)
    this.tx = tx
    this.#running = running
  }

  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    return this.#listener.listen(channel, heard)
  }

  notify(channel: string, payload: string): Promise<void> {
    return notifyOn(this, channel, payload)
  }

  asOwner: Store['asOwner'] = async (work) => {
    const owner = new ServerStore({ ...this.#options, url: this.#options.ownerUrl ?? this.#options.url, patient: true })
    try {
      return await work(owner)
    } finally {
      await owner.close()
    }
  }

  inUse(): { transactions: number; listeners: number } {
    return { transactions: this.#running(), listeners: this.#listener.count() }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#listener.stop()
    await this.#pool.end()
  }

  #anySession(): Session {
    return {
      query: (text, values) => {
        refuseInside(this)
        return this.#lend((session) => session.query(text, values))
      },
      script: (text) => {
        refuseInside(this)
        return this.#lend((session) => session.script(text))
      },
    }
  }

  async #lend<T>(use: (session: Session, broken: () => void) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    let broken = false
    try {
      return await use(sessionOn(client), () => (broken = true))
    } catch (error) {
      broken ||= isLost(error)
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** Nothing has been sent yet, so a connection that cannot be had is asked for once more. */
  async #connect(): Promise<pg.PoolClient> {
    if (this.#closed) throw new LughError('db.unavailable', 'Lugh is stopping.', { detail: 'the store is closed' })
    try {
      return await this.#pool.connect()
    } catch {
      return this.#pool.connect().catch((error: unknown) => {
        throw unavailable(error)
      })
    }
  }
}

function sessionOn(client: pg.PoolClient): Session {
  return {
    query: async (text, values) => {
      const { rows, rowCount, command } = await client.query<RawRow>(text, values)
      return { rows, count: rowCount ?? 0, command }
    },
    script: async (text) => {
      await client.query(text)
    },
  }
}
