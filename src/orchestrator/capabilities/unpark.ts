/** A parked task goes on as soon as nothing it waits for is left open. */
import { CLAIMABLE } from '#core'
import { insertSteer, stillAsked, type Task } from '#db'
import type { Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'

export async function unparkWhenAnswered(act: Act, task: Task): Promise<void> {
  if ((await stillAsked(act.tx, task.id)) > 0) return
  await moveTask(act.tx, task, { to: 'queued', from: ['waiting'], scope: { personId: act.caller.personId, door: act.caller.door } })
}

/** An answer about what the agent went on without: it hears it at its next step, if there will be one. */
export async function tellLate(act: Act, task: Task, text: string): Promise<void> {
  if (CLAIMABLE.includes(task.state) || task.state === 'waiting' || task.state === 'paused')
    await insertSteer(act.tx, { taskId: task.id, personId: act.caller.personId, text })
}
