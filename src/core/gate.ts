/** Work that must not all be done at once. */

/** Lets at most `max` in at once; the rest wait in line, first come, first served. */
export function createGate(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let inside = 0
  const line: (() => void)[] = []
  return async (work) => {
    if (inside >= max) await new Promise<void>((enter) => line.push(enter))
    else inside += 1
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next === undefined) inside -= 1
      else next()
    }
  }
}
