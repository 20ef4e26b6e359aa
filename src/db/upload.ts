/** Rows of `upload` and `upload_file`: pictures and files that people send. The bytes lie on the disk, never here. */
import { BotId, ConversationId, PersonId, ProjectId, TaskId, TelegramChatId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** `gathering`: parts may still come. `looking`: a model looks, or files are read. `offered`: the person chooses. `used`: it went to a task. */
const UploadState = z.enum(['gathering', 'looking', 'offered', 'patching', 'used', 'failed'])

const Upload = z.object({
  id: z.string(),
  botId: BotId,
  chatId: TelegramChatId,
  threadId: z.number(),
  conversationId: ConversationId,
  personId: PersonId,
  messageId: z.number(),
  album: z.string().nullable(),
  caption: z.string(),
  state: UploadState,
  face: z.enum(['offer', 'tasks']),
  version: z.number(),
  leftOut: z.number(),
  projectId: ProjectId.nullable(),
  taskId: TaskId.nullable(),
  kind: z.string().nullable(),
  about: z.string().nullable(),
  proposals: z.array(z.string()),
  failure: z.string().nullable(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
})
export type Upload = z.infer<typeof Upload>

const COLUMNS = `id, bot_id as "botId", chat_id as "chatId", thread_id as "threadId", conversation_id as "conversationId", person_id as "personId",
  message_id as "messageId", album, caption, state, face, version, left_out as "leftOut", project_id as "projectId", task_id as "taskId", kind, about,
  proposals, failure, decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt"`

const UploadFile = z.object({
  id: z.string(),
  uploadId: z.string(),
  messageId: z.number(),
  telegramFile: z.string(),
  name: z.string(),
  photo: z.boolean(),
  state: z.enum(['fetching', 'fetched', 'ready', 'failed']),
  attempts: z.number(),
  path: z.string().nullable(),
  mediaType: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bytes: z.number().nullable(),
  failure: z.string().nullable(),
})
export type UploadFile = z.infer<typeof UploadFile>

const FILE_COLUMNS = `f.id, f.upload_id as "uploadId", f.message_id as "messageId", f.telegram_file as "telegramFile", f.name, f.photo, f.state, f.attempts,
  f.path, f.media_type as "mediaType", f.width, f.height, f.bytes, f.failure`

export type NewUpload = Pick<
  Upload,
  'id' | 'botId' | 'chatId' | 'threadId' | 'conversationId' | 'personId' | 'messageId' | 'album' | 'caption' | 'projectId' | 'taskId'
> & { readonly home: string; readonly settleMs: number }

/** Makes the row; undefined when this message, or the album it is of, has one already (the unique keys decide a race). */
export function insertUpload(tx: Tx, u: NewUpload): Promise<Upload | undefined> {
  return tx.row(
    Upload,
    `insert into upload (id, home, bot_id, chat_id, thread_id, conversation_id, person_id, message_id, album, caption, project_id, task_id, state, not_before)
     values ($1::uuid, $2::text, $3::bigint, $4::bigint, $5::bigint, $6::uuid, $7::uuid, $8::bigint, $9::text, $10::text, $11::uuid, $12::uuid, 'gathering',
       now() + $13::integer * interval '1 millisecond')
     on conflict do nothing returning ${COLUMNS}`,
    [u.id, u.home, u.botId, u.chatId, u.threadId, u.conversationId, u.personId, u.messageId, u.album, u.caption, u.projectId, u.taskId, u.settleMs],
  )
}

export function uploadById(sql: Sql, id: string): Promise<Upload | undefined> {
  return sql.row(Upload, `select ${COLUMNS} from upload where id = $1::uuid`, [id])
}

/** Locks the row for this transaction: of two who decide about it, the second sees what the first did. */
export function lockUpload(tx: Tx, id: string): Promise<Upload | undefined> {
  return tx.row(Upload, `select ${COLUMNS} from upload where id = $1::uuid for update`, [id])
}

/** The album this message is a part of, locked (index upload_album). */
export function lockAlbum(tx: Tx, botId: BotId, chatId: TelegramChatId, album: string): Promise<Upload | undefined> {
  return tx.row(Upload, `select ${COLUMNS} from upload where bot_id = $1::bigint and chat_id = $2::bigint and album = $3::text for update`, [
    botId,
    chatId,
    album,
  ])
}

/** One more part has come: it is gathered (again) until nothing more comes for so long, and what was seen before counts no more. */
export function regather(
  tx: Tx,
  id: string,
  change: { readonly caption: string; readonly settleMs: number; readonly leftOut: number },
): Promise<number> {
  return tx.run(
    `update upload set version = version + 1, left_out = left_out + $4::integer, caption = case when caption = '' then $2::text else caption end,
       state = 'gathering', not_before = now() + $3::integer * interval '1 millisecond' where id = $1::uuid and state in ('gathering', 'looking', 'offered', 'failed')`,
    [id, change.caption, change.settleMs, change.leftOut],
  )
}

export type NewUploadFile = Pick<UploadFile, 'id' | 'uploadId' | 'messageId' | 'telegramFile' | 'name' | 'photo'>

/** Adds a part; a doubled one is nothing (unique upload_id, message_id). Answers whether it was new. */
export async function insertUploadFile(tx: Tx, f: NewUploadFile): Promise<boolean> {
  const added = await tx.run(
    `insert into upload_file (id, upload_id, message_id, telegram_file, name, photo, state)
     values ($1::uuid, $2::uuid, $3::bigint, $4::text, $5::text, $6::boolean, 'fetching') on conflict (upload_id, message_id) do nothing`,
    [f.id, f.uploadId, f.messageId, f.telegramFile, f.name, f.photo],
  )
  return added === 1
}

export function uploadFiles(sql: Sql, uploadId: string): Promise<UploadFile[]> {
  return sql.rows(UploadFile, `select ${FILE_COLUMNS} from upload_file f where f.upload_id = $1::uuid order by f.message_id`, [uploadId])
}

/** Chats in which a file waits to be fetched (index upload_file_fetching). */
export function chatsToFetch(sql: Sql, home: string, botId: BotId): Promise<{ chatId: TelegramChatId }[]> {
  return sql.rows(
    z.object({ chatId: TelegramChatId }),
    `select distinct u.chat_id as "chatId" from upload_file f join upload u on u.id = f.upload_id
     where f.state = 'fetching' and u.home = $1::text and u.bot_id = $2::bigint`,
    [home, botId],
  )
}

/** The oldest file of a chat that waits to be fetched, those tried less often first (index upload_file_fetching). */
export function nextFileToFetch(sql: Sql, home: string, botId: BotId, chatId: TelegramChatId): Promise<UploadFile | undefined> {
  return sql.row(
    UploadFile,
    `select ${FILE_COLUMNS} from upload_file f join upload u on u.id = f.upload_id
     where f.state = 'fetching' and u.home = $1::text and u.bot_id = $2::bigint and u.chat_id = $3::bigint
     order by f.attempts, f.message_id limit 1`,
    [home, botId, chatId],
  )
}

/** It lies at `path`, whole, or never will; only one that is being fetched changes. Wakes the worker. */
export async function endFetching(tx: Tx, file: Pick<UploadFile, 'id' | 'uploadId'>, end: { path: string } | { failure: string }): Promise<void> {
  await tx.run(
    `update upload_file set state = case when $2::text is null then 'failed' else 'fetched' end, path = $2::text, failure = $3::text
     where id = $1::uuid and state = 'fetching'`,
    [file.id, 'path' in end ? end.path : null, 'failure' in end ? end.failure : null],
  )
  await tx.notify('work', file.uploadId)
}

export function countFetching(sql: Sql, fileId: string): Promise<number> {
  return sql.run(`update upload_file set attempts = attempts + 1 where id = $1::uuid`, [fileId])
}

export type Fit = {
  readonly path: string
  readonly mediaType: string | null
  readonly width: number | null
  readonly height: number | null
  readonly bytes: number
}

/** What a fetched file is, or why nothing can be done with it. */
export function endFitting(sql: Sql, fileId: string, fit: Fit | { readonly failure: string }): Promise<number> {
  const bad = 'failure' in fit
  return sql.run(
    `update upload_file set state = $2::text, path = $3::text, media_type = $4::text, width = $5::integer, height = $6::integer, bytes = $7::bigint, failure = $8::text
     where id = $1::uuid and state = 'fetched'`,
    [
      fileId,
      bad ? 'failed' : 'ready',
      bad ? null : fit.path,
      bad ? null : fit.mediaType,
      bad ? null : fit.width,
      bad ? null : fit.height,
      bad ? null : fit.bytes,
      bad ? fit.failure : null,
    ],
  )
}

const Due = z.object({ id: z.string(), waitMs: z.number() })

/** Uploads with all their files at hand that a worker goes on with, and how long each still gathers (index upload_open). */
export function openUploads(sql: Sql, home: string): Promise<{ id: string; waitMs: number }[]> {
  return sql.rows(
    Due,
    `select u.id, greatest(0, ceil(extract(epoch from u.not_before - now()) * 1000))::integer as "waitMs" from upload u
     where u.home = $1::text and u.state in ('gathering', 'looking', 'patching')
       and not exists (select from upload_file f where f.upload_id = u.id and f.state = 'fetching') order by u.created_at`,
    [home],
  )
}

export type Seen = { readonly kind: string; readonly about: string; readonly proposals: readonly string[]; readonly failure?: string | undefined }

/** What it is and what could be done with it. Refused (0) when another part has come since `version`. */
export function offerUpload(tx: Tx, id: string, version: number, seen: Seen): Promise<number> {
  return tx.run(
    `update upload set state = 'offered', face = 'offer', kind = $3::text, about = $4::text, proposals = $5::jsonb, failure = $6::text
     where id = $1::uuid and version = $2::integer and state in ('gathering', 'looking', 'patching')`,
    [id, version, seen.kind, seen.about, storableJson(seen.proposals), seen.failure ?? null],
  )
}

/** Who chose what becomes of it, and how. */
export function setUploadDecided(tx: Tx, id: string, by: PersonId | null, door: string): Promise<number> {
  return tx.run(`update upload set decided_by = $2::uuid, decided_door = $3::text, decided_at = now() where id = $1::uuid`, [id, by, door])
}

/** Moves it on, from one of the states named; answers 0 when it was in none of them, or has changed since `version`. */
export function moveUpload(
  tx: Tx,
  id: string,
  from: readonly Upload['state'][],
  to: { readonly state: Upload['state']; readonly taskId?: TaskId; readonly failure?: string; readonly version?: number },
): Promise<number> {
  return tx.run(
    `update upload set state = $3::text, task_id = coalesce($4::uuid, task_id), failure = $5::text, ended_at = case when $3::text in ('used', 'failed') then now() end
     where id = $1::uuid and state = any($2::text[]) and ($6::integer is null or version = $6::integer)`,
    [id, from, to.state, to.taskId ?? null, to.failure ?? null, to.version ?? null],
  )
}

export function turnUpload(tx: Tx, id: string, face: Upload['face']): Promise<number> {
  return tx.run(`update upload set face = $2::text where id = $1::uuid and state = 'offered'`, [id, face])
}

/** The upload a message of a chat is part of. */
export function uploadByMessage(sql: Sql, botId: BotId, chatId: TelegramChatId, messageId: number): Promise<Upload | undefined> {
  return sql.row(
    Upload,
    `select ${COLUMNS} from upload u where bot_id = $1::bigint and chat_id = $2::bigint
       and (message_id = $3::bigint or exists (select from upload_file f where f.upload_id = u.id and f.message_id = $3::bigint)) order by created_at desc limit 1`,
    [botId, chatId, messageId],
  )
}

/** The newest pictures of a chat that are still kept (index upload_chat). */
export function newestPictures(sql: Sql, botId: BotId, chatId: TelegramChatId): Promise<Upload | undefined> {
  return sql.row(
    Upload,
    `select ${COLUMNS} from upload u where bot_id = $1::bigint and chat_id = $2::bigint
       and exists (select from upload_file f where f.upload_id = u.id and f.state = 'ready' and f.media_type is not null) order by created_at desc limit 1`,
    [botId, chatId],
  )
}

/** How far back "that sketch" is found, and how long a picture's bytes lie on the disk. */
export const UPLOAD_DAYS = 30

/** Forgets uploads that are older; answers the paths of their files, for the caller to delete. */
export async function pruneUploads(sql: Sql, home: string): Promise<string[]> {
  const rows = await sql.rows(
    z.object({ path: z.string().nullable() }),
    `with old as (delete from upload where home = $1::text and created_at < now() - $2::integer * interval '1 day' returning id)
     select f.path from upload_file f join old on old.id = f.upload_id`,
    [home, UPLOAD_DAYS],
  )
  return rows.flatMap(({ path }) => path ?? [])
}
