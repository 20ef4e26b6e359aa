/** Rows of `away`: what becomes of a question that nobody answers; and the questions it has become of. A timeout never allows anything. */
import { AWAY_WAYS, TaskId, type ApprovalId, type AwayWay, type ProjectId, type QuestionId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

const Away = z.object({ way: z.enum(AWAY_WAYS), minutes: z.number(), own: z.boolean() })
/** `own`: said of the very task or project that was asked about. */
export type Away = z.infer<typeof Away>

export type AwayScope = { readonly projectId: ProjectId; readonly taskId?: undefined } | { readonly taskId: TaskId; readonly projectId?: undefined }

/** What holds for a task (its own before its project's) or a project; undefined where nothing was said. */
export function awayOf(sql: Sql, projectId: ProjectId, taskId: TaskId | null): Promise<Away | undefined> {
  return sql.row(
    Away,
    `select way, after_minutes as minutes, task_id is not distinct from $2::uuid as own from away
     where task_id = $2::uuid or project_id = $1::uuid order by task_id nulls last limit 1`,
    [projectId, taskId],
  )
}

/** Undefined: back to what holds without it. */
export async function setAway(tx: Tx, scope: AwayScope, away: Pick<Away, 'way' | 'minutes'> | undefined): Promise<void> {
  const of = [scope.projectId ?? null, scope.taskId ?? null]
  await tx.run(`delete from away where project_id is not distinct from $1::uuid and task_id is not distinct from $2::uuid`, of)
  if (away !== undefined)
    await tx.run(`insert into away (project_id, task_id, way, after_minutes) values ($1::uuid, $2::uuid, $3::text, $4::integer)`, [
      ...of,
      away.way,
      away.minutes,
    ])
}

const Overdue = z.object({
  kind: z.enum(['approval', 'question', 'host']),
  id: z.string(),
  taskId: TaskId,
  way: z.enum(AWAY_WAYS),
  minutes: z.number(),
})
export type Overdue = z.infer<typeof Overdue>

/** More at once come with the next look. */
const AT_ONCE = 100

/** What has waited for longer than was said about it, the oldest first (partial indexes on what is open). `minutes`: where nothing was said. */
export function overdueAsked(sql: Sql, now: Date, minutes: number): Promise<Overdue[]> {
  return sql.rows(
    Overdue,
    `with asked as (
       select 'approval' as kind, id, task_id, coalesce(asked_at, created_at) as since from approval where state = 'pending' and lapsed is null
       union all select 'question', id, task_id, created_at from question where state = 'pending' and lapsed is null
       union all select 'host', id, task_id, created_at from host_request where state = 'pending' and lapsed is null
     )
     select a.kind, a.id::text, a.task_id as "taskId", coalesce(own.way, of.way, 'park') as way, coalesce(own.after_minutes, of.after_minutes, $2::integer) as minutes
     from asked a join task t on t.id = a.task_id left join away own on own.task_id = t.id left join away of on of.project_id = t.project_id
     where a.since <= $1::timestamptz - coalesce(own.after_minutes, of.after_minutes, $2::integer) * interval '1 minute'
     order by a.since limit $3::integer`,
    [now.toISOString(), minutes, AT_ONCE],
  )
}

const TABLES = { approval: 'approval', question: 'question', host: 'host_request' } as const

/** Notes that nobody answered; what waits goes on waiting. Answers 0 when somebody just did (compare-and-set). */
export function setLapsed(tx: Tx, { kind, id }: Pick<Overdue, 'kind' | 'id'>, way: AwayWay): Promise<number> {
  return tx.run(`update ${TABLES[kind]} set lapsed = $2::text where id = $1::uuid and state = 'pending' and lapsed is null`, [id, way])
}

/** Denied by nobody, because nobody answered. Answers 0 when somebody just did. */
export function denyLapsed(tx: Tx, kind: 'approval' | 'host', id: string): Promise<number> {
  return tx.run(
    `update ${TABLES[kind]} set lapsed = 'safe', state = 'denied', decided_at = now()${kind === 'approval' ? `, decided_door = 'timeout'` : ''}
     where id = $1::uuid and state = 'pending' and lapsed is null`,
    [id],
  )
}

/** Answered with the option its agent named as safe. Answers the option; undefined where there is none, or somebody just answered. */
export async function answerLapsed(tx: Tx, id: QuestionId): Promise<string | undefined> {
  const row = await tx.row(
    z.object({ answer: z.string() }),
    `update question set lapsed = 'safe', state = 'answered', answer = safe, answered_door = 'timeout', answered_at = now()
     where id = $1::uuid and state = 'pending' and lapsed is null and safe is not null returning answer`,
    [id],
  )
  return row?.answer
}

/** A late answer about the very act that an agent went on without: its approval serves the call in which the act is asked for again. */
export function takeOver(tx: Tx, a: { id: ApprovalId; callId: string; runId: string | null; digest: string }): Promise<number> {
  return tx.run(`update approval set call_id = $2::text, run_id = $3::uuid, digest = $4::text, lapsed = null where id = $1::uuid and lapsed = 'on'`, [
    a.id,
    a.callId,
    a.runId,
    a.digest,
  ])
}
