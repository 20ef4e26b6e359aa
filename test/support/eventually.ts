/** Waiting for what no event tells: a process that goes, a folder that empties. Looks again until it is as expected, and fails with what was seen last. */
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/** How long what comes in milliseconds may take on a loaded machine; a promise in seconds is measured where it is promised. */
export const PATIENCE_MS = 20_000
/** Often enough to measure a promise in seconds by. */
const LOOK_EVERY_MS = 20

/** Resolves as soon as `look` answers what is expected (or what passes, where a test is given). */
export async function eventually<T>(look: () => T, expected: T | ((seen: T) => boolean), timeoutMs: number): Promise<void> {
  const passes = (seen: T): boolean => (isTest(expected) ? expected(seen) : isDeepStrictEqual(seen, expected))
  let seen = look()
  for (const until = performance.now() + timeoutMs; !passes(seen) && performance.now() < until; seen = look()) await delay(LOOK_EVERY_MS)
  if (isTest(expected)) expect(passes(seen), `seen last: ${JSON.stringify(seen)}`).toBe(true)
  else expect(seen).toEqual(expected)
}

function isTest<T>(expected: T | ((seen: T) => boolean)): expected is (seen: T) => boolean {
  return typeof expected === 'function'
}
