/** What waits for a person, over all tasks, and rows of `attention` (the cards that show it) and `snooze` (what shall be asked again later). */
import { ConversationId, type BotId, type PersonId, type TelegramChatId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

/** One card that waits: by its kind and subject; the task it is about, and since when. */
const Wait = z.object({
  kind: z.string(),
  subjectId: z.string(),
  task: z.number(),
  title: z.string(),
  project: z.string(),
  since: z.date(),
  later: z.boolean(),
})
export type Wait = z.infer<typeof Wait>

/** A phone is no place for more; the rest is counted. */
const MAX_WAITS = 200

/**
 * Every card that blocks something until a person answers, the oldest first, what was put off last (partial indexes on what is open).
 * Requests shown together are one.
 */
export function waitingFor(sql: Sql): Promise<Wait[]> {
  return sql.rows(
    Wait,
    `with w as (
       select 'approval' as kind, coalesce(shown_with, id)::text as subject_id, (array_agg(task_id order by created_at))[1] as task_id, min(created_at) as since
         from approval where state = 'pending' group by 2
       union all select 'host', coalesce(shown_with, id)::text, (array_agg(task_id order by created_at))[1], min(created_at)
         from host_request where state = 'pending' group by 2
       union all select 'question', id::text, task_id, created_at from question where state = 'pending'
       union all select 'plan', id::text, task_id, created_at from plan where state = 'proposed'
       union all select 'review', c.id::text, c.task_id, c.created_at from change c join task t on t.id = c.task_id
         where c.state = 'proposed' and t.state = 'review'
       union all select 'dryrun', id::text, id, updated_at from task where state = 'rehearsed'
       union all select 'budget', n.id::text, (array_agg(t.id order by t.number))[1], n.created_at
         from budget_notice n join budget_notice_task b on b.notice_id = n.id join task t on t.id = b.task_id
         where n.state = 'pending' and n.kind = 'stop' and t.state = 'paused' group by n.id
     )
     select w.kind, w.subject_id as "subjectId", t.number as task, t.title, p.name as project, w.since, s.until is not null as later
     from w join task t on t.id = w.task_id join project p on p.id = t.project_id
       left join snooze s on s.kind = w.kind and s.subject_id = w.subject_id and s.until > now()
     order by s.until nulls first, w.since, w.subject_id limit $1::integer`,
    [MAX_WAITS],
  )
}

const Attention = z.object({ id: z.string(), conversationId: ConversationId, shownKind: z.string().nullable(), shownSubject: z.string().nullable() })
export type Attention = z.infer<typeof Attention>
const ATTENTION = `id, conversation_id as "conversationId", shown_kind as "shownKind", shown_subject as "shownSubject"`

export function insertAttention(tx: Tx, id: string, conversationId: ConversationId): Promise<number> {
  return tx.run(`insert into attention (id, conversation_id) values ($1::uuid, $2::uuid)`, [id, conversationId])
}

export function attentionById(sql: Sql, id: string): Promise<Attention | undefined> {
  return sql.row(Attention, `select ${ATTENTION} from attention where id = $1::uuid`, [id])
}

/** What the card shows in full from now on; null: the overview. Two presses at once queue at the row. */
export function lockAttention(tx: Tx, id: string): Promise<Attention | undefined> {
  return tx.row(Attention, `select ${ATTENTION} from attention where id = $1::uuid for update`, [id])
}

export function turnAttention(tx: Tx, id: string, shown: Pick<Wait, 'kind' | 'subjectId'> | undefined): Promise<number> {
  return tx.run(`update attention set shown_kind = $2::text, shown_subject = $3::text where id = $1::uuid`, [
    id,
    shown?.kind ?? null,
    shown?.subjectId ?? null,
  ])
}

/** Messages of this chat's earlier attention cards, which are pinned no more once there is a newer one (index attention_place). */
export async function earlierAttention(sql: Sql, conversationId: ConversationId, id: string): Promise<number[]> {
  const rows = await sql.rows(
    z.object({ messageId: z.number() }),
    `select c.message_id as "messageId" from attention a join card c on c.kind = 'attention' and c.subject_id = a.id::text
     where a.conversation_id = $1::uuid and a.id <> $2::uuid and c.message_id is not null order by a.created_at desc limit 3`,
    [conversationId, id],
  )
  return rows.map(({ messageId }) => messageId)
}

/** The newest event, by which it is seen cheaply whether anything happened (primary key). */
export async function newestEvent(sql: Sql): Promise<number> {
  return (await sql.row(z.object({ id: z.number() }), `select coalesce(max(id), 0)::bigint as id from event`))?.id ?? 0
}

/** Puts a card off, for so many milliseconds from now. */
export function snooze(
  tx: Tx,
  s: { kind: string; subjectId: string; personId: PersonId; conversationId: ConversationId; ms: number },
): Promise<number> {
  return tx.run(
    `insert into snooze (kind, subject_id, person_id, conversation_id, until)
     values ($1::text, $2::text, $3::uuid, $4::uuid, now() + $5::bigint * interval '1 millisecond')
     on conflict (kind, subject_id) do update set person_id = excluded.person_id, conversation_id = excluded.conversation_id, until = excluded.until`,
    [s.kind, s.subjectId, s.personId, s.conversationId, s.ms],
  )
}

/** Whether anything put off is due: one look at a small table, without a write. */
export async function hasDueSnoozes(sql: Sql): Promise<boolean> {
  return (await sql.row(z.object({ n: z.number() }), `select count(*)::integer as n from snooze where until <= now()`))?.n !== 0
}

const Due = z.object({ kind: z.string(), subjectId: z.string(), conversationId: ConversationId })

/** Takes what was put off until now; whoever deletes the row reminds (two processes: one gets it). */
export function takeDueSnoozes(tx: Tx): Promise<z.infer<typeof Due>[]> {
  return tx.rows(Due, `delete from snooze where until <= now() returning kind, subject_id as "subjectId", conversation_id as "conversationId"`)
}

/** Where a subject's card is in this chat now, so that a reminder can lead to it. */
export async function cardMessageOf(sql: Sql, botId: BotId, chatId: TelegramChatId, kind: string, subjectId: string): Promise<number | undefined> {
  const row = await sql.row(
    z.object({ messageId: z.number() }),
    `select message_id as "messageId" from card where bot_id = $1::bigint and chat_id = $2::bigint and kind = $3::text and subject_id = $4::text and message_id is not null
     order by created_at desc limit 1`,
    [botId, chatId, kind, subjectId],
  )
  return row?.messageId
}
