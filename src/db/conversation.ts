/** Rows of `conversation`: a place where somebody speaks with the bot, and which project is meant there. */
import { BotId, ConversationId, ProjectId, TelegramChatId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

export const Conversation = z.object({
  id: ConversationId,
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  projectId: ProjectId.nullable(),
})
export type Conversation = z.infer<typeof Conversation>

const COLUMNS = `id, bot_id as "botId", chat_id as "chatId", thread_id as "threadId", project_id as "projectId"`

/** The conversation of a place, made with `id` when it is new (unique bot_id, chat_id, thread_id decides a race). */
export async function conversationAt(
  tx: Sql,
  place: { id: string; botId: BotId; chatId: TelegramChatId; threadId: number },
): Promise<Conversation | undefined> {
  return tx.row(
    Conversation,
    `insert into conversation (id, bot_id, chat_id, thread_id) values ($1::uuid, $2::bigint, $3::bigint, $4::bigint)
     on conflict (bot_id, chat_id, thread_id) do update set bot_id = excluded.bot_id returning ${COLUMNS}`,
    [place.id, place.botId, place.chatId, place.threadId],
  )
}

export function conversationById(sql: Sql, id: ConversationId): Promise<Conversation | undefined> {
  return sql.row(Conversation, `select ${COLUMNS} from conversation where id = $1::uuid`, [id])
}

/** Binds the place to a project, or to none. */
export function setConversationProject(tx: Sql, id: ConversationId, projectId: ProjectId | null): Promise<number> {
  return tx.run(`update conversation set project_id = $2::uuid where id = $1::uuid`, [id, projectId])
}

/** The place in a private chat where somebody listed spoke first: what a request from the console is shown in. */
export function latestConversation(sql: Sql): Promise<Conversation | undefined> {
  return sql.row(
    Conversation,
    `select c.id, c.bot_id as "botId", c.chat_id as "chatId", c.thread_id as "threadId", c.project_id as "projectId"
     from conversation c join person p on p.telegram_user_id = c.chat_id order by (p.role = 'owner') desc, (c.thread_id = 0) desc, c.created_at limit 1`,
  )
}
