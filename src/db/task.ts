/** Rows of `task`: one thing to achieve. Every change of state is one compare-and-set here. */
import { AgentId, CLAIMABLE, ConversationId, MODES, PersonId, ProjectId, TASK_STATES, TaskId, type Mode, type TaskState } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export const Task = z.object({
  id: TaskId,
  number: z.number(),
  projectId: ProjectId,
  agentId: AgentId.nullable(),
  conversationId: ConversationId.nullable(),
  personId: PersonId.nullable(),
  /** The task a dry run tries out. */
  parentId: TaskId.nullable(),
  dry: z.boolean(),
  title: z.string(),
  wish: z.string(),
  mode: z.enum(MODES).nullable(),
  state: z.enum(TASK_STATES),
  reason: z.string().nullable(),
  branch: z.string(),
  baseCommit: z.string().nullable(),
  savedTree: z.string().nullable(),
  savedHead: z.string().nullable(),
  savedIndex: z.string().nullable(),
  savedRaw: z.boolean(),
  readyMade: z.boolean(),
  summary: z.string().nullable(),
  plan: z.array(z.object({ text: z.string(), state: z.enum(['todo', 'doing', 'done']) })),
  currentStep: z.string().nullable(),
  attempts: z.number(),
  failures: z.number(),
  fence: z.number(),
  replyToMessageId: z.number().nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** From the first claim to the end, or to now. */
  elapsedMs: z.number().nullable(),
})
export type Task = z.infer<typeof Task>

const COLUMNS = `task.id, task.number, task.project_id as "projectId", task.agent_id as "agentId", task.conversation_id as "conversationId",
  task.person_id as "personId", task.parent_id as "parentId", task.dry, task.title, task.wish, task.mode, task.state, task.reason, task.branch, task.base_commit as "baseCommit",
  task.saved_tree as "savedTree", task.saved_head as "savedHead", task.saved_index as "savedIndex", task.saved_raw as "savedRaw", task.ready_made as "readyMade", task.summary, task.plan, task.current_step as "currentStep", task.attempts, task.failures, task.fence,
  task.reply_to_message_id as "replyToMessageId", task.created_at as "createdAt", task.started_at as "startedAt", task.ended_at as "endedAt",
  (extract(epoch from coalesce(task.ended_at, now()) - task.started_at) * 1000)::bigint as "elapsedMs"`

/** Any number will do, as long as every Lugh uses the same: "task" in ASCII. */
const NUMBER_LOCK = 0x7461736b

/**
 * The next task's number; the lock makes another transaction wait for this one to end. Not a sequence: after a crash those jump by up to
 * 32 (what PostgreSQL logs ahead), and people see these numbers.
 */
export async function nextTaskNumber(tx: Tx): Promise<number> {
  await tx.run(`select pg_advisory_xact_lock($1::bigint)`, [NUMBER_LOCK])
  const row = await tx.row(z.object({ n: z.number() }), `select coalesce(max(number), 0) + 1 as n from task`)
  return row?.n ?? 1
}

export type NewTask = {
  id: TaskId
  number: number
  projectId: ProjectId
  agentId: AgentId | null
  conversationId: ConversationId | null
  personId: PersonId
  title: string
  wish: string
  mode: Mode | null
  branch: string
  callKey: string
  replyToMessageId: number | null
  parentId?: TaskId
  dry?: boolean
}

/** Answers undefined when a task with this call key exists: the same request asked twice is one task. */
export function insertTask(tx: Tx, t: NewTask): Promise<Task | undefined> {
  return tx.row(
    Task,
    `insert into task (id, number, project_id, agent_id, conversation_id, person_id, title, wish, mode, branch, call_key, reply_to_message_id, parent_id, dry, state)
     values ($1::uuid, $2::integer, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7::text, $8::text, $9::text, $10::text, $11::text, $12::bigint, $13::uuid, $14::boolean, 'queued')
     on conflict (call_key) do nothing returning ${COLUMNS}`,
    [
      t.id,
      t.number,
      t.projectId,
      t.agentId,
      t.conversationId,
      t.personId,
      t.title,
      t.wish,
      t.mode,
      t.branch,
      t.callKey,
      t.replyToMessageId,
      t.parentId ?? null,
      t.dry ?? false,
    ],
  )
}

export function taskByCallKey(sql: Sql, callKey: string): Promise<Task | undefined> {
  return sql.row(Task, `select ${COLUMNS} from task where call_key = $1::text`, [callKey])
}

