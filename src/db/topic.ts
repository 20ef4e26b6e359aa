/**
 * Rows of `topic`: threads that are bound to a task or a project. A thread's number here and in every other row may be one of Lugh's own (below
 * zero, before Telegram has one); only the sender and what comes in translate it.
 */
import { BotId, ProjectId, TaskId, TelegramChatId } from '#core'
import { z } from 'zod'
import { botFace } from './bot-face.ts'
import { enqueueTopic } from './enqueue.ts'
import type { Sql, Tx } from './port.ts'
import { taskById, type Task } from './task.ts'

const Topic = z.object({
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  messageThreadId: z.number().nullable(),
  state: z.enum(['wanted', 'open', 'gone']),
  taskId: TaskId.nullable(),
  projectId: ProjectId.nullable(),
  own: z.boolean(),
  shownName: z.string().nullable(),
  closed: z.boolean(),
})
export type Topic = z.infer<typeof Topic>
type Place = { readonly botId: BotId; readonly chatId: TelegramChatId; readonly threadId: number }

const COLUMNS = `bot_id as "botId", chat_id as "chatId", thread_id as "threadId", message_thread_id as "messageThreadId", state,
  task_id as "taskId", project_id as "projectId", own, shown_name as "shownName", closed`

export function topicAt(sql: Sql, at: Place): Promise<Topic | undefined> {
  return sql.row(Topic, `select ${COLUMNS} from topic where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint`, [
    at.botId,
    at.chatId,
    at.threadId,
  ])
}

/** The task a thread is bound to. */
export async function taskOfTopic(sql: Sql, at: Place): Promise<Task | undefined> {
  const topic = await topicAt(sql, at)
  return topic === undefined || topic.taskId === null ? undefined : taskById(sql, topic.taskId)
}

/** The number a thread of Telegram has here (unique index topic_message_thread). Somebody spoke in it, so it is there whatever was thought of it. */
export async function threadHere(tx: Tx, at: Place): Promise<number> {
  if (at.threadId === 0) return 0
  const topic = await tx.row(
    Topic,
    `select ${COLUMNS} from topic where bot_id = $1::bigint and chat_id = $2::bigint and message_thread_id = $3::bigint`,
    [at.botId, at.chatId, at.threadId],
  )
  if (topic?.state === 'gone') await setTopicState(tx, topic, 'open')
  return topic?.threadId ?? at.threadId
}

/** The number Telegram has for a thread now; 0 where what belongs there goes to the chat's root. */
export async function threadAtTelegram(sql: Sql, at: Place): Promise<number> {
  const topic = at.threadId === 0 ? undefined : await topicAt(sql, at)
  if (topic === undefined) return Math.max(at.threadId, 0)
  return topic.state === 'gone' ? 0 : (topic.messageThreadId ?? 0)
}

/** Threads of these chats that are bound, as Telegram counts them: `chat:thread`. */
export async function boundThreads(sql: Sql, botId: BotId, chatIds: readonly number[]): Promise<Set<string>> {
  if (chatIds.length === 0) return new Set()
  const rows = await sql.rows(
    z.object({ at: z.string() }),
    `select chat_id || ':' || message_thread_id as at from topic where bot_id = $1::bigint and chat_id = any($2::bigint[])
       and message_thread_id is not null and (task_id is not null or project_id is not null)`,
    [botId, chatIds],
  )
  return new Set(rows.map(({ at }) => at))
}

/** Whether topics can be opened in this chat: a forum where Lugh may manage them, or a private chat with threads. */
export async function opensTopics(sql: Sql, at: Pick<Place, 'botId' | 'chatId'>): Promise<boolean> {
  if (at.chatId > 0) return (await botFace(sql, at.botId))?.topics ?? false
  const row = await sql.row(
    z.object({ may: z.boolean() }),
    `select forum and manages_topics as may from chat_group where bot_id = $1::bigint and chat_id = $2::bigint and state = 'admitted'`,
    [at.botId, at.chatId],
  )
  return row?.may ?? false
}

