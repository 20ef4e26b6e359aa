/** Rows of `button`: what a press does. Telegram carries the id alone; nothing else of a press is believed. */
import { BotId, CardId, LughError, TelegramChatId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql } from './port.ts'

const Ask = z.object({ field: z.string(), prompt: z.string() })
const Input = z.record(z.string(), z.unknown())

export type NewButton = {
  /** Taken when the card has no button with this meaning yet. */
  readonly id: string
  readonly capability: string
  readonly input: object
  readonly ask: { readonly field: string; readonly prompt: string } | undefined
}

const MEANING = `md5(input::text || coalesce(ask::text, ''))`
const ASKED = `with asked as (select at, id, capability, input, ask, ${MEANING} as meaning
   from jsonb_to_recordset($2::jsonb) as a (at integer, id text, capability text, input jsonb, ask jsonb))`

/**
 * The ids of the card's buttons with these meanings, in their order: new ones the first time, the same ever after, so that a card drawn
 * again keeps its buttons (unique index button_same decides between two drawings). A card whose buttons are all there is only read:
 * a running task's card is drawn every few seconds, and a write for each of its buttons waited for the disk each time.
 */
export async function keepButtons(sql: Sql, cardId: CardId, buttons: readonly NewButton[]): Promise<string[]> {
  if (buttons.length === 0) return []
  const asked = storableJson(
    buttons.map(({ id, capability, input, ask }, at) => ({ at, id, capability, input, ...(ask === undefined ? {} : { ask }) })),
  )
  const known = await knownButtons(sql, cardId, asked)
  if (known.length === buttons.length) return known
  await sql.run(
    `${ASKED} insert into button (id, card_id, capability, input, ask)
     select id, $1::uuid, capability, input, ask from asked on conflict (card_id, capability, ${MEANING}) do nothing`,
    [cardId, asked],
  )
  const kept = await knownButtons(sql, cardId, asked)
  // Ids are matched to labels by their order: one missing would put Deny's act under Allow's label.
  if (kept.length !== buttons.length)
    throw new LughError('internal', 'Something went wrong inside Lugh; the log has the details.', { detail: 'a button was not kept' })
  return kept
}

/** Of the asked-for buttons those that are there, in the order they were asked for (index button_same). */
async function knownButtons(sql: Sql, cardId: CardId, asked: string): Promise<string[]> {
  const rows = await sql.rows(
    z.object({ id: z.string() }),
    `${ASKED} select b.id from asked join button b on b.card_id = $1::uuid and b.capability = asked.capability
       and md5(b.input::text || coalesce(b.ask::text, '')) = asked.meaning order by asked.at`,
    [cardId, asked],
  )
  return rows.map((row) => row.id)
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
  if (ids.length === 0) return new Set()
  const rows = await sql.rows(z.object({ id: z.string() }), `select id from button where id = any($1::text[]) and capability = any($2::text[])`, [
    ids,
    capabilities,
  ])
  return new Set(rows.map((row) => row.id))
}
