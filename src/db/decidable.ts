/** What waits for a person, of every kind, as one list. Only reads. */
import { ProjectId, TaskId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

export const DECIDABLE_KINDS = ['approval', 'host', 'question', 'plan', 'change'] as const

export const Decidable = z.object({
  kind: z.enum(DECIDABLE_KINDS),
  id: z.string(),
  taskId: TaskId,
  task: z.number(),
  project: z.string(),
  projectId: ProjectId,
  callKey: z.string(),
  /** What a decision is bound to; null: a question, which is bound to nothing. */
  digest: z.string().nullable(),
  /** A command, a place, a question, a plan or what the agent says of its change. */
  what: z.string(),
  /** In the agent's own words. */
  why: z.string().nullable(),
  risk: z.string().nullable(),
})
export type Decidable = z.infer<typeof Decidable>

/** More than this nobody reads. */
const MOST = 200

/** The oldest task's first; of one task, or of every task of these projects (partial indexes on what is pending). */
export function decidableFor(sql: Sql, filter: { taskId?: TaskId; projects?: readonly ProjectId[] } = {}): Promise<Decidable[]> {
  return sql.rows(
    Decidable,
    `select w.kind, w.id::text as id, t.id as "taskId", t.number as task, p.name as project, p.id as "projectId", t.call_key as "callKey", w.digest, w.what, w.why, w.risk
     from (
       select 'approval' as kind, id, task_id, digest, action->>'command' as what, why, risk from approval where state = 'pending'
       union all select 'host', id, task_id, digest, host || ':' || port, command, null from host_request where state = 'pending'
       union all select 'question', id, task_id, null, text, null, null from question where state = 'pending'
       union all select 'plan', id, task_id, digest, steps::text, null, null from plan where state = 'proposed'
       union all select 'change', id, task_id, digest, summary, null, null from change where state = 'proposed'
     ) as w join task t on t.id = w.task_id join project p on p.id = t.project_id
     where ($1::uuid is null or t.id = $1::uuid) and ($2::uuid[] is null or p.id = any($2::uuid[])) and (w.kind <> 'change' or t.state = 'review')
     order by t.number, w.kind limit $3::integer`,
    [filter.taskId ?? null, filter.projects ?? null, MOST],
  )
}
