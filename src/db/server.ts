/**
 * The server home: PostgreSQL 15 or newer through `pg`. A statement that may have reached a dying server is never sent twice: whether
 * it took effect is unknown, so its caller decides.
 */
import { LughError } from '#core'
import { Pool, type PoolClient } from 'pg'
import { z } from 'zod'
import { ServerListener } from './server-listener.ts'
import { storeOn, type Home, type Session, type Store, type StoreLog } from './store.ts'
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
  const store = storeOn(new ServerHome(options), options.log)
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

class ServerHome implements Home {
  readonly kind = 'server'
  readonly #options: ServerOptions
  readonly #pool: Pool
  readonly #listener: ServerListener
  #closing: Promise<void> | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#pool = new Pool({
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
  }

  listen: Home['listen'] = (channel, heard) => this.#listener.listen(channel, heard)

  listening(): number {
    return this.#listener.count()
  }

  /** Always a connection of its own: a migration may wait for another one, or build an index, longer than ANSWER_MS. */
  owner(): Promise<Store> {
    return openServer({ ...this.#options, url: this.#options.ownerUrl ?? this.#options.url, patient: true })
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#listener.stop(), this.#pool.end()]).then(() => undefined)
    return this.#closing
  }

  lend: Home['lend'] = async (use) => {
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
  async #connect(): Promise<PoolClient> {
    if (this.#closing !== undefined) throw new LughError('db.unavailable', 'Lugh is stopping.', { detail: 'the store is closed' })
    try {
      return await this.#pool.connect()
    } catch {
      return this.#pool.connect().catch((error: unknown) => {
        throw unavailable(error)
      })
    }
  }
}

function sessionOn(client: PoolClient): Session {
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
