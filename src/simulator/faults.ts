/** Misbehaviour on demand: what a network and a server do on a bad day. Seeded, so that a bad day can be had again. */
import type { JsonObject } from './world-types.ts'
import type { Update, UpdateQueue } from './update-queue.ts'

export type Fault =
  /** Never answered, and nothing happens. */
  | Readonly<{ kind: 'drop' }>
  | Readonly<{ kind: 'delay'; ms: number }>
  /** It happens, but the connection is destroyed before a byte of the answer. */
  | Readonly<{ kind: 'timeout-after-accept' }>
  /** It happens, and the connection is destroyed in the middle of the answer. */
  | Readonly<{ kind: 'cut' }>
  | Readonly<{ kind: 'flood'; retryAfter: number }>
  /** 502 comes as the HTML of the gateway, as in life; the others as JSON. Nothing happens. */
  | Readonly<{ kind: 'server-error'; code: 500 | 502 | 503 | 504 }>
  | Readonly<{ kind: 'conflict' }>

/** When to play a fault. Without `method`: any but getUpdates. Without `times`: once. Without `probability`: always. */
export type FaultRule = Fault & Readonly<{ method?: string; times?: number; probability?: number; when?: (parameters: JsonObject) => boolean }>

export class Faults {
  readonly #updates: UpdateQueue
  #rules: { rule: FaultRule; left: number }[] = []
  #state: number

  constructor(updates: UpdateQueue, seed = 1) {
    this.#updates = updates
    this.#state = seed
  }

  /** Starts the random numbers anew. */
  seed(seed: number): void {
    this.#state = seed
  }

  /** Plays a fault from now on. Answers how to stop it. */
  add(rule: FaultRule): () => void {
    const entry = { rule, left: rule.times ?? 1 }
    this.#rules.push(entry)
    return () => {
      this.#rules = this.#rules.filter((other) => other !== entry)
    }
  }

  /** Every update comes `copies` more times; `shuffle` mixes the order. Zero copies in order is the end of it. */
  redeliver(options: Readonly<{ copies: number; shuffle?: boolean }>): void {
    const shuffle =
      options.shuffle === true ? (list: readonly Update[]): Update[] => this.shuffle(list) : (list: readonly Update[]): Update[] => [...list]
    this.#updates.redelivery = options.copies === 0 && options.shuffle !== true ? undefined : { copies: options.copies, shuffle }
  }

  /** No more misbehaviour. */
  clear(): void {
    this.#rules = []
    this.#updates.redelivery = undefined
  }

  /** The fault to play on this request; uses up one of its times. */
  next(method: string, parameters: JsonObject): Fault | undefined {
    const entry = this.#rules.find(({ rule, left }) => left > 0 && matches(rule, method, parameters) && this.#strikes(rule))
    if (entry === undefined) return undefined
    entry.left -= 1
    return entry.rule
  }

  #strikes(rule: FaultRule): boolean {
    return rule.probability === undefined || this.random() < rule.probability
  }

  /** A number in [0, 1); mulberry32. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** The list in a random order. */
  shuffle<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, key: this.random() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ value }) => value)
  }
}

function matches(rule: FaultRule, method: string, parameters: JsonObject): boolean {
  const named = rule.method === undefined ? method !== 'getUpdates' : rule.method === method
  return named && (rule.when?.(parameters) ?? true)
}
