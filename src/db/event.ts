/** Rows of `event` and `cost`: appended, never changed, and without what looks like a key. */
import { PersonId, ProjectId, RunId, TaskId, redactKeys, type LughEvent } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export function appendEvent(tx: Sql, e: LughEvent): Promise<number> {
  return tx.run(
    `insert into event (kind, task_id, run_id, project_id, person_id, door, data) values ($1::text, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::text, $7::jsonb)`,
    [e.kind, e.taskId ?? null, e.runId ?? null, e.projectId ?? null, e.personId ?? null, e.door ?? null, storableJson(e.data, redactKeys)],
  )
}

/** What answers of a project are made under, once for each text (index event_kind; there are some ten). Two at once may both write it, to no harm. */
export async function appendBrief(tx: Tx, projectId: ProjectId, brief: { brief: string; system: string; tools: readonly string[] }): Promise<void> {
  const known = await tx.row(
    z.object({ known: z.boolean() }),
    `select exists (select from event where kind = 'brief.written' and project_id = $1::uuid and data ->> 'brief' = $2::text) as known`,
    [projectId, brief.brief],
  )
  if (known?.known !== true) await appendEvent(tx, { projectId, kind: 'brief.written', data: brief })
}

export const EventRow = z.object({
  id: z.number(),
  at: z.date(),
  kind: z.string(),
  taskId: TaskId.nullable(),
  runId: RunId.nullable(),
  projectId: ProjectId.nullable(),
  personId: PersonId.nullable(),
  door: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
})
export type EventRow = z.infer<typeof EventRow>

/** Events of a task, oldest first (index event_task). */
export function eventsOfTask(sql: Sql, taskId: TaskId, limit: number): Promise<EventRow[]> {
  return sql.rows(
    EventRow,
    `select id, at, kind, task_id as "taskId", run_id as "runId", project_id as "projectId", person_id as "personId", door, data
     from event where task_id = $1::uuid order by id limit $2::integer`,
    [taskId, limit],
  )
}

/** The newest events of a task of some kinds, newest first (index event_task). */
export function recentEvents(sql: Sql, taskId: TaskId, kinds: readonly string[], limit: number): Promise<EventRow[]> {
  return sql.rows(
    EventRow,
    `select id, at, kind, task_id as "taskId", run_id as "runId", project_id as "projectId", person_id as "personId", door, data
     from event where task_id = $1::uuid and kind = any($2::text[]) order by id desc limit $3::integer`,
    [taskId, kinds, limit],
  )
}

export type NewCost = {
  /** Null: before there is a task, as for looking at a picture. */
  taskId: TaskId | null
  runId: RunId | null
  projectId: ProjectId
  engine: string
  model: string
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
  microUsd: number | null
  /** What budgets count where the price is not known. */
  countedMicroUsd: number
}

export function insertCost(tx: Tx, c: NewCost): Promise<number> {
  return tx.run(
    `insert into cost (task_id, run_id, project_id, engine, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, micro_usd, counted_micro_usd)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::integer, $7::integer, $8::integer, $9::integer, $10::bigint, $11::bigint)`,
    [c.taskId, c.runId, c.projectId, c.engine, c.model, c.input, c.output, c.cacheRead, c.cacheWrite, c.microUsd, c.countedMicroUsd],
  )
}

export const CostSum = z.object({ microUsd: z.number(), tokens: z.number(), unpriced: z.number(), turns: z.number() })
export type CostSum = z.infer<typeof CostSum>
const SUM = `coalesce(sum(micro_usd), 0)::bigint as "microUsd",
  coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_write_tokens), 0)::bigint as tokens,
  (count(*) filter (where micro_usd is null))::integer as unpriced, count(*)::integer as turns`
const NOTHING: CostSum = { microUsd: 0, tokens: 0, unpriced: 0, turns: 0 }

/** What a task has cost with its dry runs, in millionths of a dollar (indexes cost_task, task_parent). */
export async function costOfTask(sql: Sql, taskId: TaskId): Promise<CostSum> {
  return (
    (await sql.row(
      CostSum,
      `select ${SUM} from cost where task_id in (select $1::uuid union all select id from task where parent_id = $1::uuid and dry)`,
      [taskId],
    )) ?? NOTHING
  )
}

/** What everything has cost since `since` (index cost_at). */
export async function costSince(sql: Sql, since: Date): Promise<CostSum> {
  return (await sql.row(CostSum, `select ${SUM} from cost where at >= $1::timestamptz`, [since])) ?? NOTHING
}

const Touched = z.object({ number: z.number(), title: z.string(), state: z.string(), isNew: z.boolean(), reason: z.string().nullable() })

/** Older events are not looked at: at a hundred an hour's work that is weeks of it, and the look stays short. */
const LOOKED_AT = 50_000

/** The tasks that were made or moved since then and where they stand now, the last moved first (primary key of event, backwards). Dry runs are left out. */
export function tasksTouchedSince(sql: Sql, since: Date, limit: number): Promise<z.infer<typeof Touched>[]> {
  return sql.rows(
    Touched,
    `select t.number, t.title, t.state, t.reason, bool_or(e.kind = 'task.created') as "isNew"
     from event e join task t on t.id = e.task_id
     where e.id > (select coalesce(max(id), 0) - $3::bigint from event) and e.at >= $1::timestamptz and e.kind in ('task.created', 'task.moved') and not t.dry
     group by t.id order by max(e.id) desc limit $2::integer`,
    [since, limit, LOOKED_AT],
  )
}
