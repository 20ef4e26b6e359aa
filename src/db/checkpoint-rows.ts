/**
 * Rows as a checkpoint keeps them: lines of a table's name and the row as JSON, made by the database and never parsed here, so
 * that columns of a later version come along by themselves. Only reads.
 */
import { TASK_STATES, TaskId, type ProjectId, type TaskState } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

/** Tables of a task, in an order in which they can be put back, with what sorts their rows. */
const OF_TASKS = {
  tasks: {
    task: 'id',
    task_dependency: 'needs_task_id',
    run: 'attempt',
    worktree: 'created_at, id',
    grant_rule: 'id',
    host_rule: 'created_at, id',
    change: 'number',
    landing: 'created_at, id',
    card: 'id',
  },
  conversation: {
    message: 'seq',
    step: 'id',
    steer: 'id',
    plan: 'number',
    question: 'created_at, id',
    approval: 'created_at, id',
    host_request: 'created_at, id',
  },
} as const
export type RowGroup = keyof typeof OF_TASKS

/** Tables of which a checkpoint holds rows; a table not here must be among those left out. */
export const KEPT_TABLES: readonly string[] = ['project', 'agent', ...Object.values(OF_TASKS).flatMap((tables) => Object.keys(tables))]

/** Tables no checkpoint holds, and why. */
export const LEFT_OUT_TABLES: Readonly<Record<string, string>> = {
  event: 'appended, never rolled back',
  cost: 'money that was spent stays spent',
  budget: 'limits hold for what is spent from now on',
  reservation: 'calls of this moment',
  budget_notice: 'money that was spent stays spent',
  budget_notice_task: 'money that was spent stays spent',
  checkpoint: 'no way back may remove another',
  checkpoint_file: 'what left and what came in stays so',
  restore: 'no way back may remove another',
  change_hunk: 'a way back ends the change they are of',
  hunk_verdict: 'a way back ends the change it is about',
  selection: 'a way back ends the change it is of',
  inbox: 'what Telegram delivered',
  upload: 'what was sent; the pictures an agent was shown stand in its conversation',
  upload_file: 'what was sent; the pictures an agent was shown stand in its conversation',
  outbox: 'what was sent cannot be unsent',
  button: 'drawn anew with its card',
  prompt: 'a question of minutes',
  attention: 'a card that shows what waits now',
  snooze: 'a reminder of an hour',
  quiet: 'people belong to the installation',
  notice_rule: 'people belong to the installation',
  personal: 'people belong to the installation',
  panel: 'drawn anew from the settings themselves',
  away: 'what becomes of unanswered questions is for people to say now',
  voice: 'what Telegram delivered',
  chat_group: 'chats belong to the installation',
  topic: 'chats belong to the installation',
  conversation: 'chats belong to the installation',
  person: 'people belong to the installation',
  pairing: 'people belong to the installation',
  stranger: 'people belong to the installation',
  token: 'who may speak for a person is for people to say now',
  connector: 'what a person connected stays connected',
  connector_tool: 'what a person accepted of a server is no part of the work',
  connector_proposal: 'what was decided about a proposal was decided',
  mcp_call: 'what was answered was answered',
  mcp_session: 'who is connected now',
  setting: 'settings belong to the installation',
  log: 'what was printed was printed',
  lease: 'who works at this moment',
  engine_choice: 'what works from now on is for people to say now',
  schema_migration: 'the schema itself',
}

const Line = z.object({ task: TaskId, line: z.string() })

/** The rows of some tasks, as text by task; a task without rows in the group is not in the answer. */
export async function rowsOfTasks(sql: Sql, group: RowGroup, tasks: readonly TaskId[]): Promise<Map<TaskId, string>> {
  const lines = new Map<TaskId, string[]>()
  if (tasks.length === 0) return new Map()
  for (const [table, order] of Object.entries(OF_TASKS[group])) {
    const key = table === 'task' ? 'id' : 'task_id'
    const found = await sql.rows(
      Line,
      `select ${key} as task, '${table} ' || to_jsonb(t)::text as line from ${table} t where ${key} = any($1::uuid[]) order by ${order}`,
      [tasks],
    )
    for (const { task, line } of found) {
      const known = lines.get(task)
      if (known === undefined) lines.set(task, [line])
      else known.push(line)
    }
  }
  return new Map([...lines].map(([task, all]) => [task, `${all.join('\n')}\n`]))
}

