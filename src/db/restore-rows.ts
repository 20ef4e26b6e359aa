/**
 * Puts rows of a checkpoint back: over the tasks they are of, or as rows of a new task. The database reads the JSON itself, by
 * the columns a table has now, so that a checkpoint of an older version fits. What is appended (events, costs, landings, runs)
 * stays; permissions are never given back.
 */
import { TASK_STATES, type RunId, type TaskId, type TaskState } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

type Copied = 'message' | 'step' | 'steer' | 'run'

/** The rows of one table in a checkpoint's text, as a JSON array that is not parsed here. */
export function linesOf(text: string, table: string): string {
  const start = `${table} `
  return `[${text
    .split('\n')
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length))
    .join(',')}]`
}

/** Inserts rows under other values for some columns (`null` takes the column out, so that its default holds). */
async function putRows(tx: Tx, table: Copied, lines: string, other: Readonly<Record<string, string | null>>): Promise<void> {
  const dropped = Object.keys(other).filter((key) => other[key] === null)
  const patch = JSON.stringify(Object.fromEntries(Object.entries(other).filter(([, value]) => value !== null)))
  const rows = `(select (e || $2::jsonb) - $3::text[] as row from jsonb_array_elements($1::jsonb) e) as rows`
  const columns = await tx.rows(
    z.object({ name: z.string() }),
    `select quote_ident(attname) as name from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped
       and attname in (select jsonb_object_keys(row) from ${rows}) order by attnum`,
    [lines, patch, dropped],
  )
  if (columns.length === 0) return
  const names = columns.map(({ name }) => name).join(', ')
  await tx.run(
    `insert into ${table} (${names}) overriding system value select ${names} from jsonb_populate_recordset(null::${table}, (select jsonb_agg(row) from ${rows}))`,
    [lines, patch, dropped],
  )
}

/**
 * Sets a task's conversation back. Messages and steps become those of the checkpoint. What people said since stays: it is heard
 * (again) at the next step, and answers given since still answer; without `keepWords` it stays in the rows and is not heard.
 * What was asked and not decided then is asked again; what was asked only since is withdrawn.
 */
export async function setBackConversation(tx: Tx, id: TaskId, text: string, keepWords: boolean): Promise<void> {
  await forgetSessions(tx, id, text)
  await tx.run(`delete from message where task_id = $1::uuid`, [id])
  await putRows(tx, 'message', linesOf(text, 'message'), {})
  await tx.run(`delete from step where task_id = $1::uuid`, [id])
  await putRows(tx, 'step', linesOf(text, 'step'), {})
  await setBackSteers(tx, id, linesOf(text, 'steer'), keepWords)
  await setBackQuestions(tx, id, linesOf(text, 'question'), keepWords)
  await setBackPlans(tx, id, linesOf(text, 'plan'))
  await tx.run(
    `update host_request set state = 'withdrawn', decided_at = now() where task_id = $1::uuid and state = 'pending'
       and id not in (select (e ->> 'id')::uuid from jsonb_array_elements($2::jsonb) e)`,
    [id, linesOf(text, 'host_request')],
  )
  // Asked anew when its command comes up again, whatever was answered since: that answer was spent on another run.
  await tx.run(
    `update approval set state = 'withdrawn', decided_at = coalesce(decided_at, now()) where task_id = $1::uuid
       and (state = 'pending' or id in (select (e ->> 'id')::uuid from jsonb_array_elements($2::jsonb) e where e ->> 'state' = 'pending'))`,
    [id, linesOf(text, 'approval')],
  )
}

/**
 * An engine that is a program of its own remembers by itself what was said and done, and that cannot be set back. Where anything of it
 * is, its next run begins without that memory and is told the transcript.
 */
async function forgetSessions(tx: Tx, id: TaskId, text: string): Promise<void> {
  await tx.run(
    `with now_ids as (select 'message' as kind, id from message where task_id = $1::uuid union all select 'step', id from step where task_id = $1::uuid),
       then_ids as (select 'message' as kind, (e ->> 'id')::bigint as id from jsonb_array_elements($2::jsonb) e
         union all select 'step', (e ->> 'id')::bigint from jsonb_array_elements($3::jsonb) e)
     update run set session = null where task_id = $1::uuid and session is not null
       and (exists (select * from now_ids except select * from then_ids) or exists (select * from then_ids except select * from now_ids))`,
    [id, linesOf(text, 'message'), linesOf(text, 'step')],
  )
}

