/** Rows of `run`, `message` and `step`: one attempt of an agent, its transcript and its tool calls. */
import { AgentId, RUN_STATES, RunId, STEP_STATES, TaskId, type ObjectName, type RunState, type StepState } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export const Run = z.object({
  id: RunId,
  taskId: TaskId,
  attempt: z.number(),
  agentId: AgentId.nullable(),
  engine: z.string(),
  model: z.string(),
  fence: z.number(),
  state: z.enum(RUN_STATES),
  turns: z.number(),
  /** What was chosen and could not be reached, in the words of a card. */
  standsInFor: z.string().nullable(),
  session: z.string().nullable(),
  reason: z.string().nullable(),
})
export type Run = z.infer<typeof Run>

const RUN = `id, task_id as "taskId", attempt, agent_id as "agentId", engine, model, fence, state, turns, stands_in_for as "standsInFor", session, reason`

/**
 * The next attempt at a task. It goes on with the engine's own conversation if the last attempt was of the same engine. `goesOn`: it is
 * no new beginning, and what the last one did counts with it.
 */
export function insertRun(
  tx: Tx,
  r: {
    id: RunId
    taskId: TaskId
    agentId: AgentId | null
    engine: string
    model: string
    fence: number
    standsInFor?: string | null
    goesOn?: boolean
  },
): Promise<Run | undefined> {
  return tx.row(
    Run,
    `insert into run (id, task_id, attempt, agent_id, engine, model, fence, stands_in_for, session, since_attempt, state)
     select $1::uuid, $2::uuid, coalesce(max(attempt), 0) + 1, $3::uuid, $4::text, $5::text, $6::bigint, $7::text,
       (select case when last.engine = $4::text then last.session end from run last where last.task_id = $2::uuid order by last.attempt desc limit 1),
       coalesce((select last.since_attempt from run last where $8::boolean and last.task_id = $2::uuid order by last.attempt desc limit 1), coalesce(max(attempt), 0) + 1),
       'running' from run where task_id = $2::uuid
     returning ${RUN}`,
    [r.id, r.taskId, r.agentId, r.engine, r.model, r.fence, r.standsInFor ?? null, r.goesOn ?? false],
  )
}

/** The newest runs of a task, newest first. */
export function recentRuns(sql: Sql, taskId: TaskId, limit: number): Promise<Run[]> {
  return sql.rows(Run, `select ${RUN} from run where task_id = $1::uuid order by attempt desc limit $2::integer`, [taskId, limit])
}

export function latestRun(sql: Sql, taskId: TaskId): Promise<Run | undefined> {
  return sql.row(Run, `select ${RUN} from run where task_id = $1::uuid order by attempt desc limit 1`, [taskId])
}

export function runById(sql: Sql, id: RunId): Promise<Run | undefined> {
  return sql.row(Run, `select ${RUN} from run where id = $1::uuid`, [id])
}

/** What the engine calls its conversation; left out: as it is. Answers what holds. */
export async function setSession(tx: Tx, id: RunId, session: string | null = null): Promise<{ session: string | null }> {
  const row = await tx.row(
    z.object({ session: z.string().nullable() }),
    `update run set session = coalesce($2::text, session) where id = $1::uuid returning session`,
    [id, session],
  )
  return row ?? { session: null }
}

/** A parked run goes on under the fencing number of the new claim. */
export function resumeRun(tx: Tx, id: RunId, fence: number): Promise<Run | undefined> {
  return tx.row(Run, `update run set state = 'running', fence = $2::bigint where id = $1::uuid and state = 'parked' returning ${RUN}`, [id, fence])
}

export function endRun(tx: Tx, id: RunId, state: RunState, reason: string | null): Promise<number> {
  return tx.run(
    `update run set state = $2::text, reason = $3::text, ended_at = case when $2::text = 'parked' then null else now() end where id = $1::uuid and state in ('running', 'parked')`,
    [id, state, reason],
  )
}

export function endOpenRuns(tx: Tx, taskId: TaskId, state: RunState, reason: string): Promise<number> {
  return tx.run(`update run set state = $2::text, reason = $3::text, ended_at = now() where task_id = $1::uuid and state in ('running', 'parked')`, [
    taskId,
    state,
    reason,
  ])
}

/** One more turn, with the milliseconds of work since the last. */
export function countTurn(tx: Tx, id: RunId, ms: number): Promise<number> {
  return tx.run(`update run set turns = turns + 1, worked_ms = worked_ms + $2::bigint where id = $1::uuid`, [id, Math.round(ms)])
}

/** What was done since a person last let the task go on: turns, milliseconds of work, tokens of all kinds. */
export const Stretch = z.object({ turns: z.number(), ms: z.number(), tokens: z.number() })
export type Stretch = z.infer<typeof Stretch>

