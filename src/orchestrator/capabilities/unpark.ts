/** A parked task goes on as soon as nothing it asked is left open. */
import { stillAsked, type Task } from '#db'
import type { Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'

export async function unparkWhenAnswered(act: Act, task: Task): Promise<void> {
  if ((await stillAsked(act.tx, task.id)) > 0) return
  await moveTask(act.tx, task, { to: 'queued', from: ['waiting'], scope: { personId: act.caller.personId, door: act.caller.door } })
}
