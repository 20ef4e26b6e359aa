/** Rows of `chat_group`: groups Lugh was added to, whether the owner admitted them, and what Lugh may do there. */
import { BotId, PersonId, TelegramChatId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

const STATES = ['asked', 'admitted', 'refused', 'gone', 'moved'] as const
export type GroupState = (typeof STATES)[number]

export const Group = z.object({
  botId: BotId,
  chatId: TelegramChatId,
  title: z.string(),
  state: z.enum(STATES),
  asked: z.number(),
  forum: z.boolean(),
  administrator: z.boolean(),
  managesTopics: z.boolean(),
  addedBy: z.number().nullable(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
})
export type Group = z.infer<typeof Group>

const COLUMNS = `bot_id as "botId", chat_id as "chatId", title, state, asked, forum, administrator, manages_topics as "managesTopics",
  added_by as "addedBy", decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt"`

/** What cards about the group are about: one time of asking. */
export function groupSubject({ botId, chatId, asked }: Pick<Group, 'botId' | 'chatId' | 'asked'>): string {
  return `${botId}:${chatId}:${asked}`
}

export function groupOf(sql: Sql, botId: BotId, chatId: TelegramChatId): Promise<Group | undefined> {
  return sql.row(Group, `select ${COLUMNS} from chat_group where bot_id = $1::bigint and chat_id = $2::bigint`, [botId, chatId])
}

/** Every group of every bot of this installation that is asked about or admitted, the newest first. */
export function listGroups(sql: Sql): Promise<Group[]> {
  return sql.rows(Group, `select ${COLUMNS} from chat_group where state in ('asked', 'admitted') order by created_at desc, chat_id limit 200`)
}

/** Which of these chats are admitted groups (primary key). */
export async function admittedAmong(sql: Sql, botId: BotId, chatIds: readonly number[]): Promise<Set<number>> {
  if (chatIds.length === 0) return new Set()
  const rows = await sql.rows(
    z.object({ id: z.number() }),
    `select chat_id as id from chat_group where bot_id = $1::bigint and chat_id = any($2::bigint[]) and state = 'admitted'`,
    [botId, chatIds],
  )
  return new Set(rows.map((row) => row.id))
}

/** How many groups wait for the owner that somebody not listed has added Lugh to. */
export async function groupsAskedByStrangers(sql: Sql): Promise<number> {
  const row = await sql.row(
    z.object({ n: z.number() }),
    `select count(*)::integer as n from chat_group g where state = 'asked' and asked > 0
       and not exists (select 1 from person p where p.telegram_user_id = g.added_by)`,
  )
  return row?.n ?? 0
}

type Seen = Pick<Group, 'botId' | 'chatId' | 'title' | 'forum' | 'administrator' | 'managesTopics'> & { readonly addedBy: number }

/** Lugh is in the group now, as Telegram says. A group it was not in waits to be asked about; the state of another stays. Locks the row. */
export function joinGroup(tx: Tx, seen: Seen): Promise<Group | undefined> {
  return tx.row(
    Group,
    `insert into chat_group as g (bot_id, chat_id, title, state, forum, administrator, manages_topics, added_by)
     values ($1::bigint, $2::bigint, $3::text, 'asked', $4::boolean, $5::boolean, $6::boolean, $7::bigint)
     on conflict (bot_id, chat_id) do update set title = excluded.title, forum = excluded.forum, administrator = excluded.administrator,
       manages_topics = excluded.manages_topics, updated_at = now(),
       added_by = case when g.state in ('gone', 'refused') then excluded.added_by else g.added_by end,
       state = case when g.state in ('gone', 'refused') then 'asked' else g.state end
     returning ${COLUMNS}`,
    [seen.botId, seen.chatId, seen.title, seen.forum, seen.administrator, seen.managesTopics, seen.addedBy],
  )
}

/** It is asked about once more; answers which time that is. */
export async function countAsking(tx: Tx, botId: BotId, chatId: TelegramChatId): Promise<number> {
  const row = await tx.row(
    z.object({ asked: z.number() }),
    `update chat_group set asked = asked + 1, updated_at = now() where bot_id = $1::bigint and chat_id = $2::bigint returning asked`,
    [botId, chatId],
  )
  return row?.asked ?? 0
}

/** A compare-and-set: wins only from one of the states `from`. */
export function moveGroup(
  tx: Tx,
  group: Pick<Group, 'botId' | 'chatId'>,
  from: readonly GroupState[],
  to: GroupState,
  by?: { readonly personId: PersonId | null; readonly door: string },
): Promise<number> {
  return tx.run(
    `update chat_group set state = $4::text, updated_at = now(), decided_by = case when $6::text is null then decided_by else $5::uuid end,
       decided_door = coalesce($6::text, decided_door), decided_at = case when $6::text is null then decided_at else now() end
     where bot_id = $1::bigint and chat_id = $2::bigint and state = any($3::text[])`,
    [group.botId, group.chatId, from, to, by?.personId ?? null, by?.door ?? null],
  )
}

/** Whether the group has topics now; only a difference is written. */
export function noteForum(tx: Tx, botId: BotId, chatId: TelegramChatId, forum: boolean): Promise<number> {
  return tx.run(
    `update chat_group set forum = $3::boolean, updated_at = now() where bot_id = $1::bigint and chat_id = $2::bigint and forum <> $3::boolean`,
    [botId, chatId, forum],
  )
}

/** Lugh was refused a topic there; Telegram says when its rights change. */
export function noteNoTopics(tx: Tx, botId: BotId, chatId: TelegramChatId): Promise<number> {
  return tx.run(`update chat_group set manages_topics = false, updated_at = now() where bot_id = $1::bigint and chat_id = $2::bigint`, [
    botId,
    chatId,
  ])
}

/**
 * The group became a supergroup of another number: everything that was to go on there goes on in the new one. Its messages stay behind, so
 * cards that still ask are posted anew. Done again, it moves what has come for the old number since.
 */
export async function moveChat(tx: Tx, botId: BotId, from: TelegramChatId, to: TelegramChatId): Promise<void> {
  const ids = [botId, from, to]
  await tx.run(
    `insert into chat_group (bot_id, chat_id, title, state, asked, forum, administrator, manages_topics, added_by, decided_by, decided_door, decided_at)
     select bot_id, $3::bigint, title, state, asked, forum, administrator, manages_topics, added_by, decided_by, decided_door, decided_at from chat_group
     where bot_id = $1::bigint and chat_id = $2::bigint and state in ('asked', 'admitted')
     on conflict (bot_id, chat_id) do update set state = excluded.state, decided_by = excluded.decided_by,
       decided_door = excluded.decided_door, decided_at = excluded.decided_at, updated_at = now()`,
    ids,
  )
  await tx.run(
    `update chat_group set state = 'moved', moved_to = $3::bigint, updated_at = now() where bot_id = $1::bigint and chat_id = $2::bigint and state <> 'moved'`,
    ids,
  )
  for (const statement of MOVES) await tx.run(statement, ids)
  await tx.notify('outbox', String(to))
}

/** What somebody said in the new one before this was known has a place there already: then tasks change to that place. */
const MOVES = [
  `update conversation c set chat_id = $3::bigint where bot_id = $1::bigint and chat_id = $2::bigint
     and not exists (select 1 from conversation o where o.bot_id = c.bot_id and o.chat_id = $3::bigint and o.thread_id = c.thread_id)`,
  `update task t set conversation_id = n.id from conversation o join conversation n
     on n.bot_id = o.bot_id and n.chat_id = $3::bigint and n.thread_id = o.thread_id
   where o.bot_id = $1::bigint and o.chat_id = $2::bigint and t.conversation_id = o.id`,
  `update card c set chat_id = $3::bigint, reply_to_message_id = null, message_id = null, body_sha256 = null, keys_since = null,
     shown_version = case when jsonb_array_length(coalesce(keys, '[]'::jsonb)) > 0 then 0 else shown_version end, keys = null
   where bot_id = $1::bigint and chat_id = $2::bigint and not exists (select 1 from card o where o.bot_id = c.bot_id
     and o.chat_id = $3::bigint and o.thread_id = c.thread_id and o.kind = c.kind and o.subject_id = c.subject_id)`,
  `update outbox set chat_id = $3::bigint, reply_to_message_id = null, state = 'pending', not_before = now()
   where bot_id = $1::bigint and chat_id = $2::bigint and state in ('pending', 'sending')`,
  `update prompt set chat_id = $3::bigint, message_id = null where bot_id = $1::bigint and chat_id = $2::bigint and state = 'open'`,
]
