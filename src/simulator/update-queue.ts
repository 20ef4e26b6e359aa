/** The updates waiting for the bot, in order, with ids that only grow. Knows nothing of how they are fetched. */
import type { JsonObject } from './world-types.ts'

export type Update = Readonly<{ update_id: number }> & Readonly<JsonObject>

/** Kinds that are sent only to a bot that names them. */
const UNASKED_KINDS: readonly string[] = ['chat_member', 'message_reaction', 'message_reaction_count']

/** An arbitrary start, so that nobody relies on updates beginning at 1. */
const FIRST_UPDATE_ID = 700_000_001

/** Each update comes `copies` more times after its first delivery, confirmed or not; `shuffle` decides the order of a batch. */
export type Redelivery = Readonly<{ copies: number; shuffle: (updates: readonly Update[]) => Update[] }>

/** A confirmation this far beyond the newest update is ignored, as the real server does. */
const MAX_AHEAD = 10

export class UpdateQueue {
  #next: number
  #pending: Update[] = []
  #allowed: readonly string[] = []
  #echoes: Update[] = []
  readonly #delivered = new Set<number>()
  /** Set to deliver every update again; see `Redelivery`. */
  redelivery: Redelivery | undefined
  readonly #listeners = new Set<() => void>()

  constructor(after = 0) {
    this.#next = FIRST_UPDATE_ID + after
  }

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
    if (offset > this.#next + MAX_AHEAD) return
    this.#pending = offset < 0 ? this.#pending.slice(offset) : this.#pending.filter((update) => update.update_id >= offset)
  }

  /** Forgets one update, delivered by webhook. */
  drop(updateId: number): void {
    this.#pending = this.#pending.filter((update) => update.update_id !== updateId)
  }

  /** Forgets everything. */
  clear(): void {
    this.#pending = []
    this.#echoes = []
  }

  /** What a fetcher gets now: copies that are due, then what is pending, oldest first (unless shuffled). */
  batch(limit: number): Update[] {
    const echoes = this.#dueEchoes(limit)
    const fresh = this.#pending.slice(0, limit - echoes.length)
    for (const update of fresh) this.#noteDelivery(update)
    const batch = [...echoes, ...fresh]
    return this.redelivery === undefined ? batch : this.redelivery.shuffle(batch)
  }

  /**
   * Takes copies of what was confirmed. One of a waiting update could carry a number beyond others that wait and were never delivered, and
   * its confirmation would lose those: the real server never skips.
   */
  #dueEchoes(limit: number): Update[] {
    const first = this.#pending[0]?.update_id ?? Infinity
    const confirmed = this.#echoes.filter((update) => update.update_id < first)
    this.#echoes = [...this.#echoes.filter((update) => update.update_id >= first), ...confirmed.slice(limit)]
    return confirmed.slice(0, limit)
  }

  /** Delivers these once more, as they were. */
  replay(updates: readonly Update[]): void {
    this.#echoes.push(...updates)
    this.wake()
  }

  #noteDelivery(update: Update): void {
    if (this.redelivery === undefined || this.#delivered.has(update.update_id)) return
    this.#delivered.add(update.update_id)
    const copies = Array.from({ length: this.redelivery.copies }, () => update)
    this.#echoes = this.redelivery.shuffle([...this.#echoes, ...copies])
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
