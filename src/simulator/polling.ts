/** getUpdates: one long poll at a time; the newer ends the older. */
import { sleep } from '#core'
import { z } from 'zod'
import { conflict, type Refusal } from './refusal.ts'
import type { Update, UpdateQueue } from './update-queue.ts'
import type { JsonObject } from './world-types.ts'

const MAX_TIMEOUT_S = 50
/** The real server answers at most one 409 in this time at once; further ones are held back as long. */
const CONFLICT_PAUSE_MS = 3000

const Input = z.object({
  offset: z.number().int().default(0),
  limit: z
    .number()
    .int()
    .default(100)
    .transform((limit) => Math.min(Math.max(limit, 1), 100)),
  timeout: z
    .number()
    .default(0)
    .transform((timeout) => Math.min(Math.max(timeout, 0), MAX_TIMEOUT_S)),
  allowed_updates: z.array(z.string()).optional(),
})

type Waiting = { end: (outcome: Update[] | Refusal) => void }

export class Polling {
  readonly #updates: UpdateQueue
  #waiting: Waiting | undefined
  #nextConflictAt = 0
  /** When a poll was last asked for or answered, in milliseconds since 1970; for tests of liveness. */
  lastPollAt = 0

  constructor(updates: UpdateQueue) {
    this.#updates = updates
  }

  /** Confirms, then answers what is pending, waiting for it when asked to. Throws 409 when another poll takes over. */
  async getUpdates(parameters: JsonObject, signal: AbortSignal): Promise<Update[]> {
    const { offset, limit, timeout, allowed_updates: allowed } = Input.parse(parameters)
    this.lastPollAt = Date.now()
    if (allowed !== undefined) this.#updates.allow(allowed)
    if (offset !== 0) this.#updates.confirm(offset)
    const batch = this.#updates.batch(limit)
    if (batch.length > 0 || timeout === 0) return batch
    this.#conflict('terminated by other getUpdates request; make sure that only one bot instance is running')
    const outcome = await this.#wait(limit, timeout, signal)
    if (Array.isArray(outcome)) return outcome
    if (Date.now() < this.#nextConflictAt) await sleep(CONFLICT_PAUSE_MS, signal)
    else this.#nextConflictAt = Date.now() + CONFLICT_PAUSE_MS
    throw outcome
  }

  /** Ends the waiting poll, if any, with a 409: another poll or a webhook takes over. */
  #conflict(text: string): void {
    this.#waiting?.end(conflict(text))
  }

  /** A webhook was set. */
  endForWebhook(): void {
    this.#conflict('terminated by setWebhook request')
  }

  #wait(limit: number, timeout: number, signal: AbortSignal): Promise<Update[] | Refusal> {
    return new Promise((resolve) => {
      const end = (outcome: Update[] | Refusal): void => {
        clearTimeout(timer)
        stop()
        signal.removeEventListener('abort', gone)
        if (this.#waiting === waiting) this.#waiting = undefined
        resolve(outcome)
      }
      const gone = (): void => end([])
      const waiting: Waiting = { end }
      const look = (): void => {
        const batch = this.#updates.batch(limit)
        if (batch.length > 0) end(batch)
      }
      const timer = setTimeout(() => end([]), timeout * 1000)
      const stop = this.#updates.onPush(look)
      signal.addEventListener('abort', gone, { once: true })
      this.#waiting = waiting
      if (signal.aborted) gone()
    })
  }
}
