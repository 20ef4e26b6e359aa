/** One thing at a time per key, in order of asking. In this process only: one process owns a LUGH_HOME. */

export type Queue = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Makes a queue. A failed piece of work rejects for its asker and does not hold up the next. */
export function createQueue(): Queue {
  const tails = new Map<string, Promise<void>>()
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve()
    const result = before.then(work)
    const tail = result.then(ignore, ignore)
    tails.set(key, tail)
    try {
      return await result
    } finally {
      if (tails.get(key) === tail) tails.delete(key)
    }
  }
}

function ignore(): void {}
