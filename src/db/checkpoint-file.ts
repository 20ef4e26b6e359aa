/** Rows of `checkpoint_file`: a checkpoint as one file, on its way out or in. The bytes lie on the disk, never here. */
import { CheckpointId, ConversationId, PersonId, type BotId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

const CheckpointFile = z.object({
  id: z.string(),
  direction: z.enum(['out', 'in']),
  state: z.enum(['fetching', 'wanted', 'done', 'failed']),
  checkpointId: CheckpointId.nullable(),
  path: z.string().nullable(),
  telegramFile: z.string().nullable(),
  project: z.string().nullable(),
  bytes: z.number().nullable(),
  failure: z.string().nullable(),
  personId: PersonId.nullable(),
  door: z.string(),
  conversationId: ConversationId.nullable(),
  replyTo: z.number().nullable(),
})
export type CheckpointFile = z.infer<typeof CheckpointFile>
const COLUMNS = `id, direction, state, checkpoint_id as "checkpointId", path, telegram_file as "telegramFile", project, bytes, failure, person_id as "personId", door,
  conversation_id as "conversationId", reply_to_message_id as "replyTo"`

export type NewCheckpointFile = Omit<CheckpointFile, 'state' | 'failure' | 'bytes'> & {
  readonly home: string
  readonly callKey: string
  readonly botId: BotId | null
}

/** Asks for it; the same key is the same one. One that Telegram holds is fetched first. */
export async function insertCheckpointFile(tx: Tx, f: NewCheckpointFile): Promise<CheckpointFile | undefined> {
  const row = await tx.row(
    CheckpointFile,
    `insert into checkpoint_file (id, home, direction, state, checkpoint_id, path, telegram_file, bot_id, project, call_key, person_id, door, conversation_id, reply_to_message_id)
     values ($1::uuid, $2::text, $3::text, $4::text, $5::uuid, $6::text, $7::text, $8::bigint, $9::text, $10::text, $11::uuid, $12::text, $13::uuid, $14::bigint)
     on conflict (call_key) do nothing returning ${COLUMNS}`,
    [
      f.id,
      f.home,
      f.direction,
      f.telegramFile === null ? 'wanted' : 'fetching',
      f.checkpointId,
      f.path,
      f.telegramFile,
      f.botId,
      f.project,
      f.callKey,
      f.personId,
      f.door,
      f.conversationId,
      f.replyTo,
    ],
  )
  return row ?? tx.row(CheckpointFile, `select ${COLUMNS} from checkpoint_file where call_key = $1::text`, [f.callKey])
}

export function checkpointFileById(sql: Sql, id: string): Promise<CheckpointFile | undefined> {
  return sql.row(CheckpointFile, `select ${COLUMNS} from checkpoint_file where id = $1::uuid`, [id])
}

/** Those this home's worker is to write or read, oldest first (index checkpoint_file_open). */
export function wantedCheckpointFiles(sql: Sql, home: string): Promise<CheckpointFile[]> {
  return sql.rows(CheckpointFile, `select ${COLUMNS} from checkpoint_file where home = $1::text and state = 'wanted' order by created_at`, [home])
}

/** Those a bot is to fetch from Telegram (index checkpoint_file_open). */
export function checkpointFilesToFetch(sql: Sql, home: string, botId: BotId): Promise<CheckpointFile[]> {
  return sql.rows(
    CheckpointFile,
    `select ${COLUMNS} from checkpoint_file where home = $1::text and bot_id = $2::bigint and state = 'fetching' order by created_at`,
    [home, botId],
  )
}

/** It lies at `path` now, whole; the worker goes on. */
export async function setCheckpointFileFetched(tx: Tx, id: string, path: string): Promise<void> {
  await tx.run(`update checkpoint_file set state = 'wanted', path = $2::text where id = $1::uuid and state = 'fetching'`, [id, path])
  await tx.notify('work', id)
}

/** The end of it, once: answers 0 when somebody else was first. */
export function endCheckpointFile(
  tx: Tx,
  id: string,
  end: { readonly checkpointId?: CheckpointId; readonly bytes?: number; readonly failure?: string },
): Promise<number> {
  return tx.run(
    `update checkpoint_file set state = case when $4::text is null then 'done' else 'failed' end, checkpoint_id = coalesce($2::uuid, checkpoint_id),
       bytes = $3::bigint, failure = $4::text, ended_at = now() where id = $1::uuid and state in ('fetching', 'wanted')`,
    [id, end.checkpointId ?? null, end.bytes ?? null, end.failure ?? null],
  )
}
