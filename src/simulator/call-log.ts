/** Everything the bot asked and was told, in order, and what it did wrong: for tests that check a history. Holds no file contents. */
import type { Clock } from '#core'
import type { JsonObject } from './world-types.ts'

export type Call = {
  readonly id: number
  readonly method: string
  readonly parameters: JsonObject
  /** Milliseconds since 1970. */
  readonly startedAt: number
  endedAt?: number
  /** `ok` and `refused` were answered; the effect of `effect-unanswered` happened, but nobody was told. */
  outcome: 'open' | 'ok' | 'refused' | 'unanswered' | 'effect-unanswered'
  result?: unknown
  error?: Readonly<{ code: number; description: string }>
  /** The fault that was played on it. */
  fault?: string
}

export type BreachKind = 'unknown-method' | 'unknown-parameter' | 'mistyped' | 'bad-request' | 'flood-ignored' | 'conflict' | 'unauthorized'
/** Something a correct client never does. Suites assert that there is none. */
export type Breach = Readonly<{ kind: BreachKind; method: string; text: string; callId: number }>

/** A soak run makes many calls; the oldest go. */
const MAX_CALLS = 100_000

export class CallLog {
  readonly calls: Call[] = []
  readonly breaches: Breach[] = []
  readonly #clock: Clock
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(method: string, parameters: JsonObject): Call {
    const call: Call = { id: this.#next++, method, parameters, startedAt: this.#clock.now().getTime(), outcome: 'open' }
    this.calls.push(call)
    if (this.calls.length > MAX_CALLS) this.calls.shift()
    return call
  }

  end(call: Call, outcome: Call['outcome'], rest: Partial<Pick<Call, 'result' | 'error' | 'fault'>> = {}): void {
    Object.assign(call, rest, { outcome, endedAt: this.#clock.now().getTime() })
  }

  breach(kind: BreachKind, call: Call, text: string): void {
    this.breaches.push({ kind, method: call.method, text, callId: call.id })
  }
}
