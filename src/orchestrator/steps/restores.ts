/** The worker's share of ways back: looks at those that were asked for, carries out those that were decided. */
import type { TaskId } from '#core'
import { openRestores } from '#db'
import { carryOn } from '../checkpoints/carry-out.ts'
import type { Machinery } from '../machinery.ts'

/** One after the other: each begins from what the one before has left. `busy`: tasks this process still works on. */
export async function carryRestores(m: Machinery, busy: (id: TaskId) => boolean): Promise<void> {
  for (const row of await openRestores(m.db, m.facts.home)) await carryOn(m, row, busy)
}
