/** Tasks whose work came in, each with the checkpoint that was made just before. Only reads. */
import { CHECKPOINT_STATES, type ProjectId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

const Merged = z.object({
  task: z.number(),
  title: z.string(),
  branch: z.string(),
  at: z.date(),
  /** Absent of a merge that an earlier Lugh made without one. */
  checkpoint: z.number().nullable(),
  state: z.enum(CHECKPOINT_STATES).nullable(),
})
export type Merged = z.infer<typeof Merged>

/**
 * The tasks of a project that last came in newest, each by its last merge (or redo). Their checkpoint is found by its key, or by its name where
 * one that was being made just then had to do for both.
 */
export function mergedTasks(sql: Sql, projectId: ProjectId, limit: number): Promise<Merged[]> {
  return sql.rows(
    Merged,
    `select t.number as task, t.title, t.branch, l.at, c.number as checkpoint, c.state from (
       select distinct on (l.task_id) l.id, l.task_id, l.kind, l.ended_at as at from landing l join task on task.id = l.task_id and task.project_id = $1::uuid
       where l.state = 'landed' and l.kind in ('merge', 'redo') order by l.task_id, l.created_at desc
     ) as l join task t on t.id = l.task_id
     left join lateral (
       select number, state from checkpoint where project_id = $1::uuid
         and (key = 'landing:' || l.id or (kind <> 'imported' and created_at <= l.at and name = 'before ' || l.kind || ' of T' || t.number))
       order by (key = 'landing:' || l.id) desc, number desc limit 1
     ) as c on true order by l.at desc, t.number desc limit $2::integer`,
    [projectId, limit],
  )
}
