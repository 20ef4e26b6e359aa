/**
 * The embedded home: PGlite in a thread of the one process that holds the folder's lock. It has a single session, so a transaction
 * has it alone and everybody else waits in line. A crash of the process loses nothing; a power cut may lose or damage what the
 * operating system had not yet written, since PGlite cannot fsync: it promises no more than that.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorText, LughError } from '#core'
import { EmbeddedThread, initFolder } from './embedded-thread.ts'
import { lockFile } from './home-lock.ts'
import { Listeners, quoteName } from './listeners.ts'
import { Queue } from './queue.ts'
import { diskFull } from './store-error.ts'
import { storeOn, type Home, type Store, type StoreLog } from './store.ts'

const LEAST_FREE_BYTES = 32 * 1024 * 1024
/** How often the log is written into the tables: what keeps the folder small and the next start quick. */
const CHECKPOINT_MS = 60_000
/** There is no autovacuum here; an hour's dead rows of a store of this size take well under a second. */
const VACUUM_MS = 3_600_000

/** `answerMs`: after how long without an answer a statement counts as stuck; shorter ones are for tests. */
type EmbeddedOptions = { dir: string; log: StoreLog; answerMs?: number | undefined }

/** Opens (and on the first start lays) the store in `dir`. Throws `home.locked` when another process has it. */
export async function openEmbedded({ dir, log, answerMs }: EmbeddedOptions): Promise<Store> {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const lock = lockFile(join(dir, 'lock'))
  try {
    const data = join(dir, 'data')
    await layFolder(data, log)
    const home = new EmbeddedHome({ dir: data, log, answerMs }, () => {
      rest()
      lock.release()
    })
    const store = storeOn(home, log)
    const rest = keepUp(store, log)
    await store.run('select 1')
    return store
  } catch (error) {
    lock.release()
    throw error
  }
}

/** A folder is laid beside its place and renamed, so that a kill half-way leaves nothing that looks whole. */
async function layFolder(data: string, log: StoreLog): Promise<void> {
  if (existsSync(data)) return
  const begun = performance.now()
  const half = `${data}.new`
  rmSync(half, { recursive: true, force: true })
  await initFolder(half)
  renameSync(half, data)
  log.info({ ms: Math.round(performance.now() - begun) }, 'db.laid')
}

class EmbeddedHome implements Home {
  readonly kind = 'embedded'
  readonly #queue = new Queue()
  readonly #listeners: Listeners
  readonly #log: StoreLog
  readonly #dir: string
  readonly #answerMs: number | undefined
  readonly #release: () => void
  #thread: EmbeddedThread | undefined
  #closing: Promise<void> | undefined

  constructor({ dir, log, answerMs }: EmbeddedOptions, release: () => void) {
    this.#dir = dir
    this.#answerMs = answerMs
    this.#log = log
    this.#release = release
    this.#listeners = new Listeners(log)
  }

  /** Who asked before the store was closed still gets an answer. */
  lend: Home['lend'] = async (use) => {
    if (this.#closing !== undefined) throw new LughError('db.unavailable', 'Lugh is stopping.', { detail: 'the store is closed' })
    return this.#queue.run(async () => use(await this.#live(), () => this.#discard()))
  }

  listen: Home['listen'] = async (channel, heard) => {
    const own = (payload: string): void => heard(payload)
    if (this.#listeners.add(channel, own)) await this.#say(`listen ${quoteName(channel)}`)
    return async () => {
      if (this.#listeners.remove(channel, own) && this.#closing === undefined) await this.#say(`unlisten ${quoteName(channel)}`)
    }
  }

  listening(): number {
    return this.#listeners.count()
  }

  owner(): undefined {
    return undefined
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.run(async () => this.#thread?.close()).finally(() => this.#release())
    return this.#closing
  }

  async #say(statement: string): Promise<void> {
    await this.lend((session) => session.query(statement, []))
  }

  /** The running thread; a dead one is replaced, and then everybody looks again since a hint may be lost. */
  async #live(): Promise<EmbeddedThread> {
    if (this.#thread !== undefined && !this.#thread.dead) return this.#thread
    const again = this.#thread !== undefined
    await this.#thread?.exited
    const thread = new EmbeddedThread(this.#dir, (channel, payload) => this.#listeners.ring(channel, payload), this.#answerMs)
    this.#thread = thread
    await thread.ready.catch((error: unknown) => {
      throw isFull(this.#dir) ? diskFull(error) : error
    })
    for (const channel of this.#listeners.channels()) await thread.query(`listen ${quoteName(channel)}`, [])
    if (again) {
      this.#log.warn({}, 'db.reopened')
      this.#listeners.ringAll()
    }
    return thread
  }

  #discard(): void {
    this.#thread?.kill('a transaction could not be rolled back')
  }
}

/** PGlite needs a new segment of its log (16 MB) to start, and does not say that this is what it missed. */
function isFull(dir: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(dir))
  return bavail * bsize < LEAST_FREE_BYTES
}

/** Runs what a server does in the background; answers what stops it. */
function keepUp(store: Store, log: StoreLog): () => void {
  const every = (ms: number, statement: string): NodeJS.Timeout => {
    const upkeep = (): void => {
      store.script(statement).catch((error: unknown) => log.warn({ statement, error: errorText(error) }, 'db.upkeep-failed'))
    }
    return setInterval(upkeep, ms).unref()
  }
  const timers = [every(CHECKPOINT_MS, 'checkpoint'), every(VACUUM_MS, 'vacuum analyze')]
  return () => timers.forEach((timer) => clearInterval(timer))
}
