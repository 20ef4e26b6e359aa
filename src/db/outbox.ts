/** Rows of `outbox`: what waits to leave, in order per chat. The sender (one per bot, by lease) alone changes their state. */
import { BotId, CardId, ChangeId, NOTICE_CLASSES, TaskId, TelegramChatId, type Text } from '#core'
import { z } from 'zod'
import { enqueueCaption } from './enqueue.ts'
import { storableJson } from './outbox-body.ts'
import type { Db, Sql, Tx } from './port.ts'

const OUTBOX_KINDS = ['text', 'document', 'card', 'reaction', 'callback', 'prompt', 'pin', 'pictures', 'caption', 'leave', 'topic'] as const

export const OutboxRow = z.object({
  id: z.number(),
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  /** The thread as Telegram counts it; 0 where there is none (any more). */
  sendTo: z.number(),
  kind: z.enum(OUTBOX_KINDS),
  key: z.string(),
  /** By kind; see outbox-body.ts. */
  body: z.unknown(),
  cardId: CardId.nullable(),
  taskId: TaskId.nullable(),
  changeId: ChangeId.nullable(),
  replyTo: z.number().nullable(),
  loud: z.boolean(),
  class: z.enum(NOTICE_CLASSES).nullable(),
  state: z.enum(['pending', 'sending', 'sent', 'refused']),
  partsSent: z.number(),
  attempts: z.number(),
  messageIds: z.array(z.number()),
  /** Milliseconds until it may be tried, by the database's clock: machines may disagree about the time. */
  waitMs: z.number(),
})
export type OutboxRow = z.infer<typeof OutboxRow>

/** A thread is Telegram's own unless a topic says otherwise (primary key of topic). */
const SEND_TO = `case when thread_id = 0 then 0 else coalesce((select case when t.state = 'gone' then 0 else coalesce(t.message_thread_id, 0) end from topic t
  where t.bot_id = outbox.bot_id and t.chat_id = outbox.chat_id and t.thread_id = outbox.thread_id), greatest(thread_id, 0)) end`
const COLUMNS = `id, bot_id as "botId", chat_id as "chatId", thread_id as "threadId", ${SEND_TO} as "sendTo", kind, key, body, card_id as "cardId", task_id as "taskId",
  change_id as "changeId", reply_to_message_id as "replyTo", loud, class, state, parts_sent as "partsSent", attempts, message_ids as "messageIds",
  greatest(0, ceil(extract(epoch from not_before - clock_timestamp()) * 1000))::integer as "waitMs"`

const ORDERED = `bot_id = $1::bigint and chat_id = $2::bigint and state in ('pending', 'sending')
  and kind in ('text', 'document', 'card', 'prompt', 'pin', 'pictures', 'caption', 'leave', 'topic')`

/**
 * The oldest open row of a chat among those that keep order (index outbox_open): while it waits, all behind it wait. In a group each thread has
 * an order of its own, and of what is first in theirs decisions go before the rest: twenty messages a minute are all of them together.
 */
export function nextInOrder(sql: Sql, botId: BotId, chatId: TelegramChatId): Promise<OutboxRow | undefined> {
  const oldest = `select ${COLUMNS} from outbox where ${ORDERED} order by id limit 1`
  const firsts = `select ${COLUMNS} from outbox where id in (select min(id) from outbox where ${ORDERED} group by thread_id)
    order by (not_before > clock_timestamp()), (class in ('decision', 'question')) desc nulls last, id limit 1`
  return sql.row(OutboxRow, chatId < 0 ? firsts : oldest, [botId, chatId])
}

/** Open reactions and answers to presses of a chat, which overtake everything (index outbox_open). */
export function nextQuick(sql: Sql, botId: BotId, chatId: TelegramChatId, limit: number): Promise<OutboxRow[]> {
  return sql.rows(
    OutboxRow,
    `select ${COLUMNS} from outbox where bot_id = $1::bigint and chat_id = $2::bigint and state in ('pending', 'sending')
       and kind in ('reaction', 'callback') order by id limit $3::integer`,
    [botId, chatId, limit],
  )
}

const Chat = z.object({ chatId: TelegramChatId })

/** Chats with an open row (index outbox_open). */
export function chatsWithOutbox(sql: Sql, botId: BotId): Promise<{ chatId: TelegramChatId }[]> {
  return sql.rows(Chat, `select distinct chat_id as "chatId" from outbox where bot_id = $1::bigint and state in ('pending', 'sending')`, [botId])
}

/** The intent: from here on, until an outcome is written, nobody knows whether Telegram has it. */
export function markSending(sql: Sql, id: number): Promise<number> {
  return sql.run(`update outbox set state = 'sending', attempts = attempts + 1 where id = $1::bigint and state in ('pending', 'sending')`, [id])
}

/** What one part became is written once, however often it is tried: the row as it was read says which part that was. */
const THIS_PART = `id = $1::bigint and state <> 'sent' and parts_sent = $2::integer`

/** One part of several has arrived as these messages. Answers 0 when that is written already. */
export function recordPart(sql: Sql, { id, partsSent }: Pick<OutboxRow, 'id' | 'partsSent'>, messageIds: readonly number[]): Promise<number> {
  return sql.run(
    `update outbox set state = 'pending', attempts = 0, parts_sent = parts_sent + 1, message_ids = message_ids || $3::jsonb where ${THIS_PART}`,
    [id, partsSent, JSON.stringify(messageIds)],
  )
}

