/** Rows of `button`: what a press does. Telegram carries the id alone; nothing else of a press is believed. */
import { BotId, CardId, TelegramChatId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql } from './port.ts'

const Ask = z.object({ field: z.string(), prompt: z.string() })
const Input = z.record(z.string(), z.unknown())

/**
 * The id of the card's button with this meaning: a new one (`id`) the first time, the same ever after, so that a card drawn again keeps
 * its buttons (unique index button_same decides between two drawings).
 */
export async function keepButton(
  sql: Sql,
  button: { id: string; cardId: CardId; capability: string; input: object; ask: { field: string; prompt: string } | undefined },
): Promise<string> {
  const row = await sql.row(
    z.object({ id: z.string() }),
    `insert into button (id, card_id, capability, input, ask) values ($1::text, $2::uuid, $3::text, $4::jsonb, $5::jsonb)
     on conflict (card_id, capability, md5(input::text || coalesce(ask::text, ''))) do update set card_id = excluded.card_id returning id`,
    [button.id, button.cardId, button.capability, storableJson(button.input), button.ask === undefined ? null : storableJson(button.ask)],
  )
  return row?.id ?? button.id
}

export const ButtonRow = z.object({
  id: z.string(),
  capability: z.string(),
  input: Input,
  ask: Ask.nullable(),
  cardId: CardId,
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  /** The message that shows the card now; a press elsewhere is a press on an old copy. */
  messageId: z.number().nullable(),
})
export type ButtonRow = z.infer<typeof ButtonRow>

/** A button with its card (both by primary key). */
export function buttonById(sql: Sql, id: string): Promise<ButtonRow | undefined> {
  return sql.row(
    ButtonRow,
    `select b.id, b.capability, b.input, b.ask, c.id as "cardId", c.bot_id as "botId", c.chat_id as "chatId", c.thread_id as "threadId",
       c.message_id as "messageId" from button b join card c on c.id = b.card_id where b.id = $1::text`,
    [id],
  )
}

/** Which of these buttons do one of these capabilities (primary key). */
export async function buttonsDoing(sql: Sql, ids: readonly string[], capabilities: readonly string[]): Promise<Set<string>> {
  const rows = await sql.rows(z.object({ id: z.string() }), `select id from button where id = any($1::text[]) and capability = any($2::text[])`, [
    ids,
    capabilities,
  ])
  return new Set(rows.map((row) => row.id))
}
