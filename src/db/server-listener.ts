/**
 * The one connection that listens on a PostgreSQL server. Notifications are lost while it is down and a dead TCP peer says nothing,
 * so it asks for a sign of life, reconnects for as long as it takes, and then tells every listener to look again.
 */
import { Socket } from 'node:net'
import { errorText, sleep } from '#core'
import { Client } from 'pg'
import { Listeners, quoteName } from './listeners.ts'
import type { StoreLog } from './store.ts'

/** A silent death is found within HEARTBEAT_MS + ANSWER_MS = 10 s; 15 s are allowed, and one `select` every 5 s costs nothing. */
const HEARTBEAT_MS = 5000
const ANSWER_MS = 5000
/** Reconnecting starts quickly, since most restarts take a second, and never asks more often than every 5 s for long. */
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 5000

export class ServerListener {
  static readonly slowestDiscoveryMs = HEARTBEAT_MS + ANSWER_MS
  readonly #url: string
  readonly #log: StoreLog
  readonly #listeners: Listeners
  readonly #heartbeatMs: number
  readonly #answerMs: number
  readonly #stopping = new AbortController()
  #client: Client | undefined
  /** The last statement of this connection: the next is asked after it. */
  #last: Promise<unknown> = Promise.resolve()
  #running: Promise<void> | undefined
  #firstTry: Promise<void> | undefined

  /** Shorter beats (in milliseconds) are for tests. */
  constructor(url: string, log: StoreLog, { heartbeatMs = HEARTBEAT_MS, answerMs = ANSWER_MS } = {}) {
    this.#heartbeatMs = heartbeatMs
    this.#answerMs = answerMs
    this.#url = url
    this.#log = log
    this.#listeners = new Listeners(log)
  }

  count(): number {
    return this.#listeners.count()
  }

  /** Registers at once. If the server cannot be reached now, the listener is rung as soon as it can. */
  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const own = (payload: string): void => heard(payload)
    const first = this.#listeners.add(channel, own)
    if (this.#running === undefined) this.#start()
    else if (first) await this.#tell(`listen ${quoteName(channel)}`)
    await this.#firstTry
    return async () => {
      if (this.#listeners.remove(channel, own)) await this.#tell(`unlisten ${quoteName(channel)}`)
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  #start(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#firstTry = promise
    this.#running = this.#keepListening(resolve)
  }

  async #keepListening(tried: () => void): Promise<void> {
    const { signal } = this.#stopping
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        await this.#listenOnce(tries > 0, () => {
          tries = 0
          tried()
        })
      } catch (error) {
        if (!signal.aborted) this.#log.warn({ error: errorText(error, 300) }, 'db.listener-lost')
      }
      tried()
      await sleep(Math.min(RETRY_FIRST_MS * 2 ** tries, RETRY_MAX_MS) * (0.5 + Math.random() / 2), signal)
    }
  }

  /** One connection's life: connect, listen to everything, then ask for signs of life until there is none. */
  async #listenOnce(again: boolean, connected: () => void): Promise<void> {
    const socket = new Socket()
    const client = new Client({
      connectionString: this.#url,
      stream: () => socket,
      application_name: 'lugh-listener',
      connectionTimeoutMillis: this.#answerMs,
    })
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => undefined)
    client.on('error', (error) => lost.reject(error))
    client.on('end', () => lost.reject(new Error('the connection has ended')))
    client.on('notification', ({ channel, payload }) => this.#listeners.ring(channel, payload ?? ''))
    try {
      await Promise.race([client.connect(), lost.promise])
      this.#client = client
      this.#last = Promise.resolve()
      for (const channel of this.#listeners.channels()) await this.#answered(this.#ask(client, `listen ${quoteName(channel)}`), lost.promise)
      connected()
      if (again) {
        this.#log.info({}, 'db.listener-back')
        this.#listeners.ringAll()
      }
      await this.#beat(client, lost.promise)
    } finally {
      this.#client = undefined
      if (this.#stopping.signal.aborted) await Promise.race([client.end().catch(() => undefined), sleep(1000)])
      socket.destroy()
    }
  }

  async #beat(client: Client, lost: Promise<never>): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await Promise.race([sleep(this.#heartbeatMs, signal), lost])
      if (!signal.aborted) await this.#answered(this.#ask(client, 'select 1'), lost)
    }
  }

  async #answered(query: Promise<unknown>, lost: Promise<never>): Promise<void> {
    query.catch(() => undefined)
    const late = new AbortController()
    const silence = async (): Promise<void> => {
      await sleep(this.#answerMs, late.signal)
      if (!late.signal.aborted) throw new Error(`the listening connection was silent for ${this.#answerMs} ms`)
    }
    try {
      await Promise.race([query, lost, silence()])
    } finally {
      late.abort()
    }
  }

  /** Best effort: if the connection dies meanwhile, the next one listens to everything anyway. */
  async #tell(statement: string): Promise<void> {
    if (this.#client !== undefined) await this.#ask(this.#client, statement).catch(() => undefined)
  }

  /** One after the other: pg still takes a statement while another is answered, and will not for long. */
  #ask(client: Client, statement: string): Promise<unknown> {
    const answer = this.#last.then(() => client.query(statement))
    this.#last = answer.catch(() => undefined)
    return answer
  }
}
