/** The updates waiting for the bot, in order, with ids that only grow. Knows nothing of how they are fetched. */
import type { JsonObject } from './world-types.ts'

export type Update = Readonly<{ update_id: number }> & Readonly<JsonObject>

/** Kinds that are sent only to a bot that names them. */
export const UNASKED_KINDS: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count']

/** An arbitrary start, so that nobody relies on updates beginning at 1. */
const FIRST_UPDATE_ID = 700_000_001

export class UpdateQueue {
  #next = FIRST_UPDATE_ID
  #pending: Update[] = []
  #allowed: readonly string[] = []
  readonly #listeners = new Set<() => void>()

  /** Queues an update unless the bot did not ask for its kind. Answers it, or undefined when it was never made. */
  push(kind: string, payload: JsonObject): Update | undefined {
    if (!this.allows(kind)) return undefined
    const update: Update = { update_id: this.#next++, [kind]: payload }
    this.#pending.push(update)
    this.wake()
    return update
  }

  /** Whether updates of this kind are made at present. */
  allows(kind: string): boolean {
    return this.#allowed.length === 0 ? !UNASKED_KINDS.includes(kind) : this.#allowed.includes(kind)
  }

  /** The kinds asked for; empty means all but those of `UNASKED_KINDS`. */
  get allowed(): readonly string[] {
    return this.#allowed
  }

  /** Sets the kinds from now on; what is queued stays. */
  allow(kinds: readonly string[]): void {
    this.#allowed = [...kinds]
  }

  /** Forgets every update below `offset`; a negative one keeps only that many from the end. */
  confirm(offset: number): void {
    this.#pending = offset < 0 ? this.#pending.slice(offset) : this.#pending.filter((update) => update.update_id >= offset)
  }

  /** Forgets everything. */
  clear(): void {
    this.#pending = []
  }

  get pending(): readonly Update[] {
    return this.#pending
  }

  /** Calls back whenever an update was queued. Answers how to stop that. */
  onPush(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Makes every waiting fetcher look again. */
  wake(): void {
    for (const listener of this.#listeners) listener()
  }
}
