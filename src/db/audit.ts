/** What the audit reads: everything a task has led to, oldest first, and what belongs to no task. Only reads. */
import { CHANGE_STATES, LANDING_STATES, PLAN_STATES, PersonId, TaskId, type ProjectId } from '#core'
import { z } from 'zod'
import { ChangePart, TestResult } from './change.ts'
import { EventRow } from './event.ts'
import type { Sql } from './port.ts'
import { Step } from './run.ts'

const TimedStep = Step.extend({ at: z.date() })

/** Steps of a task, oldest first, the newest `limit` of them; without their pictures. */
export function stepsOfTask(sql: Sql, id: TaskId, limit: number): Promise<z.infer<typeof TimedStep>[]> {
  return sql.rows(
    TimedStep,
    `select * from (
       select id, call_id as "callId", run_id as "runId", tool, state, output, guard, input, null as pictures, started_at as at
       from step where task_id = $1::uuid order by id desc limit $2::integer
     ) as newest order by id`,
    [id, limit],
  )
}

const PlanTold = z.object({
  number: z.number(),
  steps: z.array(z.string()),
  state: z.enum(PLAN_STATES),
  comment: z.string().nullable(),
  digest: z.string(),
  at: z.date(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
})

/** Every plan of a task and what was said to it. */
export function plansOfTask(sql: Sql, id: TaskId): Promise<z.infer<typeof PlanTold>[]> {
  return sql.rows(
    PlanTold,
    `select number, steps, state, comment, digest, created_at as at, decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt"
     from plan where task_id = $1::uuid order by number`,
    [id],
  )
}

const ChangeTold = z.object({
  number: z.number(),
  state: z.enum(CHANGE_STATES),
  digest: z.string(),
  tree: z.string(),
  files: z.number(),
  insertions: z.number(),
  deletions: z.number(),
  summary: z.string(),
  tests: TestResult.nullable(),
  at: z.date(),
  decidedBy: PersonId.nullable(),
  /** Where pieces were left out: of which change, and who wanted that. */
  part: ChangePart.nullable(),
  partedBy: PersonId.nullable(),
})

/** Every change a task has proposed. */
export function changesOfTask(sql: Sql, id: TaskId): Promise<z.infer<typeof ChangeTold>[]> {
  return sql.rows(
    ChangeTold,
    `select c.number, c.state, c.digest, c.tree, jsonb_array_length(c.files) as files, c.insertions, c.deletions, c.summary, c.tests, c.created_at as at,
       c.decided_by as "decidedBy", c.part, s.person_id as "partedBy"
     from change c left join selection s on s.change_id = (c.part ->> 'of')::uuid where c.task_id = $1::uuid order by c.number`,
    [id],
  )
}

const LandingTold = z.object({
  kind: z.enum(['merge', 'undo', 'redo']),
  state: z.enum(LANDING_STATES),
  ref: z.string(),
  oldCommit: z.string().nullable(),
  newCommit: z.string().nullable(),
  detail: z.string().nullable(),
  personId: PersonId.nullable(),
  door: z.string(),
  at: z.date(),
})

/** Every time a task's change was to be moved onto its target, or back. */
export function landingsOfTask(sql: Sql, id: TaskId): Promise<z.infer<typeof LandingTold>[]> {
  return sql.rows(
    LandingTold,
    `select kind, state, ref, old_commit as "oldCommit", new_commit as "newCommit", detail, person_id as "personId", door, created_at as at
     from landing where task_id = $1::uuid order by created_at, id`,
    [id],
  )
}

/** The task whose landing made a commit, by the first characters of its name; of several the newest. */
export function taskOfCommit(sql: Sql, start: string): Promise<{ id: TaskId; number: number } | undefined> {
  return sql.row(
    z.object({ id: TaskId, number: z.number() }),
    `select t.id, t.number from landing l join task t on t.id = l.task_id
     where left(l.new_commit, length($1::text)) = $1::text order by l.created_at desc limit 1`,
    [start],
  )
}

/** Through which door a task was asked for. */
export async function doorOfTask(sql: Sql, id: TaskId): Promise<string | null> {
  const row = await sql.row(
    z.object({ door: z.string().nullable() }),
    `select door from event where task_id = $1::uuid and kind = 'task.created' order by id limit 1`,
    [id],
  )
  return row?.door ?? null
}

/** Numbers of a project's tasks above `after`, or of every project's. */
export async function taskNumbers(sql: Sql, projectId: ProjectId | null, after: number, limit: number): Promise<number[]> {
  const rows = await sql.rows(
    z.object({ number: z.number() }),
    `select number from task where ($1::uuid is null or project_id = $1::uuid) and number > $2::integer order by number limit $3::integer`,
    [projectId, after, limit],
  )
  return rows.map(({ number }) => number)
}

/** Events that belong to no task: of a project, or of every project and none. The newest `limit`, oldest first. */
export function eventsOutsideTasks(sql: Sql, projectId: ProjectId | null, limit: number): Promise<EventRow[]> {
  return sql.rows(
    EventRow,
    `select * from (
       select id, at, kind, task_id as "taskId", run_id as "runId", project_id as "projectId", person_id as "personId", door, data
       from event where task_id is null and ($1::uuid is null or project_id = $1::uuid) order by id desc limit $2::integer
     ) as newest order by id`,
    [projectId, limit],
  )
}
