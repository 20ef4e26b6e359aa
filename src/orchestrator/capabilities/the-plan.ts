/** A decision about a plan: it must wait, and be exactly the one that was shown. One compare-and-set decides, and leaves its audit row. */
import { LughError, PlanId, type PlanState } from '#core'
import { appendEvent, decidePlanRow, lockTask, planById, touchCards, type Plan, type Task } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'
import { endDryRuns } from '../move-task.ts'
import { checkOwnWork } from '../own-work.ts'
import { planDigest } from '../plan-digest.ts'

export const PlanBound = z.object({ plan: PlanId, digest: z.string() })

type Decision = { readonly state: Exclude<PlanState, 'proposed'>; readonly comment?: string }

/** Decides the plan. Throws a LughError that says what became of it when it is no longer the one that was shown. */
export async function decidePlan(act: Act, bound: z.infer<typeof PlanBound>, decision: Decision): Promise<{ plan: Plan; task: Task }> {
  const found = await planById(act.tx, bound.plan)
  const task = found === undefined ? undefined : await lockTask(act.tx, found.taskId)
  if (found === undefined || task === undefined) throw new LughError('not-found', 'That plan is gone.')
  checkOwnWork(act, task)
  if (planDigest(found) !== found.digest || bound.digest !== found.digest)
    throw new LughError('conflict', 'The plan is no longer what that card showed. Look at the newest card.')
  const { personId, door } = act.caller
  const plan = await decidePlanRow(act.tx, { ...bound, id: bound.plan, state: decision.state, comment: decision.comment ?? null, by: personId, door })
  if (plan === undefined)
    throw new LughError('conflict', `Too late: that plan was already ${WORD[(await planById(act.tx, bound.plan))?.state ?? 'withdrawn']}.`)
  const data = { planId: plan.id, digest: plan.digest, state: plan.state }
  await appendEvent(act.tx, { taskId: task.id, projectId: task.projectId, personId, door, kind: 'plan.decided', data })
  await endDryRuns(act.tx, task, 'its plan was decided without it')
  await touchCards(act.tx, { kind: 'plan', subjectId: plan.id })
  return { plan, task }
}

const WORD: Record<PlanState, string> = {
  proposed: 'proposed',
  accepted: 'given its Go',
  outdated: 'given its Go',
  changed: 'sent back',
  cancelled: 'cancelled',
  withdrawn: 'taken back',
}