async function setBackSteers(tx: Tx, id: TaskId, lines: string, keepWords: boolean): Promise<void> {
  await tx.run(
    `update steer set taken_seq = then_row.taken_seq from (
       select s.id, case when e is null then case when $3::boolean and s.person_id is not null then null else coalesce(s.taken_seq, 0) end
         else (e ->> 'taken_seq')::integer end as taken_seq
       from steer s left join jsonb_array_elements($2::jsonb) e on (e ->> 'id')::bigint = s.id where s.task_id = $1::uuid
     ) as then_row where steer.id = then_row.id`,
    [id, lines, keepWords],
  )
}

async function setBackQuestions(tx: Tx, id: TaskId, lines: string, keepWords: boolean): Promise<void> {
  await tx.run(
    `update question set state = case when e is null then 'withdrawn' else 'pending' end, answer = null, answered_by = null, answered_at = null
     from question q left join jsonb_array_elements($2::jsonb) e on (e ->> 'id')::uuid = q.id
     where question.id = q.id and q.task_id = $1::uuid
       and ((e is null and q.state = 'pending') or (e ->> 'state' = 'pending' and (q.state <> 'answered' or not $3::boolean)))`,
    [id, lines, keepWords],
  )
}

async function setBackPlans(tx: Tx, id: TaskId, lines: string): Promise<void> {
  // A Go to a plan that is not there any more is no Go.
  await tx.run(
    `update plan set state = case state when 'proposed' then 'withdrawn' else 'outdated' end where task_id = $1::uuid and state in ('proposed', 'accepted')
       and id not in (select (e ->> 'id')::uuid from jsonb_array_elements($2::jsonb) e)`,
    [id, lines],
  )
  await tx.run(
    `update plan set state = 'proposed', comment = null, decided_by = null, decided_door = null, decided_at = null
     where id in (select (e ->> 'id')::uuid from jsonb_array_elements($2::jsonb) e where e ->> 'state' = 'proposed') and task_id = $1::uuid`,
    [id, lines],
  )
}

/** The mode a task set back has: that of then only where it lets its agent do less. What a person has forbidden since stays forbidden. */
function modeAfter(now: string): string {
  return `case when r.mode = 'plan' or (r.mode = 'ask' and ${now}.mode = 'auto') then r.mode else ${now}.mode end`
}

/** Sets the task's own row back: what is wanted and how far it was. Its state is another matter. */
export function setBackTask(tx: Tx, id: TaskId, text: string): Promise<number> {
  return tx.run(
    `update task set title = r.title, wish = r.wish, mode = ${modeAfter('task')}, priority = r.priority, budget_micro_usd = r.budget_micro_usd, plan = r.plan,
       summary = r.summary, ready_made = coalesce(r.ready_made, false), dry = coalesce(r.dry, false), updated_at = now()
     from jsonb_populate_record(null::task, $2::jsonb -> 0) r where task.id = $1::uuid`,
    [id, linesOf(text, 'task')],
  )
}

/** Whether the task's own row still says what it said then: what is wanted, by what settings, and how far the plan was. */
export async function saysTheSame(sql: Sql, id: TaskId, text: string): Promise<boolean> {
  const row = await sql.row(
    z.object({ same: z.boolean() }),
    `select (t.title, t.wish, t.mode, t.priority, t.budget_micro_usd, t.plan, t.summary, t.dry)
       is not distinct from (r.title, r.wish, ${modeAfter('t')}, r.priority, r.budget_micro_usd, r.plan, r.summary, coalesce(r.dry, false)) as same
     from task t, jsonb_populate_record(null::task, $2::jsonb -> 0) r where t.id = $1::uuid`,
    [id, linesOf(text, 'task')],
  )
  return row?.same ?? true
}

/** How far a plan was, and what was said of the result; mode and budget too, unless they are of another Lugh and its people. */
export function setBackPlan(tx: Tx, id: TaskId, text: string, foreign: boolean): Promise<number> {
  return tx.run(
    `update task set plan = r.plan, summary = r.summary, mode = case when $3::boolean then task.mode else ${modeAfter('task')} end,
       priority = case when $3::boolean then task.priority else r.priority end,
       budget_micro_usd = case when $3::boolean then task.budget_micro_usd else r.budget_micro_usd end
     from jsonb_populate_record(null::task, $2::jsonb -> 0) r where task.id = $1::uuid`,
    [id, linesOf(text, 'task'), foreign],
  )
}

export type Saved = {
  readonly base: string | null
  readonly tree: string | null
  readonly head: string | null
  readonly index: string | null
  readonly raw: boolean
}

