/**
 * A circuit breaker for one provider, shared by all tasks: after several failed attempts in a row new turns hold back instead of adding to
 * an overload, and one of them at a time is let through to look. A turn that has begun keeps its own, growing pauses.
 */
import type { Clock } from '#core'

/** Failed attempts in a row, of whatever turns, after which the provider counts as down. Two turns seldom fail five times by bad luck alone. */
const FAILURES = 5
/** How long new turns hold back after the last failure: a short overload is over by then, and a person hardly notices. */
const HOLD_MS = 15_000

export type Breaker = {
  /** How long a new turn should hold back, in milliseconds; 0: it may go. A turn let through while the circuit is open counts as the one that looks. */
  readonly holdMs: () => number
  readonly failed: () => void
  readonly worked: () => void
}

/** A closed breaker. */
export function createBreaker(clock: Clock): Breaker {
  let failures = 0
  let until = 0
  return {
    holdMs: () => {
      const now = clock.now().getTime()
      if (failures < FAILURES) return 0
      if (now < until) return until - now
      until = now + HOLD_MS
      return 0
    },
    failed: () => {
      failures += 1
      until = clock.now().getTime() + HOLD_MS
    },
    worked: () => {
      failures = 0
    },
  }
}
