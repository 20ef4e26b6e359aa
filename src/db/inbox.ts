/** Rows of `inbox`: every update, once, before Telegram is told that we have it. Never holds a word of somebody who is not listed, nor what looks like a key. */
import { TelegramChatId, redactKeys, type BotId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export type NewUpdate = {
  readonly updateId: number
  readonly chatId: TelegramChatId
  /** `refused`: not to be handled, and stored without its content. */
  readonly state: 'received' | 'refused'
  readonly body: object
}

const UpdateKey = z.object({ updateId: z.number() })

/** Stores a batch in one statement; answers the ids that were new (primary key bot_id, update_id decides: a re-delivery is nothing). */
export async function insertUpdates(tx: Tx, botId: BotId, updates: readonly NewUpdate[]): Promise<Set<number>> {
  const rows = await tx.rows(
    UpdateKey,
    `insert into inbox (bot_id, update_id, chat_id, body, state)
     select $1::bigint, u.update_id, u.chat_id, u.body, u.state
     from jsonb_to_recordset($2::jsonb) as u (update_id bigint, chat_id bigint, body jsonb, state text)
     on conflict do nothing returning update_id as "updateId"`,
    [
      botId,
      storableJson(
        updates.map((u) => ({ update_id: u.updateId, chat_id: u.chatId, body: u.state === 'refused' ? {} : u.body, state: u.state })),
        redactKeys,
      ),
    ],
  )
  const chats = new Set(updates.filter((u) => u.state === 'received').map((u) => u.chatId))
  for (const chatId of chats) await tx.notify('inbox', String(chatId))
  return new Set(rows.map((row) => row.updateId))
}

export const InboxRow = z.object({ updateId: z.number(), chatId: TelegramChatId, attempts: z.number(), body: z.unknown() })
export type InboxRow = z.infer<typeof InboxRow>

const COLUMNS = `update_id as "updateId", chat_id as "chatId", attempts, body`

/**
 * Claims the oldest open update of a chat for the length of this transaction (index inbox_open). Only the head of the queue is ever
 * taken: while another transaction holds it, `skip locked` answers nothing, so order is kept without waiting.
 */
export function claimUpdate(tx: Tx, botId: BotId, chatId: TelegramChatId): Promise<InboxRow | undefined> {
  return tx.row(
    InboxRow,
    `select ${COLUMNS} from inbox where bot_id = $1::bigint and state = 'received' and chat_id = $2::bigint
       and update_id = (select min(update_id) from inbox where bot_id = $1::bigint and chat_id = $2::bigint and state = 'received')
     for update skip locked`,
    [botId, chatId],
  )
}

/** Claims the oldest open update that overtakes the queue (a stop), whatever waits or runs before it (index inbox_open). */
export function claimUrgentUpdate(tx: Tx, botId: BotId, chatId: TelegramChatId): Promise<InboxRow | undefined> {
  return tx.row(
    InboxRow,
    `select ${COLUMNS} from inbox where bot_id = $1::bigint and chat_id = $2::bigint and state = 'received' and (body ->> 'urgent')::boolean
     order by update_id limit 1 for update skip locked`,
    [botId, chatId],
  )
}

/** Claims this very update again, to write down how a failed handling ends. */
export function claimThisUpdate(tx: Tx, botId: BotId, updateId: number): Promise<InboxRow | undefined> {
  return tx.row(
    InboxRow,
    `select ${COLUMNS} from inbox where bot_id = $1::bigint and update_id = $2::bigint and state = 'received' for update skip locked`,
    [botId, updateId],
  )
}

/** Ends an update. Only a received one ends: handled twice is handled once. */
export function endUpdate(
  tx: Sql,
  botId: BotId,
  updateId: number,
  state: 'handled' | 'refused' | 'failed',
  failure: string | null = null,
): Promise<number> {
  return tx.run(
    `update inbox set state = $3::text, failure = $4::text, handled_at = now(), body = case when $3::text = 'refused' then '{}'::jsonb else body end
     where bot_id = $1::bigint and update_id = $2::bigint and state = 'received'`,
    [botId, updateId, state, failure],
  )
}

/** One more failed try; answers how many there were. */
export async function countAttempt(tx: Sql, botId: BotId, updateId: number, failure: string): Promise<number> {
  const row = await tx.row(
    z.object({ attempts: z.number() }),
    `update inbox set attempts = attempts + 1, failure = $3::text where bot_id = $1::bigint and update_id = $2::bigint returning attempts`,
    [botId, updateId, failure],
  )
  return row?.attempts ?? 0
}

/** Chats with an open update (index inbox_open). */
export function chatsWithInbox(sql: Sql, botId: BotId): Promise<{ chatId: TelegramChatId }[]> {
  return sql.rows(
    z.object({ chatId: TelegramChatId }),
    `select distinct chat_id as "chatId" from inbox where bot_id = $1::bigint and state = 'received'`,
    [botId],
  )
}