/** The last (or only) part has arrived. Answers 0 when that is written already. */
export function markSent(sql: Sql, { id, partsSent }: Pick<OutboxRow, 'id' | 'partsSent'>, messageIds: readonly number[]): Promise<number> {
  return sql.run(
    `update outbox set state = 'sent', sent_at = now(), parts_sent = parts_sent + 1, message_ids = message_ids || $3::jsonb, failure = null where ${THIS_PART}`,
    [id, partsSent, JSON.stringify(messageIds)],
  )
}

/** Telegram said no, for good. */
export function markOutboxRefused(tx: Sql, id: number, failure: string): Promise<number> {
  return tx.run(`update outbox set state = 'refused', failure = $2::text where id = $1::bigint`, [id, failure])
}

/** Not now: tried again after `delayMs`, in its place. */
export function retryOutbox(sql: Sql, id: number, delayMs: number, failure: string): Promise<number> {
  return sql.run(
    `update outbox set state = 'pending', not_before = clock_timestamp() + $2::integer * interval '1 millisecond', failure = $3::text where id = $1::bigint`,
    [id, delayMs, failure],
  )
}

/** The chat has another number: the row goes there, answering nothing, since messages stayed behind. Wakes the sender. */
export async function sendElsewhere(db: Db, id: number, chatId: TelegramChatId): Promise<number> {
  const moved = await db.run(
    `update outbox set chat_id = $2::bigint, reply_to_message_id = null, state = 'pending', not_before = now()
     where id = $1::bigint and state in ('pending', 'sending')`,
    [id, chatId],
  )
  await db.notify('outbox', String(chatId))
  return moved
}

/** The message a row answers is gone: it is sent without, and says so; a card in its own words, however often it is drawn. */
export function dropReply(sql: Sql, id: number): Promise<number> {
  return sql.run(
    `with row as (
       update outbox set reply_to_message_id = null, body = body || $2::jsonb, state = 'pending' where id = $1::bigint returning card_id
     )
     update card set reply_to_message_id = null, reply_lost = true from row where card.id = row.card_id`,
    [id, storableJson({ replyLost: true })],
  )
}

/** The pictures of a row cannot be had: it goes on as text, from its beginning. Only before any part of it has arrived. */
export function picturesAsText(sql: Sql, id: number, reason: string): Promise<number> {
  return sql.run(
    `update outbox set body = body || $2::jsonb, state = 'pending', attempts = 0, not_before = now(), failure = $3::text
     where id = $1::bigint and kind = 'pictures' and parts_sent = 0 and not body ? 'asText'`,
    [id, storableJson({ asText: reason }), reason],
  )
}

const Ids = z.object({ ids: z.array(z.number()) })

/** The messages that a row's pictures became; none where text stood in. */
export async function albumOf(sql: Sql, id: number): Promise<number[]> {
  const row = await sql.row(Ids, `select message_ids as ids from outbox where id = $1::bigint and kind = 'pictures' and not body ? 'asText'`, [id])
  return row?.ids ?? []
}

/** The messages a row has become so far. */
export async function messagesOf(sql: Sql, id: number): Promise<number[]> {
  return (await sql.row(Ids, `select message_ids as ids from outbox where id = $1::bigint`, [id]))?.ids ?? []
}

/** Whether text stands in for the pictures of a change (index outbox_change). */
export async function shownAsText(sql: Sql, changeId: ChangeId): Promise<boolean> {
  const row = await sql.row(
    Shown,
    `select coalesce(bool_or(body ? 'asText'), false) as shown from outbox where change_id = $1::uuid and kind = 'pictures'`,
    [changeId],
  )
  return row?.shown ?? false
}

/** Says under each album of a change that it is outdated, in its turn. */
export async function markAlbumsOutdated(tx: Tx, changeId: ChangeId, why: Text): Promise<void> {
  const albums = await tx.rows(
    Album,
    `select id, bot_id as "botId", chat_id as "chatId", thread_id as "threadId", task_id as "taskId" from outbox where change_id = $1::uuid and kind = 'pictures'`,
    [changeId],
  )
  for (const { id, taskId, ...place } of albums)
    await enqueueCaption(tx, { ...place, key: `outdated:${id}`, outboxId: id, text: why, ...(taskId === null ? {} : { taskId }) })
}

const Album = z.object({ id: z.number(), botId: BotId, chatId: TelegramChatId, threadId: z.number(), taskId: TaskId.nullable() })
const Shown = z.object({ shown: z.boolean() })

/** Whether Telegram has accepted every row of the change, and there is one (index outbox_change). */
export async function changeShown(sql: Sql, changeId: ChangeId): Promise<boolean> {
  const row = await sql.row(Shown, `select coalesce(bool_and(state = 'sent'), false) as shown from outbox where change_id = $1::uuid`, [changeId])
  return row?.shown ?? false
}

/** Whether no row of the change waits any more, sent or refused (index outbox_change). */
export async function changeSettled(sql: Sql, changeId: ChangeId): Promise<boolean> {
  const row = await sql.row(Shown, `select coalesce(bool_and(state in ('sent', 'refused')), true) as shown from outbox where change_id = $1::uuid`, [
    changeId,
  ])
  return row?.shown ?? true
}

const About = z.object({ taskId: TaskId.nullable(), changeId: ChangeId.nullable(), cardId: CardId.nullable() })

/** What a message of ours is about (index outbox_message_ids). */
export function outboxByMessage(sql: Sql, botId: BotId, chatId: TelegramChatId, messageId: number): Promise<z.infer<typeof About> | undefined> {
  return sql.row(
    About,
    `select task_id as "taskId", change_id as "changeId", card_id as "cardId" from outbox
     where message_ids @> $3::jsonb and bot_id = $1::bigint and chat_id = $2::bigint order by id desc limit 1`,
    [botId, chatId, JSON.stringify([messageId])],
  )
}