/** A topic is to be opened for the task; everything said in `threadId` waits behind that. */
export async function wantTopic(tx: Tx, at: Place, taskId: TaskId): Promise<void> {
  await tx.run(
    `insert into topic (bot_id, chat_id, thread_id, state, task_id, own) values ($1::bigint, $2::bigint, $3::bigint, 'wanted', $4::uuid, true)
     on conflict do nothing`,
    [at.botId, at.chatId, at.threadId, taskId],
  )
  await refreshTopic(tx, at)
}

/** Binds a thread to a task or a project, or (both null) to nothing. A task has one topic in a chat: others of it are free then. `own`: Lugh names it. */
export async function bindTopic(tx: Tx, at: Place, to: { taskId: TaskId | null; projectId: ProjectId | null; own: boolean }): Promise<void> {
  if (to.taskId !== null)
    await tx.run(`update topic set task_id = null where bot_id = $1::bigint and chat_id = $2::bigint and task_id = $3::uuid`, [
      at.botId,
      at.chatId,
      to.taskId,
    ])
  await tx.run(
    `insert into topic (bot_id, chat_id, thread_id, message_thread_id, state, task_id, project_id, own)
     values ($1::bigint, $2::bigint, $3::bigint, $3::bigint, 'open', $4::uuid, $5::uuid, $6::boolean)
     on conflict (bot_id, chat_id, thread_id) do update set task_id = excluded.task_id, project_id = excluded.project_id, own = excluded.own`,
    [at.botId, at.chatId, at.threadId, to.taskId, to.projectId, to.own],
  )
}

/** The topics of a task are to be brought up to date: their names, and whether they are closed (index topic_task). */
export async function refreshTopics(tx: Tx, taskId: TaskId): Promise<void> {
  for (const topic of await tx.rows(Topic, `select ${COLUMNS} from topic where task_id = $1::uuid and own and state <> 'gone'`, [taskId]))
    await refreshTopic(tx, topic)
}

async function refreshTopic(tx: Tx, at: Place): Promise<void> {
  const row = await tx.row(
    z.object({ version: z.number() }),
    `update topic set version = version + 1 where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint returning version`,
    [at.botId, at.chatId, at.threadId],
  )
  const { botId, chatId, threadId } = at
  if (row !== undefined) await enqueueTopic(tx, { botId, chatId, threadId, key: `topic:${chatId}:${threadId}:${row.version}` })
}

/** Telegram has opened it. */
export function setTopicOpened(tx: Tx, at: Place, messageThreadId: number, name: string): Promise<number> {
  return tx.run(
    `update topic set message_thread_id = $4::bigint, state = 'open', shown_name = $5::text
     where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint and message_thread_id is null`,
    [at.botId, at.chatId, at.threadId, messageThreadId, name],
  )
}

export function setTopicShown(tx: Tx, at: Place, shown: { name: string | null; closed: boolean }): Promise<number> {
  return tx.run(
    `update topic set shown_name = $4::text, closed = $5::boolean where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint`,
    [at.botId, at.chatId, at.threadId, shown.name, shown.closed],
  )
}

/** It is gone, or never was to be had; answers whether that is news. What belongs there is sent to the chat's root from now on. */
export async function loseTopic(tx: Tx, at: Place): Promise<boolean> {
  const lost = await tx.run(
    `insert into topic as t (bot_id, chat_id, thread_id, message_thread_id, state)
     values ($1::bigint, $2::bigint, $3::bigint, case when $3::bigint > 0 then $3::bigint end, 'gone')
     on conflict (bot_id, chat_id, thread_id) do update set state = 'gone' where t.state <> 'gone'`,
    [at.botId, at.chatId, at.threadId],
  )
  return lost > 0
}

function setTopicState(tx: Tx, at: Place, state: Topic['state']): Promise<number> {
  return tx.run(`update topic set state = $4::text where bot_id = $1::bigint and chat_id = $2::bigint and thread_id = $3::bigint`, [
    at.botId,
    at.chatId,
    at.threadId,
    state,
  ])
}
