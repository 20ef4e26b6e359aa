/** Rows of `engine_choice`: the engine and model a person chose for a project or for one task. */
import { ProjectId, TaskId, type PersonId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

/** What a choice holds for. */
export type ChoiceOf = { readonly projectId: ProjectId } | { readonly taskId: TaskId }

const EngineChoice = z.object({ projectId: ProjectId.nullable(), taskId: TaskId.nullable(), engine: z.string(), model: z.string().nullable() })
export type EngineChoice = z.infer<typeof EngineChoice>

/** The choices that hold for a task: its own and its project's, in this order (indexes engine_choice_task, engine_choice_project). */
export function engineChoices(sql: Sql, projectId: ProjectId, taskId: TaskId | null): Promise<EngineChoice[]> {
  return sql.rows(
    EngineChoice,
    `select project_id as "projectId", task_id as "taskId", engine, model from engine_choice
     where project_id = $1::uuid or ($2::uuid is not null and task_id = $2::uuid) order by task_id is null`,
    [projectId, taskId],
  )
}

/** Sets or replaces a choice; the unique index decides between two at once. */
export function setEngineChoice(tx: Tx, of: ChoiceOf, choice: { engine: string; model: string | null; personId: PersonId }): Promise<number> {
  const [column, id] = 'taskId' in of ? ['task_id', of.taskId] : ['project_id', of.projectId]
  return tx.run(
    `insert into engine_choice (${column}, engine, model, person_id) values ($1::uuid, $2::text, $3::text, $4::uuid)
     on conflict (${column}) where ${column} is not null
     do update set engine = excluded.engine, model = excluded.model, person_id = excluded.person_id, at = now()`,
    [id, choice.engine, choice.model, choice.personId],
  )
}

/** Goes back to what holds without it. */
export function dropEngineChoice(tx: Tx, of: ChoiceOf): Promise<number> {
  return tx.run(`delete from engine_choice where project_id = $1::uuid or task_id = $2::uuid`, [
    'projectId' in of ? of.projectId : null,
    'taskId' in of ? of.taskId : null,
  ])
}