/** Of the newest run and those it goes on from (unique key of task and attempt, index cost_task). */
export async function stretchOf(sql: Sql, taskId: TaskId): Promise<Stretch> {
  const row = await sql.row(
    Stretch,
    `with stretch as (
       select id, turns, worked_ms from run where task_id = $1::uuid
         and attempt >= (select since_attempt from run where task_id = $1::uuid order by attempt desc limit 1))
     select coalesce(sum(turns), 0)::integer as turns, coalesce(sum(worked_ms), 0)::bigint as ms,
       (select coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_write_tokens), 0) from cost
        where task_id = $1::uuid and run_id in (select id from stretch))::bigint as tokens from stretch`,
    [taskId],
  )
  return row ?? { turns: 0, ms: 0, tokens: 0 }
}

export const MessageRow = z.object({
  seq: z.number(),
  role: z.enum(['user', 'assistant']),
  content: z.array(z.unknown()),
  /** Digest of the system prompt and tools an answer was made under. */
  madeUnder: z.string().nullable(),
  /** What is told in place of everything before this message. */
  told: z.unknown(),
})
export type MessageRow = z.infer<typeof MessageRow>

/** The conversation as it is sent: from the newest message that has words in place of what is before it (index message_told), or from the first. */
export function transcript(sql: Sql, taskId: TaskId): Promise<MessageRow[]> {
  return sql.rows(
    MessageRow,
    `select seq, role, content, made_under as "madeUnder", told from message where task_id = $1::uuid
     and seq >= coalesce((select max(seq) from message where task_id = $1::uuid and told is not null), 0) order by seq`,
    [taskId],
  )
}

/** What was said in one run, after `after`, oldest first (unique key of task and seq). */
export function messagesOfRun(sql: Sql, run: Pick<Run, 'id' | 'taskId'>, after: number, limit: number): Promise<MessageRow[]> {
  return sql.rows(
    MessageRow,
    `select seq, role, content, made_under as "madeUnder", told from message
     where task_id = $1::uuid and run_id = $2::uuid and seq > $3::integer order by seq limit $4::integer`,
    [run.taskId, run.id, after, limit],
  )
}

/** Appends at exactly `seq`; the unique key refuses a second writer, so that no finished turn is doubled. */
export function appendMessage(
  tx: Tx,
  m: { taskId: TaskId; runId: RunId; seq: number; role: 'user' | 'assistant'; content: unknown; madeUnder?: string },
): Promise<number> {
  return tx.run(
    `insert into message (task_id, run_id, seq, role, content, made_under) values ($1::uuid, $2::uuid, $3::integer, $4::text, $5::jsonb, $6::text)`,
    [m.taskId, m.runId, m.seq, m.role, storableJson(m.content), m.madeUnder ?? null],
  )
}

export const Step = z.object({
  callId: z.string(),
  runId: RunId,
  tool: z.string(),
  state: z.enum(STEP_STATES),
  output: z.string().nullable(),
  guard: z.unknown(),
  input: z.unknown(),
  pictures: z.array(z.object({ mediaType: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']), base64: z.string() })).nullable(),
})
export type Step = z.infer<typeof Step>

const STEP = `call_id as "callId", run_id as "runId", tool, state, output, guard, input, pictures`

export function stepOf(sql: Sql, taskId: TaskId, callId: string): Promise<Step | undefined> {
  return sql.row(Step, `select ${STEP} from step where task_id = $1::uuid and call_id = $2::text`, [taskId, callId])
}

/** The intent of a tool call; a second start of the same call leaves the first as it is. */
export function startStep(
  tx: Tx,
  s: { taskId: TaskId; runId: RunId; callId: string; tool: string; input: unknown; guard: unknown },
): Promise<number> {
  return tx.run(
    `insert into step (task_id, run_id, call_id, tool, input, guard, state) values ($1::uuid, $2::uuid, $3::text, $4::text, $5::jsonb, $6::jsonb, 'started')
     on conflict (task_id, call_id) do nothing`,
    [s.taskId, s.runId, s.callId, s.tool, storableJson(s.input ?? null), s.guard === undefined ? null : storableJson(s.guard)],
  )
}

/** The outcome of a tool call, once. `tree`: the files as it has left them, where its input does not say. */
export function endStep(
  tx: Tx,
  s: { taskId: TaskId; callId: string; state: StepState; output: string; pictures?: unknown; tree?: ObjectName | undefined },
): Promise<number> {
  return tx.run(
    `update step set state = $3::text, output = $4::text, pictures = $5::jsonb, tree = $6::text, ended_at = now()
     where task_id = $1::uuid and call_id = $2::text and state = 'started'`,
    [s.taskId, s.callId, s.state, s.output, s.pictures === undefined ? null : storableJson(s.pictures), s.tree ?? null],
  )
}

/** How often a tool was used in a task, and came to its end. */
export async function countSteps(sql: Sql, taskId: TaskId, tool: string): Promise<number> {
  const row = await sql.row(
    z.object({ n: z.number() }),
    `select count(*)::integer as n from step where task_id = $1::uuid and tool = $2::text and state = 'finished'`,
    [taskId, tool],
  )
  return row?.n ?? 0
}

/** The newest steps of a task, newest first. */
export function recentSteps(sql: Sql, taskId: TaskId, limit: number): Promise<Step[]> {
  return sql.rows(Step, `select ${STEP} from step where task_id = $1::uuid order by id desc limit $2::integer`, [taskId, limit])
}
