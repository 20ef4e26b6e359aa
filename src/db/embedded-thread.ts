/** One running thread of the embedded store: requests out, answers in. When the thread dies, every open request fails as `db.unavailable`. */
import { once } from 'node:events'
import { extname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { sleep } from '#core'
import type { Answered, Asked, FromWorker, Request, Start } from './embedded-protocol.ts'
import { unavailable } from './store-error.ts'
import type { Answer, Session } from './store.ts'
import { parserOf, type RawRow } from './values.ts'

/** The same file as `.ts` in the sources and as `.js` in the published package. */
const WORKER = new URL(`./embedded-worker${extname(import.meta.url)}`, import.meta.url)

/**
 * V8's optimising compiler takes 600 MB for one function of PGlite, its SQL parser, a second after the start; the baseline one takes 6.
 * Without it the whole process idles at 210 MB instead of 260 and peaks at 215 instead of 760; inserts are as fast (4,000 in 0.8 s), sums
 * over 500,000 rows take 0.57 s instead of 0.3. The flags hold for the process and must not be turned back: PGlite then hangs.
 */
const FRUGAL = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']

/** No environment and no flags of the process: the thread needs none, and secrets have no business there. */
function startWorker(dir: string, initOnly: boolean): Worker {
  for (const flag of FRUGAL) setFlagsFromString(flag)
  const workerData: Start = { dir, initOnly }
  return new Worker(WORKER, { workerData, env: {}, execArgv: [], name: 'lugh-store' })
}

/** A statement without an answer for this long is stuck, as on the server; scripts (migrations, upkeep) may take their time. */
const ANSWER_MS = 60_000

/** Closing writes a checkpoint; one that takes longer is left to the next start, which recovers. */
const CLOSE_MS = 10_000

type Waiting = { resolve: (answer: Answered) => void; reject: (error: unknown) => void }

export class EmbeddedThread implements Session {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #heard: (channel: string, payload: string) => void
  readonly #answerMs: number
  #lastId = 0
  /** Why nothing more can be asked of this thread. */
  #dead: Error | undefined
  readonly #notReady: (error: unknown) => void
  /** Resolves once the store can be asked; rejects when it could not be opened. */
  readonly ready: Promise<void>

  /** Resolves once nothing of the thread runs any more, so that another may open its folder. */
  readonly exited: Promise<void>

  constructor(dir: string, heard: (channel: string, payload: string) => void, answerMs: number = ANSWER_MS) {
    this.#heard = heard
    this.#answerMs = answerMs
    this.#worker = startWorker(dir, false)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ready = promise
    this.ready.catch(() => undefined)
    this.#notReady = reject
    this.#worker.on('message', (message: FromWorker) => this.#receive(message, resolve))
    this.#worker.on('error', (error) => this.#die(error))
    this.exited = new Promise((exited) => {
      this.#worker.on('exit', () => {
        this.#die(new Error('the thread of the embedded store has ended'))
        exited()
      })
    })
  }

  get dead(): boolean {
    return this.#dead !== undefined
  }

  async query(text: string, values: (string | null)[]): Promise<Answer> {
    const stuck = setTimeout(() => this.kill(`no answer for ${this.#answerMs} ms`), this.#answerMs).unref()
    const answer = await this.#ask({ kind: 'query', text, values }).finally(() => clearTimeout(stuck))
    return { rows: toRows(answer), count: answer.count, command: answer.command }
  }

  async script(text: string): Promise<void> {
    await this.#ask({ kind: 'script', text })
  }

  /** Ends the thread where it stands; what was committed is safe. */
  kill(why: string): void {
    this.#die(new Error(`the thread of the embedded store was given up: ${why}`))
    void this.#worker.terminate()
  }

  /** Closes the store cleanly, then the thread. */
  async close(): Promise<void> {
    const late = new AbortController()
    if (this.#dead === undefined) await Promise.race([this.#ask({ kind: 'close' }).catch(() => undefined), sleep(CLOSE_MS, late.signal)])
    late.abort()
    await this.#worker.terminate()
  }

  #ask(asked: Asked): Promise<Answered> {
    if (this.#dead !== undefined) return Promise.reject(unavailable(this.#dead))
    const id = (this.#lastId += 1)
    const request: Request = { ...asked, id }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      this.#worker.postMessage(request)
    })
  }

  #receive(message: FromWorker, ready: () => void): void {
    if (message.kind === 'ready') return ready()
    if (message.kind === 'heard') return this.#heard(message.channel, message.payload)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'answer') return waiting?.resolve(message)
    const error = new Error(message.message)
    waiting?.reject(message.sql === undefined ? unavailable(error) : Object.assign(error, message.sql))
    if (message.broken) this.kill(message.message)
  }

  #die(error: unknown): void {
    this.#dead ??= error instanceof Error ? error : new Error(String(error))
    this.#notReady(unavailable(this.#dead))
    for (const { reject } of this.#waiting.values()) reject(unavailable(this.#dead))
    this.#waiting.clear()
  }
}

function toRows({ fields, rows }: Answered): RawRow[] {
  const parsers = fields.map(([, oid]) => parserOf(oid))
  return rows.map((row) =>
    Object.fromEntries(
      fields.map(([name], i) => {
        const text = row[i] ?? null
        return [name, text === null ? null : parsers[i]?.(text)]
      }),
    ),
  )
}

/** Lays a new, empty data folder at `dir` in a thread of its own, so that the 600 MB which that takes are given back. */
export async function initFolder(dir: string): Promise<void> {
  const worker = startWorker(dir, true)
  try {
    await once(worker, 'message')
  } finally {
    await worker.terminate()
  }
}