/** From what the task's next worktree is made; the one it has is taken down. */
export async function setBackFiles(tx: Tx, id: TaskId, saved: Saved): Promise<void> {
  await tx.run(
    `update task set base_commit = $2::text, saved_tree = $3::text, saved_head = $4::text, saved_index = $5::text, saved_raw = $6::boolean where id = $1::uuid`,
    [id, saved.base, saved.tree, saved.head, saved.index, saved.raw],
  )
  await tx.run(`update worktree set state = 'removing', updated_at = now() where task_id = $1::uuid and state <> 'gone'`, [id])
}

/** Puts the task into a state from wherever it is; whoever works on it has lost it. Answers the state it was in. */
export async function setBackState(
  tx: Tx,
  id: TaskId,
  to: { state: TaskState; reason: string | null; ended: boolean },
): Promise<TaskState | undefined> {
  const row = await tx.row(
    z.object({ was: z.enum(TASK_STATES) }),
    `update task set state = $2::text, reason = $3::text, lease_holder = null, lease_until = null, fence = task.fence + 1, not_before = null, failures = 0,
       current_step = null, updated_at = now(), ended_at = case when $4::boolean then coalesce(task.ended_at, now()) end
     from task old where old.id = task.id and task.id = $1::uuid returning old.state as was`,
    [id, to.state, to.reason, to.ended],
  )
  return row?.was
}

/** State and reason of the task in a checkpoint's text. */
export async function stateIn(
  sql: Sql,
  text: string,
): Promise<{ state: TaskState; reason: string | null; number: number; title: string; wish: string; dry: boolean } | undefined> {
  return sql.row(
    z.object({
      state: z.enum(TASK_STATES),
      reason: z.string().nullable(),
      number: z.number(),
      title: z.string(),
      wish: z.string(),
      dry: z.boolean(),
    }),
    `select r.state, r.reason, r.number, r.title, r.wish, coalesce(r.dry, false) as dry from jsonb_populate_record(null::task, $1::jsonb -> 0) r where r.state is not null`,
    [linesOf(text, 'task')],
  )
}

/** A new task's conversation from another's: same words, new rows. `run` is what they are said to be of. */
export async function copyConversation(tx: Tx, id: TaskId, text: string, run: RunId): Promise<void> {
  await putRows(tx, 'message', linesOf(text, 'message'), { id: null, task_id: id, run_id: run })
  await putRows(tx, 'step', linesOf(text, 'step'), { id: null, task_id: id, run_id: run })
  await putRows(tx, 'steer', linesOf(text, 'steer'), { id: null, task_id: id, person_id: null })
}

/** The last run in a checkpoint's text as the first of a new task. Answers whether there was one. */
export async function copyRun(tx: Tx, id: TaskId, text: string, run: RunId): Promise<boolean> {
  return (
    (await tx.run(
      `insert into run (id, task_id, attempt, engine, model, fence, state, reason, turns, started_at, ended_at)
       select $1::uuid, $2::uuid, 1, r.engine, r.model, 0, 'stopped', 'as it was at a checkpoint', 0, r.started_at, now()
       from jsonb_populate_recordset(null::run, $3::jsonb) r order by r.attempt desc limit 1`,
      [run, id, linesOf(text, 'run')],
    )) === 1
  )
}

/** How many messages of a task, and how many words of people, came after what a checkpoint's text holds; and how many of the words nobody has heard yet. */
export async function cameSince(sql: Sql, id: TaskId, text: string): Promise<{ messages: number; words: number; unheard?: number }> {
  const row = await sql.row(
    z.object({ messages: z.number(), words: z.number(), unheard: z.number() }),
    `select (select count(*) from message m where m.task_id = $1::uuid and not exists (
         select from jsonb_array_elements($2::jsonb) e where (e ->> 'id')::bigint = m.id))::integer as messages,
       count(*)::integer as words, count(*) filter (where s.taken_seq is null)::integer as unheard
     from steer s where s.task_id = $1::uuid and s.person_id is not null and not exists (
       select from jsonb_array_elements($3::jsonb) e where (e ->> 'id')::bigint = s.id)`,
    [id, linesOf(text, 'message'), linesOf(text, 'steer')],
  )
  const { unheard = 0, ...came } = row ?? { messages: 0, words: 0 }
  return { ...came, ...(unheard === 0 ? {} : { unheard }) }
}

/** A task whose files are made already: from them its worktree is made, and its change is proposed without an agent. */
export function setReadyMade(tx: Tx, id: TaskId, made: Saved & { summary: string }): Promise<number> {
  return tx.run(
    `update task set ready_made = true, summary = $2::text, base_commit = $3::text, saved_tree = $4::text, saved_head = null, saved_index = null, saved_raw = $5::boolean
     where id = $1::uuid`,
    [id, made.summary, made.base, made.tree, made.raw],
  )
}
