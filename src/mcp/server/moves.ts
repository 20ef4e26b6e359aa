/** Tells waiters that a task may have moved: one listener for all of them. A hint; whoever is told reads the row. */
import type { Db } from '#db'

export type Moves = {
  /** Resolves when something of the task moved, the signal fires, or after `ms`. Never rejects. */
  next(taskId: string, ms: number, signal: AbortSignal): Promise<void>
  /** Calls `heard` with the id of every task that moves. */
  each(heard: (taskId: string) => void): () => void
  close(): Promise<void>
}

/** Listens from the first waiter on. */
export function createMoves(db: Db): Moves {
  const waiters = new Map<string, Set<() => void>>()
  const all = new Set<(taskId: string) => void>()
  let listening: Promise<() => Promise<void>> | undefined
  const listen = (): Promise<() => Promise<void>> =>
    (listening ??= db.listen('work', (id) => {
      for (const wake of waiters.get(id) ?? []) wake()
      for (const heard of all) heard(id)
    }))
  return {
    next: async (taskId, ms, signal) => {
      await listen().catch(() => undefined) // the poll still sees it
      if (signal.aborted) return
      await new Promise<void>((resolve) => {
        const set = waiters.get(taskId) ?? new Set()
        const done = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          set.delete(done)
          if (set.size === 0) waiters.delete(taskId)
          resolve()
        }
        const timer = setTimeout(done, ms)
        set.add(done)
        waiters.set(taskId, set)
        signal.addEventListener('abort', done, { once: true })
      })
    },
    each: (heard) => {
      void listen().catch(() => undefined)
      all.add(heard)
      return () => all.delete(heard)
    },
    close: async () => {
      const stop = await listening?.catch(() => undefined)
      await stop?.()
    },
  }
}
