/** The heartbeat of a worker: extends the leases of the tasks it walks at this moment, and stops those it has lost. */
import { LughError, type TaskId } from '#core'
import { renewLeases, type Sql } from '#db'

export type Walked = { readonly abort: AbortController; readonly fence: number }

/**
 * Renews for `leaseMs` milliseconds, and aborts whoever's lease is another's by now. Only of those walked when it was called: one claimed
 * meanwhile is in no answer yet, and one whose walk ended in an error must run out, so that it is claimed again. Throws what the store throws.
 */
export async function keepLeases(sql: Sql, holder: string, leaseMs: number, active: ReadonlyMap<TaskId, Walked>): Promise<void> {
  const walked = [...active]
  if (walked.length === 0) return
  const held = await renewLeases(
    sql,
    holder,
    leaseMs,
    walked.map(([id]) => id),
  )
  const fences = new Map(held.map(({ id, fence }) => [id, fence]))
  for (const [id, { abort, fence }] of walked) if (fences.get(id) !== fence) abort.abort(new LughError('conflict', 'This task has moved on.'))
}