/** The project's own row, its agents', and what is allowed to all its tasks. */
export async function rowsOfProject(sql: Sql, id: ProjectId): Promise<string> {
  const rows = await sql.rows(
    z.object({ line: z.string() }),
    `select line from (
       select 0 as place, id, 'project ' || to_jsonb(p)::text as line from project p where id = $1::uuid
       union all select 1, id, 'agent ' || to_jsonb(a)::text from agent a where project_id = $1::uuid
       union all select 2, id, 'grant_rule ' || to_jsonb(g)::text from grant_rule g where project_id = $1::uuid and task_id is null
       union all select 3, id, 'host_rule ' || to_jsonb(h)::text from host_rule h where project_id = $1::uuid and task_id is null
     ) as lines order by place, id`,
    [id],
  )
  return `${rows.map(({ line }) => line).join('\n')}\n`
}

const Pulse = z.object({
  id: TaskId,
  number: z.number(),
  title: z.string(),
  state: z.enum(TASK_STATES),
  branch: z.string(),
  baseCommit: z.string().nullable(),
  savedTree: z.string().nullable(),
  savedHead: z.string().nullable(),
  savedIndex: z.string().nullable(),
  savedRaw: z.boolean(),
  /** Changes with everything that happens to the task. */
  stamp: z.string(),
  messages: z.number(),
  /** People have said something that the agent has not heard yet; it leaves no other mark on the task. */
  told: z.boolean(),
  /** A step is under way. */
  stepping: z.boolean(),
  worktree: z.string().nullable(),
})
/** How far a task is: two equal pulses mean that nothing of it has changed between them. */
export type Pulse = z.infer<typeof Pulse>

const PULSE = `select t.id, t.number, t.title, t.state, t.branch, t.base_commit as "baseCommit", t.saved_tree as "savedTree", t.saved_head as "savedHead",
    t.saved_index as "savedIndex", t.saved_raw as "savedRaw", w.path as worktree,
    (extract(epoch from t.updated_at) * 1000000)::bigint::text || '.' || t.fence as stamp,
    (select count(*) from message m where m.task_id = t.id)::integer as messages,
    exists (select 1 from steer s where s.task_id = t.id and s.taken_seq is null and s.person_id is not null) as told,
    exists (select 1 from step s where s.task_id = t.id and s.state = 'started') and t.state in ('preparing', 'running', 'proposing') as stepping
  from task t left join worktree w on w.task_id = t.id and w.state = 'ready'`

/** The tasks of a project that are in none of `states`. Dry runs are among them until somebody ended them: of those nothing is kept. */
export function pulsesExcept(sql: Sql, projectId: ProjectId, states: readonly TaskState[]): Promise<Pulse[]> {
  return sql.rows(
    Pulse,
    `${PULSE} where t.project_id = $1::uuid and not (t.state = any($2::text[]))
     and not (t.dry and t.state in ('stopped', 'failed')) order by t.number`,
    [projectId, states],
  )
}

/** These tasks as they are now, in no order. */
export function pulsesOf(sql: Sql, ids: readonly TaskId[]): Promise<Pulse[]> {
  return sql.rows(Pulse, `${PULSE} where t.id = any($1::uuid[])`, [ids])
}

/** How many tasks of a project are younger than `at`. */
export async function countYounger(sql: Sql, projectId: ProjectId, at: Date): Promise<number> {
  const row = await sql.row(
    z.object({ n: z.number() }),
    `select count(*)::integer as n from task where project_id = $1::uuid and created_at > $2::timestamptz`,
    [projectId, at],
  )
  return row?.n ?? 0
}

/** Tasks of a project in one of `states`, each with what changes when anything of it does. */
export function stampsOf(sql: Sql, projectId: ProjectId, states: readonly TaskState[]): Promise<{ id: TaskId; stamp: string }[]> {
  return sql.rows(
    z.object({ id: TaskId, stamp: z.string() }),
    `select id, (extract(epoch from updated_at) * 1000000)::bigint::text || '.' || fence as stamp from task
     where project_id = $1::uuid and state = any($2::text[]) order by number`,
    [projectId, states],
  )
}
