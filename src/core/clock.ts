/** Time as a parameter: production uses the system's clock, tests own theirs. */

export type Clock = { now(): Date }

export const systemClock: Clock = { now: () => new Date() }

/** Resolves after `ms` milliseconds, or at once (without an error) when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
