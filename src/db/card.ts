/** Rows of `card`: which message shows what. A card is a projection; `version` says what it should show, `shown_version` what it does. */
import { BotId, CardId, TaskId, TelegramChatId, type NoticeClass } from '#core'
import { z } from 'zod'
import { enqueueCard } from './enqueue.ts'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** A button under a card's message. `tap`: only a press of it counts, no reaction and no voice. */
const ShownKey = z.object({ id: z.string(), label: z.string(), tap: z.boolean().exactOptional() })
export type ShownKey = z.infer<typeof ShownKey>

export const CardRow = z.object({
  id: CardId,
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  kind: z.string(),
  subjectId: z.string(),
  taskId: TaskId.nullable(),
  replyTo: z.number().nullable(),
  /** The message it was to answer is gone. */
  replyLost: z.boolean(),
  messageId: z.number().nullable(),
  version: z.number(),
  shownVersion: z.number(),
  bodySha256: z.string().nullable(),
  /** What stands under the message now; null: it was never drawn. */
  keys: z.array(ShownKey).nullable(),
  /** Since when these stand there, in seconds of Telegram's clock; null: since the first drawing. */
  keysSince: z.number().nullable(),
})
export type CardRow = z.infer<typeof CardRow>

const COLUMNS = `id, bot_id as "botId", chat_id as "chatId", thread_id as "threadId", kind, subject_id as "subjectId", task_id as "taskId",
  reply_to_message_id as "replyTo", reply_lost as "replyLost", message_id as "messageId", version, shown_version as "shownVersion", body_sha256 as "bodySha256",
  keys, keys_since as "keysSince"`

export type NewCard = {
  /** A fresh uuid; becomes the card's id when it is new. */
  readonly id: string
  readonly botId: BotId
  readonly chatId: TelegramChatId
  readonly threadId?: number
  readonly kind: string
  readonly subjectId: string
  readonly taskId?: TaskId | undefined
  readonly replyTo?: number | undefined
  /** Its first message rings; edits never do. */
  readonly loud?: boolean | undefined
  /** What its ringing is about. */
  readonly class?: NoticeClass | undefined
}

/**
 * Makes a card and queues its first message. One card per place, kind and subject: asked again, the old one is only marked stale.
 * Answers the card's id, and whether it is new (the unique key decides a race).
 */
export async function postCard(tx: Tx, card: NewCard): Promise<{ id: CardId; posted: boolean }> {
  const made = await insertCard(tx, card)
  if (made !== undefined) {
    await enqueueCard(tx, { ...card, key: `card:${made}`, cardId: made })
    return { id: made, posted: true }
  }
  const old = await tx.row(
    Key,
    `update card set version = version + 1
     where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint and kind = $4::text and subject_id = $5::text returning id`,
    [card.botId, card.chatId, card.threadId ?? 0, card.kind, card.subjectId],
  )
  await tx.notify('outbox', String(card.chatId))
  return { id: old?.id ?? CardId.parse(card.id), posted: false }
}

const Key = z.object({ id: CardId })

async function insertCard(tx: Tx, card: NewCard): Promise<CardId | undefined> {
  const row = await tx.row(
    Key,
    `insert into card (id, bot_id, chat_id, thread_id, kind, subject_id, task_id, reply_to_message_id)
     values ($1::uuid, $2::bigint, $3::bigint, $4::bigint, $5::text, $6::text, $7::uuid, $8::bigint)
     on conflict (bot_id, chat_id, thread_id, kind, subject_id) do nothing returning id`,
    [card.id, card.botId, card.chatId, card.threadId ?? 0, card.kind, card.subjectId, card.taskId ?? null, card.replyTo ?? null],
  )
  return row?.id
}

const Touched = z.object({ chatId: TelegramChatId })

/**
 * Says that cards are stale: their next turn renders them anew. By subject (index card_subject), or all of a task (index card_task). Touching is
 * adding one to a number, so nobody races: the sender stores the version it rendered, and a later touch is still ahead of it.
 * Answers how many cards.
 */
export async function touchCards(tx: Tx, of: { kind: string; subjectId: string } | { taskId: TaskId }): Promise<number> {
  const touched =
    'taskId' in of
      ? await tx.rows(Touched, `update card set version = version + 1 where task_id = $1::uuid returning chat_id as "chatId"`, [of.taskId])
      : await tx.rows(
          Touched,
          `update card set version = version + 1 where kind = $1::text and subject_id = $2::text returning chat_id as "chatId"`,
          [of.kind, of.subjectId],
        )
  for (const chatId of new Set(touched.map((card) => card.chatId))) await tx.notify('outbox', String(chatId))
  return touched.length
}

/** Marks one card stale. */
export async function touchCard(tx: Tx, id: CardId): Promise<void> {
  const row = await tx.row(Touched, `update card set version = version + 1 where id = $1::uuid returning chat_id as "chatId"`, [id])
  if (row !== undefined) await tx.notify('outbox', String(row.chatId))
}

/** Marks the newest cards of a kind that can be posted several times over; older ones have scrolled away and answer when they are tapped. */
export async function touchNewestCards(tx: Tx, kind: string): Promise<number> {
  const touched = await tx.rows(
    Touched,
    `update card set version = version + 1 where id in (select id from card where kind = $1::text order by created_at desc limit 4) returning chat_id as "chatId"`,
    [kind],
  )
  for (const chatId of new Set(touched.map((card) => card.chatId))) await tx.notify('outbox', String(chatId))
  return touched.length
}

