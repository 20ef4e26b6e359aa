/** Whose task is it: a member steers what they themselves asked for; an approver or owner any. Stopping is everybody's who may start. */
import { LughError } from '#core'
import type { Task } from '#db'
import type { Act } from './capability.ts'

/** Throws `not-allowed` where the caller is a member and somebody else asked for the task. A token is limited by its scopes and projects instead. */
export function checkOwnWork({ caller }: Pick<Act, 'caller'>, task: Pick<Task, 'number' | 'personId'>): void {
  if (caller.role !== 'member' || caller.token !== undefined || task.personId === caller.personId) return
  throw new LughError('not-allowed', `T${task.number} is somebody else’s: a member steers their own tasks, an approver any.`)
}
