/** Rows of `approval` and `question`: what an agent asks of a person, and what a person answered. */
import { APPROVAL_STATES, AWAY_WAYS, ApprovalId, PersonId, QUESTION_STATES, QuestionId, RunId, TaskId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** What a card of an approval shows: what is asked, the rule it could become, or more about it. */
export const APPROVAL_FACES = ['ask', 'always', 'details', 'why'] as const
export type ApprovalFace = (typeof APPROVAL_FACES)[number]

/** A call of a server's tool: which server, how it is started or reached, and what the tool was when it was asked about. */
const ServerCall = z.object({ connector: z.string(), server: z.string(), definition: z.string(), tool: z.string(), digest: z.string() })
/** What would happen; part of the digest. For `mcp`, `command` is the tool with its arguments, whole. */
export const ApprovalAction = z.object({
  tool: z.enum(['run_command', 'setup', 'mcp']),
  command: z.string(),
  cwd: z.string(),
  call: ServerCall.optional(),
})
export type ApprovalAction = z.infer<typeof ApprovalAction>

/** `on`: its agent went on without an answer, which may still come. */
const Lapsed = z.enum(AWAY_WAYS).nullable()

export const Approval = z.object({
  id: ApprovalId,
  taskId: TaskId,
  runId: RunId.nullable(),
  callId: z.string(),
  action: ApprovalAction,
  why: z.string(),
  risk: z.string(),
  digest: z.string(),
  state: z.enum(APPROVAL_STATES),
  scope: z.enum(['once', 'task', 'project']).nullable(),
  comment: z.string().nullable(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
  createdAt: z.date(),
  /** What the command would meet; part of the digest. */
  binding: z.record(z.string(), z.string()),
  /** The same for requests a person would answer alike. */
  alike: z.string().nullable(),
  /** The approval whose card shows this one; null: its own. */
  shownWith: ApprovalId.nullable(),
  face: z.enum(APPROVAL_FACES),
  /** What changed since it was first asked. */
  again: z.string().nullable(),
  lapsed: Lapsed,
})
export type Approval = z.infer<typeof Approval>

const APPROVAL = `id, task_id as "taskId", run_id as "runId", call_id as "callId", action, why, risk, digest, state, scope, comment,
  decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt", created_at as "createdAt", binding, alike, shown_with as "shownWith", face, again, lapsed`

type NewApproval = {
  id: ApprovalId
  taskId: TaskId
  runId: RunId | null
  callId: string
  action: ApprovalAction
  why: string
  risk: string
  digest: string
  binding: Readonly<Record<string, string>>
  alike: string
  shownWith: ApprovalId | null
}

/** One approval a tool call: asked again, it answers undefined. */
export function insertApproval(tx: Tx, a: NewApproval): Promise<Approval | undefined> {
  return tx.row(
    Approval,
    `insert into approval (id, task_id, run_id, call_id, action, why, risk, digest, state, binding, alike, shown_with)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::jsonb, $6::text, $7::text, $8::text, 'pending', $9::jsonb, $10::text, $11::uuid) on conflict (task_id, call_id) do nothing returning ${APPROVAL}`,
    [a.id, a.taskId, a.runId, a.callId, storableJson(a.action), a.why, a.risk, a.digest, storableJson(a.binding), a.alike, a.shownWith],
  )
}

export function approvalById(sql: Sql, id: ApprovalId): Promise<Approval | undefined> {
  return sql.row(Approval, `select ${APPROVAL} from approval where id = $1::uuid`, [id])
}

export function approvalOfCall(sql: Sql, taskId: TaskId, callId: string): Promise<Approval | undefined> {
  return sql.row(Approval, `select ${APPROVAL} from approval where task_id = $1::uuid and call_id = $2::text`, [taskId, callId])
}

/** The states of what this run has asked and not used up by a step (unique keys of both tables). */
export async function approvalsNotUsed(sql: Sql, taskId: TaskId, runId: RunId): Promise<Approval['state'][]> {
  const rows = await sql.rows(
    z.object({ state: z.enum(APPROVAL_STATES) }),
    `select case when a.state = 'pending' and a.lapsed = 'on' then 'denied' else a.state end as state from approval a where a.task_id = $1::uuid and a.run_id = $2::uuid
       and a.state in ('pending', 'allowed', 'denied') and not exists (select 1 from step s where s.task_id = a.task_id and s.call_id = a.call_id)`,
    [taskId, runId],
  )
  return rows.map(({ state }) => state)
}

/** The one compare-and-set that decides: pending, and the digest is the one that was shown. Every later tap gets undefined. */
export function decideApprovalRow(
  tx: Tx,
  d: {
    id: ApprovalId
    digest: string
    state: 'allowed' | 'denied'
    scope: Approval['scope']
    comment: string | null
    by: PersonId
    door: string
  },
): Promise<Approval | undefined> {
  return tx.row(
    Approval,
    `update approval set state = $3::text, scope = $4::text, comment = $5::text, decided_by = $6::uuid, decided_door = $7::text, decided_at = now()
     where id = $1::uuid and digest = $2::text and state = 'pending' returning ${APPROVAL}`,
    [d.id, d.digest, d.state, d.scope, d.comment, d.by, d.door],
  )
}

type Again = Pick<NewApproval, 'id' | 'runId' | 'action' | 'binding' | 'digest' | 'why' | 'risk'> & { again: string }

/** What was asked no longer is what would happen: asks anew under the same call, on a card of its own. */
export function reaskApproval(tx: Tx, a: Again): Promise<number> {
  return tx.run(
    `update approval set state = 'pending', run_id = $2::uuid, action = $3::jsonb, digest = $4::text, binding = $5::jsonb, why = $6::text, risk = $7::text,
       scope = null, decided_by = null, decided_at = null, asked_at = now(), lapsed = null, face = 'ask', shown_with = null, again = $8::text where id = $1::uuid`,
    [a.id, a.runId, storableJson(a.action), a.digest, storableJson(a.binding), a.why, a.risk, a.again],
  )
}

/** What was asked before about the same act, whose agent went on without an answer (index approval_task_call). */
export function lapsedAlike(sql: Sql, taskId: TaskId, action: ApprovalAction): Promise<Approval | undefined> {
  return sql.row(
    Approval,
    `select ${APPROVAL} from approval where task_id = $1::uuid and lapsed = 'on' and action = $2::jsonb and state in ('pending', 'allowed', 'denied')
     order by created_at desc limit 1`,
    [taskId, storableJson(action)],
  )
}

/** Turns the card to another face while it still asks. */
export function turnApproval(tx: Tx, id: ApprovalId, face: ApprovalFace): Promise<number> {
  return tx.run(`update approval set face = $2::text where id = $1::uuid and state = 'pending'`, [id, face])
}

/**
 * The oldest pending approval that asks the same in the same place and has a card of its own (index approval_alike). The lock makes two
 * that begin to ask at once see each other.
 */
export async function approvalToJoin(tx: Tx, alike: string, taskId: TaskId): Promise<ApprovalId | undefined> {
  await tx.run(`select pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [alike])
  const row = await tx.row(
    z.object({ id: ApprovalId }),
    `select a.id from approval a join task t on t.id = a.task_id join task own on own.id = $2::uuid
     where a.alike = $1::text and a.state = 'pending' and a.shown_with is null and a.task_id <> own.id and t.conversation_id = own.conversation_id
     order by a.created_at limit 1`,
    [alike, taskId],
  )
  return row?.id
}

/** The approvals one card shows, its own first (index approval_shown_with). */
export function approvalsShownOn(sql: Sql, id: ApprovalId): Promise<Approval[]> {
  return sql.rows(
    Approval,
    `select ${APPROVAL} from approval where id = $1::uuid or shown_with = $1::uuid order by (id = $1::uuid) desc, created_at`,
    [id],
  )
}

const ForeignCard = z.object({ kind: z.enum(['approval', 'host']), subjectId: z.string() })

/** The cards that show what a task asks, when those are other tasks' cards. */
export function foreignCardsOf(sql: Sql, taskId: TaskId): Promise<z.infer<typeof ForeignCard>[]> {
  return sql.rows(
    ForeignCard,
    `select 'approval' as kind, shown_with as "subjectId" from approval where task_id = $1::uuid and shown_with is not null
     union select 'host', shown_with from host_request where task_id = $1::uuid and shown_with is not null`,
    [taskId],
  )
}

export function withdrawAsked(tx: Tx, taskId: TaskId): Promise<number> {
  return tx.run(
    `with h as (update host_request set state = 'withdrawn', decided_at = now() where task_id = $1::uuid and state = 'pending'),
       q as (update question set state = 'withdrawn' where task_id = $1::uuid and state = 'pending'),
       p as (update plan set state = 'withdrawn', decided_at = now() where task_id = $1::uuid and state = 'proposed')
     update approval set state = 'withdrawn', decided_at = now() where task_id = $1::uuid and state = 'pending'`,
    [taskId],
  )
}

/** What an engine held a question about when it was ended: it asks anew, and this card would answer nobody. */
export function withdrawApprovals(tx: Tx, taskId: TaskId): Promise<number> {
  return tx.run(`update approval set state = 'withdrawn', decided_at = now() where task_id = $1::uuid and state = 'pending'`, [taskId])
}

export function pendingApprovals(sql: Sql): Promise<Approval[]> {
  return sql.rows(Approval, `select ${APPROVAL} from approval where state = 'pending' order by created_at`)
}

export const Question = z.object({
  id: QuestionId,
  taskId: TaskId,
  callId: z.string(),
  text: z.string(),
  options: z.array(z.string()),
  /** Of so many that were asked at once; one is shown at a time. */
  nth: z.number(),
  total: z.number(),
  state: z.enum(QUESTION_STATES),
  answer: z.string().nullable(),
  answeredBy: PersonId.nullable(),
  answeredDoor: z.string().nullable(),
  answeredAt: z.date().nullable(),
  /** Of its options the one that does no harm, as its agent says. */
  safe: z.string().nullable(),
  lapsed: Lapsed,
})
export type Question = z.infer<typeof Question>
const QUESTION = `id, task_id as "taskId", call_id as "callId", text, options, nth, total, state, answer, answered_by as "answeredBy", answered_door as "answeredDoor", answered_at as "answeredAt", safe, lapsed`

export function insertQuestion(
  tx: Tx,
  q: {
    id: QuestionId
    taskId: TaskId
    runId: RunId
    callId: string
    text: string
    options: readonly string[]
    nth: number
    total: number
    safe?: string
  },
): Promise<Question | undefined> {
  return tx.row(
    Question,
    `insert into question (id, task_id, run_id, call_id, text, options, nth, total, safe, state)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::jsonb, $7::integer, $8::integer, $9::text, 'pending')
     on conflict (task_id, call_id) do nothing returning ${QUESTION}`,
    [q.id, q.taskId, q.runId, q.callId, q.text, storableJson(q.options), q.nth, q.total, q.safe ?? null],
  )
}

export function questionById(sql: Sql, id: QuestionId): Promise<Question | undefined> {
  return sql.row(Question, `select ${QUESTION} from question where id = $1::uuid`, [id])
}

export function questionOfCall(sql: Sql, taskId: TaskId, callId: string): Promise<Question | undefined> {
  return sql.row(Question, `select ${QUESTION} from question where task_id = $1::uuid and call_id = $2::text`, [taskId, callId])
}

/** The question its agent waits with; not one that it went on without. */
export function pendingQuestion(sql: Sql, taskId: TaskId): Promise<Question | undefined> {
  return sql.row(
    Question,
    `select ${QUESTION} from question where task_id = $1::uuid and state = 'pending' and lapsed is distinct from 'on' order by created_at limit 1`,
    [taskId],
  )
}

/** First answer wins; a later one gets undefined. */
export function answerQuestionRow(tx: Tx, id: QuestionId, answer: string, by: PersonId, door: string): Promise<Question | undefined> {
  return tx.row(
    Question,
    `update question set state = 'answered', answer = $2::text, answered_by = $3::uuid, answered_door = $4::text, answered_at = now() where id = $1::uuid and state = 'pending' returning ${QUESTION}`,
    [id, answer, by, door],
  )
}

/** How many approvals, questions and plans the task still waits for. */
export function stillAsked(sql: Sql, taskId: TaskId): Promise<number> {
  return sql
    .row(
      z.object({ n: z.number() }),
      `select ((select count(*) from approval where task_id = $1::uuid and state = 'pending' and lapsed is distinct from 'on')
         + (select count(*) from question where task_id = $1::uuid and state = 'pending' and lapsed is distinct from 'on')
         + (select count(*) from host_request where task_id = $1::uuid and state = 'pending')
         + (select count(*) from plan where task_id = $1::uuid and state = 'proposed'))::integer as n`,
      [taskId],
    )
    .then((row) => row?.n ?? 0)
}