export function cardById(sql: Sql, id: CardId): Promise<CardRow | undefined> {
  return sql.row(CardRow, `select ${COLUMNS} from card where id = $1::uuid`, [id])
}

/** The card a message shows (index card_message). */
export function cardByMessage(sql: Sql, botId: BotId, chatId: TelegramChatId, messageId: number): Promise<CardRow | undefined> {
  return sql.row(CardRow, `select ${COLUMNS} from card where bot_id = $1::bigint and chat_id = $2::bigint and message_id = $3::bigint`, [
    botId,
    chatId,
    messageId,
  ])
}

/** Whether the bot sent this message (indexes card_message, outbox_message_ids). */
export async function isOurMessage(sql: Sql, botId: BotId, chatId: TelegramChatId, messageId: number): Promise<boolean> {
  const row = await sql.row(
    z.object({ ours: z.boolean() }),
    `select exists (select 1 from card where bot_id = $1::bigint and chat_id = $2::bigint and message_id = $3::bigint)
       or exists (select 1 from outbox where message_ids @> $4::jsonb and bot_id = $1::bigint and chat_id = $2::bigint) as ours`,
    [botId, chatId, messageId, JSON.stringify([messageId])],
  )
  return row?.ours ?? false
}

/**
 * Stale cards of a chat whose first message is known or was lost, those of the given kinds first, then the longest stale (index
 * card_stale). A card whose first post still waits in the outbox is left to that row (index outbox_open).
 */
export function staleCards(sql: Sql, botId: BotId, chatId: TelegramChatId, urgentKinds: readonly string[]): Promise<CardRow[]> {
  return sql.rows(
    CardRow,
    `select ${COLUMNS} from card where bot_id = $1::bigint and chat_id = $2::bigint and version > shown_version
       and not exists (
         select 1 from outbox o where o.bot_id = $1::bigint and o.chat_id = $2::bigint and o.state in ('pending', 'sending') and o.card_id = card.id
       )
     order by (kind = any($3::text[])) desc, shown_at nulls first, created_at limit 50`,
    [botId, chatId, urgentKinds],
  )
}

/** The cards of a task in this chat that may ask something, the newest first (index card_task). */
export function cardsAsking(sql: Sql, at: Pick<CardRow, 'botId' | 'chatId'>, taskId: TaskId): Promise<CardRow[]> {
  return sql.rows(
    CardRow,
    `select ${COLUMNS} from card where task_id = $3::uuid and bot_id = $1::bigint and chat_id = $2::bigint and message_id is not null
       and kind in ('approval', 'host', 'plan', 'review', 'dryrun')
       and jsonb_array_length(coalesce(keys, '[]'::jsonb)) > 0 order by created_at desc limit 20`,
    [at.botId, at.chatId, taskId],
  )
}

/** Chats with a stale card (index card_stale). */
export function chatsWithStaleCards(sql: Sql, botId: BotId): Promise<{ chatId: TelegramChatId }[]> {
  return sql.rows(Touched, `select distinct chat_id as "chatId" from card where bot_id = $1::bigint and version > shown_version`, [botId])
}

/** The card's first message is known. Wins only over "no message yet": of two first posts, one becomes the card. */
export function setCardMessage(tx: Sql, id: CardId, messageId: number): Promise<number> {
  return tx.run(`update card set message_id = $2::bigint, failure = null where id = $1::uuid and message_id is null`, [id, messageId])
}

/** Has the card posted anew below what was said since: a person asks for it. Where it hung before its buttons point here; nothing where it has no message yet. */
export async function bringCardDown(tx: Tx, of: Pick<NewCard, 'botId' | 'chatId' | 'threadId' | 'kind' | 'subjectId'>): Promise<void> {
  await tx.run(
    `update card set message_id = null, shown_version = 0, body_sha256 = null, keys = null, keys_since = null, version = version + 1
     where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint and kind = $4::text and subject_id = $5::text
       and message_id is not null`,
    [of.botId, of.chatId, of.threadId ?? 0, of.kind, of.subjectId],
  )
  await tx.notify('outbox', String(of.chatId))
}

/** What a message of a card shows: its words by their digest, and its buttons since when (seconds of Telegram's clock). */
export type ShownNow = { readonly sha256: string; readonly keys: readonly ShownKey[]; readonly since: number }

/** What the message shows now; a touch since the rendering keeps the card stale, an older rendering never wins over a newer. */
export function setCardShown(tx: Sql, id: CardId, version: number, shown: ShownNow): Promise<number> {
  return tx.run(
    `update card set shown_version = $2::integer, body_sha256 = $3::text, shown_at = now(), failure = null,
       keys_since = case when keys is null then null when keys = $4::jsonb then keys_since else $5::bigint end, keys = $4::jsonb
     where id = $1::uuid and shown_version < $2::integer`,
    [id, version, shown.sha256, storableJson(shown.keys), shown.since],
  )
}

/** Telegram refused this version for good: it is not tried again until the card is touched. */
export function setCardFailure(tx: Sql, id: CardId, version: number, failure: string): Promise<number> {
  return tx.run(`update card set shown_version = greatest(shown_version, $2::integer), failure = $3::text where id = $1::uuid`, [
    id,
    version,
    failure,
  ])
}

/** The card's message is gone (deleted in the chat): forgets it, unless another message has taken its place. Its buttons there are dead from now. */
export function loseCardMessage(tx: Sql, id: CardId, messageId: number): Promise<number> {
  return tx.run(
    `update card set message_id = null, shown_version = 0, body_sha256 = null, keys = null, keys_since = null where id = $1::uuid and message_id = $2::bigint`,
    [id, messageId],
  )
}