/** The task a message asked for (index task_message). */
export function taskOfMessage(sql: Sql, conversationId: ConversationId, messageId: number): Promise<Task | undefined> {
  return sql.row(
    Task,
    `select ${COLUMNS} from task where reply_to_message_id = $2::bigint and conversation_id in (select o.id from conversation c
       join conversation o on o.bot_id = c.bot_id and o.chat_id = c.chat_id where c.id = $1::uuid) order by number desc limit 1`,
    [conversationId, messageId],
  )
}

/** The task is spoken about elsewhere from now on, where its wish is no message it could answer. */
export function setTaskConversation(tx: Tx, id: TaskId, conversationId: ConversationId): Promise<number> {
  return tx.run(`update task set conversation_id = $2::uuid, reply_to_message_id = null, updated_at = now() where id = $1::uuid`, [
    id,
    conversationId,
  ])
}

/** Another wish in place of the one nobody has begun with (compare-and-set on that); answers undefined when somebody has. */
export function rewordTask(tx: Tx, id: TaskId, to: { wish: string; title: string; branch: string }): Promise<Task | undefined> {
  return tx.row(
    Task,
    `update task set wish = $2::text, title = $3::text, branch = $4::text, updated_at = now()
     where id = $1::uuid and state = 'queued' and started_at is null returning ${COLUMNS}`,
    [id, to.wish, to.title, to.branch],
  )
}

/** The request a task was made by; see `Caller.callKey`. */
export async function callKeyOfTask(sql: Sql, id: TaskId): Promise<string | undefined> {
  return (await sql.row(z.object({ callKey: z.string() }), `select call_key as "callKey" from task where id = $1::uuid`, [id]))?.callKey
}

export function taskById(sql: Sql, id: TaskId): Promise<Task | undefined> {
  return sql.row(Task, `select ${COLUMNS} from task where id = $1::uuid`, [id])
}

export function taskByNumber(sql: Sql, number: number): Promise<Task | undefined> {
  return sql.row(Task, `select ${COLUMNS} from task where number = $1::integer`, [number])
}

/** The newest tasks, of one project, of some or of all, optionally in given states and older than a number. */
export function listTasks(
  sql: Sql,
  filter: { projectId?: ProjectId; projects?: readonly ProjectId[]; states?: readonly TaskState[]; before?: number; limit: number },
): Promise<Task[]> {
  return sql.rows(
    Task,
    `select ${COLUMNS} from task where ($1::uuid is null or project_id = $1::uuid) and ($2::text[] is null or state = any($2::text[]))
       and ($4::integer is null or number < $4::integer) and ($5::uuid[] is null or project_id = any($5::uuid[])) order by number desc limit $3::integer`,
    [filter.projectId ?? null, filter.states ?? null, filter.limit, filter.before ?? null, filter.projects ?? null],
  )
}

export function countTasks(sql: Sql): Promise<{ state: TaskState; n: number }[]> {
  return sql.rows(z.object({ state: z.enum(TASK_STATES), n: z.number() }), `select state, count(*)::integer as n from task group by state`)
}

/**
 * Takes one task of this home's projects with work to do and no live lease, the oldest of the highest priority first; `for update skip locked`
 * decides between workers (index task_claimable). The fencing number grows with every claim: whoever held it before can
 * change nothing any more.
 */
export function claimTask(tx: Tx, home: string, holder: string, leaseMs: number): Promise<Task | undefined> {
  return tx.row(
    Task,
    `with next as (
       select t.id from task t join project p on p.id = t.project_id and p.home = $4::text
       where t.state = any($3::text[]) and (t.lease_until is null or t.lease_until < now()) and (t.not_before is null or t.not_before <= now())
         and not exists (
           select 1 from task_dependency d join task n on n.id = d.needs_task_id where d.task_id = t.id and n.state not in ('merged', 'kept', 'answered')
         )
       order by t.priority desc, t.number limit 1 for update of t skip locked
     )
     update task set lease_holder = $1::text, lease_until = now() + $2::integer * interval '1 millisecond', fence = task.fence + 1, not_before = null,
       started_at = coalesce(task.started_at, now()), updated_at = now()
     from next where task.id = next.id returning ${COLUMNS}`,
    [holder, leaseMs, CLAIMABLE, home],
  )
}

/** Extends the leases this holder still has on these tasks; answers their ids with the fencing number, so that the lost ones are known. */
export function renewLeases(sql: Sql, holder: string, leaseMs: number, ids: readonly TaskId[]): Promise<{ id: TaskId; fence: number }[]> {
  return sql.rows(
    z.object({ id: TaskId, fence: z.number() }),
    `update task set lease_until = now() + $2::integer * interval '1 millisecond' where id = any($3::uuid[]) and lease_holder = $1::text and lease_until is not null returning id, fence`,
    [holder, leaseMs, ids],
  )
}

