/** A decision about a change: it must be open, and exactly the one that was shown. */
import { ChangeId, LughError } from '#core'
import { changeById, lockTask, type Change, type Task } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'

export const ChangeBound = z.object({ change: ChangeId, digest: z.string() })

/** The open change with its locked task. Throws a LughError that says what became of it. */
export async function theOpenChange(act: Act, bound: z.infer<typeof ChangeBound>): Promise<{ change: Change; task: Task }> {
  const found = await changeById(act.tx, bound.change)
  const task = found === undefined ? undefined : await lockTask(act.tx, found.taskId)
  const change = task === undefined ? undefined : await changeById(act.tx, bound.change)
  if (change === undefined || task === undefined) throw new LughError('not-found', 'That change is gone.')
  if (change.digest !== bound.digest) throw new LughError('conflict', 'The change is no longer what that card showed. Look at the newest card.')
  if (change.state !== 'proposed' || task.state !== 'review')
    throw new LughError('conflict', `Too late: T${task.number} is ${task.state}. Look at the newest card.`)
  return { change, task }
}
