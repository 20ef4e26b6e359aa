/** The tasks that this process walks at this moment: one walk of a task at a time, and the one that was claimed last. */
import { LughError, type TaskId } from '#core'
import type { Walked } from './keep-leases.ts'

export type Walk = Walked & { readonly done: Promise<void> }

export type Walks = {
  /**
   * Walks a task that was just claimed, under its fencing number. A walk of the same task that still goes on, as when this process was held up
   * for longer than its lease, is stopped first and waited for: two of them would work in one worktree.
   */
  begin(id: TaskId, fence: number, walk: (signal: AbortSignal) => Promise<void>): void
  /** Those that go on, by their task. */
  readonly active: ReadonlyMap<TaskId, Walk>
}

/** `ended` is called after each walk. A walk never throws. */
export function createWalks(ended: () => void): Walks {
  const active = new Map<TaskId, Walk>()
  return {
    active,
    begin(id, fence, walk) {
      const before = active.get(id)
      before?.abort.abort(new LughError('conflict', 'This task has moved on.'))
      const abort = new AbortController()
      const done = (before?.done ?? Promise.resolve())
        .then(() => (abort.signal.aborted ? undefined : walk(abort.signal)))
        .finally(() => {
          if (active.get(id)?.abort === abort) active.delete(id)
          ended()
        })
      active.set(id, { abort, fence, done })
    },
  }
}