/** Frees the leases that an earlier life of this home held: it is dead, because this process holds the home's lock. */
export function reclaimTasks(sql: Sql, holderPrefix: string): Promise<number> {
  return sql.run(`update task set lease_holder = null, lease_until = null where lease_holder like $1::text || '%'`, [holderPrefix])
}

/** Whether this fencing number still owns the task; locks the row, so that the answer holds until the transaction ends. */
export function holdTask(tx: Tx, id: TaskId, fence: number): Promise<Task | undefined> {
  return tx.row(Task, `select ${COLUMNS} from task where id = $1::uuid and fence = $2::bigint and lease_holder is not null for update`, [id, fence])
}

/** Locks the task's row for a decision of a person; everything that decides about one task queues here. */
export function lockTask(tx: Tx, id: TaskId): Promise<Task | undefined> {
  return tx.row(Task, `select ${COLUMNS} from task where id = $1::uuid for update`, [id])
}

/**
 * Moves the task when its state is one of `from`; answers undefined when it is not. `release` gives the lease back and
 * outdates the fencing number, so that a worker still busy with the old state can write nothing.
 */
export function moveTaskRow(
  tx: Tx,
  m: { id: TaskId; from: readonly TaskState[]; to: TaskState; reason: string | null; release: boolean; ended: boolean },
): Promise<Task | undefined> {
  return tx.row(
    Task,
    `update task set state = $3::text, reason = $4::text, updated_at = now(),
       lease_holder = case when $5::boolean then null else lease_holder end,
       lease_until = case when $5::boolean then null else lease_until end,
       fence = case when $5::boolean then fence + 1 else fence end,
       not_before = null,
       failures = 0,
       current_step = case when $3::text in ('running', 'preparing', 'waiting', 'proposing') then current_step else null end,
       ended_at = case when $6::boolean then now() else null end
     where id = $1::uuid and state = any($2::text[]) returning ${COLUMNS}`,
    [m.id, m.from, m.to, m.reason, m.release, m.ended],
  )
}

/** Gives a lease back without changing the state, to be tried again not before `delayMs` from now. */
export function postponeTask(tx: Tx, id: TaskId, fence: number, later: { delayMs: number; reason: string | null; counts: boolean }): Promise<number> {
  return tx.run(
    `update task set lease_holder = null, lease_until = null, fence = fence + 1, failures = failures + $5::integer, reason = $4::text,
       not_before = now() + $3::integer * interval '1 millisecond' where id = $1::uuid and fence = $2::bigint`,
    [id, fence, later.delayMs, later.reason, later.counts ? 1 : 0],
  )
}

export function setTaskBase(tx: Tx, id: TaskId, baseCommit: string): Promise<number> {
  return tx.run(`update task set base_commit = $2::text, failures = 0 where id = $1::uuid`, [id, baseCommit])
}

/** What failed before has succeeded: the count of failures in a row starts again. */
export function noteProgress(tx: Tx, id: TaskId): Promise<number> {
  return tx.run(`update task set failures = 0, reason = null where id = $1::uuid and (failures > 0 or reason is not null)`, [id])
}

/** The tree its next worktree is made from; what was staged and committed there is no longer known. */
export function setSavedTree(tx: Tx, id: TaskId, tree: string | null): Promise<number> {
  return tx.run(`update task set saved_tree = $2::text, saved_head = null, saved_index = null, saved_raw = false where id = $1::uuid`, [id, tree])
}

export function setPlan(tx: Tx, id: TaskId, plan: Task['plan']): Promise<number> {
  return tx.run(`update task set plan = $2::jsonb where id = $1::uuid`, [id, storableJson(plan)])
}

export function setCurrentStep(tx: Tx, id: TaskId, line: string | null): Promise<number> {
  return tx.run(`update task set current_step = $2::text, updated_at = now() where id = $1::uuid`, [id, line])
}

export function setSummary(tx: Tx, id: TaskId, summary: string): Promise<number> {
  return tx.run(`update task set summary = $2::text where id = $1::uuid`, [id, summary])
}

export function setTaskAgent(tx: Tx, id: TaskId, agentId: AgentId): Promise<number> {
  return tx.run(`update task set agent_id = $2::uuid where id = $1::uuid`, [id, agentId])
}

export function setTaskMode(tx: Tx, id: TaskId, mode: Mode): Promise<number> {
  return tx.run(`update task set mode = $2::text where id = $1::uuid`, [id, mode])
}

export function addDependency(tx: Tx, id: TaskId, needs: TaskId): Promise<number> {
  return tx.run(`insert into task_dependency (task_id, needs_task_id) values ($1::uuid, $2::uuid) on conflict do nothing`, [id, needs])
}
