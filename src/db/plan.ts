/** Rows of `plan`: what an agent wants to do, and what a person said to it. Decided once; never rewritten. */
import { PLAN_STATES, PersonId, PlanId, RunId, TaskId, type PlanState } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import { Estimate } from './past-work.ts'
import type { Sql, Tx } from './port.ts'

export const Plan = z.object({
  id: PlanId,
  taskId: TaskId,
  runId: RunId,
  callId: z.string(),
  number: z.number(),
  steps: z.array(z.string()),
  estimate: Estimate,
  digest: z.string(),
  state: z.enum(PLAN_STATES),
  comment: z.string().nullable(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
})
export type Plan = z.infer<typeof Plan>
const PLAN = `id, task_id as "taskId", run_id as "runId", call_id as "callId", number, steps, estimate, digest, state, comment,
  decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt"`

export type NewPlan = Pick<Plan, 'id' | 'taskId' | 'runId' | 'callId' | 'steps' | 'estimate' | 'digest'>

/** One open plan a task (index plan_open), one plan a tool call: asked again, it answers undefined. */
export function insertPlan(tx: Tx, p: NewPlan): Promise<Plan | undefined> {
  return tx.row(
    Plan,
    `insert into plan (id, task_id, run_id, call_id, number, steps, estimate, digest, state)
     select $1::uuid, $2::uuid, $3::uuid, $4::text, coalesce(max(number), 0) + 1, $5::jsonb, $6::jsonb, $7::text, 'proposed' from plan where task_id = $2::uuid
     on conflict do nothing returning ${PLAN}`,
    [p.id, p.taskId, p.runId, p.callId, storableJson(p.steps), storableJson(p.estimate), p.digest],
  )
}

export function planById(sql: Sql, id: PlanId): Promise<Plan | undefined> {
  return sql.row(Plan, `select ${PLAN} from plan where id = $1::uuid`, [id])
}

export function planOfCall(sql: Sql, taskId: TaskId, callId: string): Promise<Plan | undefined> {
  return sql.row(Plan, `select ${PLAN} from plan where task_id = $1::uuid and call_id = $2::text`, [taskId, callId])
}

/** The plan that waits for a person, if any (index plan_open). */
export function openPlan(sql: Sql, taskId: TaskId): Promise<Plan | undefined> {
  return sql.row(Plan, `select ${PLAN} from plan where task_id = $1::uuid and state = 'proposed'`, [taskId])
}

/** The plan a person said Go to last, and no other was wanted since. */
export function goneFor(sql: Sql, taskId: TaskId): Promise<Plan | undefined> {
  return sql.row(Plan, `select ${PLAN} from plan where task_id = $1::uuid and state = 'accepted' order by number desc limit 1`, [taskId])
}

/** Whether a person has said Go to a plan of the task, and no other was wanted since. */
export async function hasGo(sql: Sql, taskId: TaskId): Promise<boolean> {
  const row = await sql.row(z.object({ id: PlanId }), `select id from plan where task_id = $1::uuid and state = 'accepted' limit 1`, [taskId])
  return row !== undefined
}

/** The one compare-and-set that decides: still proposed, and the digest is the one that was shown. Every later tap gets undefined. */
export function decidePlanRow(
  tx: Tx,
  d: { id: PlanId; digest: string; state: Exclude<PlanState, 'proposed'>; comment: string | null; by: PersonId; door: string },
): Promise<Plan | undefined> {
  return tx.row(
    Plan,
    `update plan set state = $3::text, comment = $4::text, decided_by = $5::uuid, decided_door = $6::text, decided_at = now()
     where id = $1::uuid and digest = $2::text and state = 'proposed' returning ${PLAN}`,
    [d.id, d.digest, d.state, d.comment, d.by, d.door],
  )
}

/** A plan is wanted anew: the Go that was given counts no longer. */
export function outdatePlans(tx: Tx, taskId: TaskId): Promise<number> {
  return tx.run(`update plan set state = 'outdated' where task_id = $1::uuid and state = 'accepted'`, [taskId])
}
