/** Rows of `prompt`: a question put to one person, whose next words are the answer. */
import { PersonId, TelegramChatId, BotId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql } from './port.ts'

export const PromptRow = z.object({
  id: z.string(),
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  personId: PersonId,
  capability: z.string(),
  input: z.record(z.string(), z.unknown()),
  field: z.string(),
  messageId: z.number().nullable(),
  state: z.enum(['open', 'answered', 'cancelled']),
})
export type PromptRow = z.infer<typeof PromptRow>

const COLUMNS = `id, bot_id as "botId", chat_id as "chatId", thread_id as "threadId", person_id as "personId", capability, input, field,
  message_id as "messageId", state`

/** Opens a question for `forMs` milliseconds, by the database's clock. */
export function insertPrompt(tx: Sql, p: Omit<PromptRow, 'messageId' | 'state'>, forMs: number): Promise<number> {
  return tx.run(
    `insert into prompt (id, bot_id, chat_id, thread_id, person_id, capability, input, field, state, expires_at)
     values ($1::uuid, $2::bigint, $3::bigint, $4::bigint, $5::uuid, $6::text, $7::jsonb, $8::text, 'open', now() + $9::integer * interval '1 millisecond')`,
    [p.id, p.botId, p.chatId, p.threadId, p.personId, p.capability, storableJson(p.input), p.field, forMs],
  )
}

/** The person's newest question here that is open and in time (index prompt_open): what unreplied words answer. */
export function openPrompt(sql: Sql, botId: BotId, chatId: TelegramChatId, threadId: number, personId: PersonId): Promise<PromptRow | undefined> {
  return sql.row(
    PromptRow,
    `select ${COLUMNS} from prompt where bot_id = $1::bigint and chat_id = $2::bigint and person_id = $4::uuid and state = 'open'
       and thread_id = $3::bigint and expires_at > now() order by created_at desc limit 1`,
    [botId, chatId, threadId, personId],
  )
}

/** The question a message puts; a reply to it counts however late, while it is open (index prompt_open). */
export function promptByMessage(sql: Sql, botId: BotId, chatId: TelegramChatId, messageId: number): Promise<PromptRow | undefined> {
  return sql.row(PromptRow, `select ${COLUMNS} from prompt where bot_id = $1::bigint and chat_id = $2::bigint and message_id = $3::bigint limit 1`, [
    botId,
    chatId,
    messageId,
  ])
}

export function promptById(sql: Sql, id: string): Promise<PromptRow | undefined> {
  return sql.row(PromptRow, `select ${COLUMNS} from prompt where id = $1::uuid`, [id])
}

/** Ends a question once: of an answer and a cancel, the first wins (compare-and-set on open). Answers 1 when this call ended it. */
export function endPrompt(tx: Sql, id: string, state: 'answered' | 'cancelled'): Promise<number> {
  return tx.run(`update prompt set state = $2::text where id = $1::uuid and state = 'open'`, [id, state])
}

/** Ends the person's other open questions here: one at a time. Answers their ids. */
export async function cancelOtherPrompts(tx: Sql, keep: Pick<PromptRow, 'id' | 'botId' | 'chatId' | 'personId'>): Promise<string[]> {
  const rows = await tx.rows(
    z.object({ id: z.string() }),
    `update prompt set state = 'cancelled'
     where bot_id = $1::bigint and chat_id = $2::bigint and person_id = $3::uuid and state = 'open' and id <> $4::uuid returning id`,
    [keep.botId, keep.chatId, keep.personId, keep.id],
  )
  return rows.map((row) => row.id)
}

export function setPromptMessage(tx: Sql, id: string, messageId: number): Promise<number> {
  return tx.run(`update prompt set message_id = $2::bigint where id = $1::uuid`, [id, messageId])
}
