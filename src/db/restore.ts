/** Rows of `restore`: one way back to a checkpoint, from the first look to what came of it. */
import { CheckpointId, ConversationId, PersonId, ProjectId, RESTORE_STATES, RestoreId, TASK_STATES, TaskId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** `names`: the first of the files. */
const Difference = { files: z.number(), insertions: z.number(), deletions: z.number(), names: z.array(z.string()).exactOptional() }

/** What a way back would change, part by part, as the card shows it. */
export const RestorePreview = z.object({
  /** The target branch: how much it differs, and how many commits came since. */
  targets: z.array(z.object({ branch: z.string(), tip: z.string(), commits: z.number(), ...Difference })),
  tasks: z.array(
    z.object({
      id: TaskId,
      number: z.number(),
      title: z.string(),
      now: z.enum(TASK_STATES),
      was: z.enum(TASK_STATES),
      ...Difference,
      /** Messages of the transcript that came after. */
      messages: z.number(),
      /** Of these, words of people: kept unless they choose otherwise. */
      words: z.number(),
      /** Of the words, what the agent has not heard yet. */
      unheard: z.number().exactOptional(),
      /** Its agent works now, and would be paused first. */
      working: z.boolean(),
      /** Its title, wish, plan or settings are not what they were. */
      reworded: z.boolean().exactOptional(),
      /** Of a checkpoint from elsewhere: there is no such task here, so it is made anew. */
      foreign: z.boolean().exactOptional(),
      note: z.string().exactOptional(),
    }),
  ),
  /** Tasks of which nothing is set back, and whose agent has not heard yet what people said since. It will. */
  said: z.array(z.object({ number: z.number(), title: z.string(), words: z.number() })).exactOptional(),
  /** Tasks that are younger than the checkpoint: they stay as they are. */
  younger: z.number(),
  notes: z.array(z.string()),
})
export type RestorePreview = z.infer<typeof RestorePreview>

/** Which tasks were set back, which are new, and which of an earlier way back were dropped. */
const Made = z.object({ tasks: z.array(z.number()), made: z.array(z.number()), dropped: z.array(z.number()) })

export const Restore = z.object({
  id: RestoreId,
  checkpointId: CheckpointId,
  projectId: ProjectId,
  taskId: TaskId.nullable(),
  file: z.string().nullable(),
  parts: z.array(z.string()),
  how: z.enum(['beside', 'over']),
  keepWords: z.boolean(),
  state: z.enum(RESTORE_STATES),
  failure: z.string().nullable(),
  preview: RestorePreview.nullable(),
  digest: z.string().nullable(),
  beforeId: CheckpointId.nullable(),
  parked: z.boolean(),
  made: Made.nullable(),
  undoesId: RestoreId.nullable(),
  personId: PersonId.nullable(),
  door: z.string(),
  conversationId: ConversationId.nullable(),
  decidedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
})
export type Restore = z.infer<typeof Restore>
const COLUMNS = `restore.id, restore.checkpoint_id as "checkpointId", restore.project_id as "projectId", restore.task_id as "taskId", restore.file, restore.parts,
  restore.how, restore.keep_words as "keepWords", restore.state, restore.failure, restore.preview, restore.digest, restore.before_id as "beforeId", restore.made, restore.parked,
  restore.undoes_id as "undoesId", restore.person_id as "personId", restore.door, restore.conversation_id as "conversationId", restore.decided_at as "decidedAt",
  restore.ended_at as "endedAt"`

export type NewRestore = Pick<
  Restore,
  'id' | 'checkpointId' | 'projectId' | 'taskId' | 'file' | 'parts' | 'how' | 'personId' | 'door' | 'conversationId' | 'undoesId'
> & { readonly state: 'looking' | 'wanted' }

/** Answers undefined when the same restore is being undone, or was, already (index restore_undone_once). */
export function insertRestore(tx: Tx, r: NewRestore): Promise<Restore | undefined> {
  return tx.row(
    Restore,
    `insert into restore (id, checkpoint_id, project_id, task_id, file, parts, how, state, undoes_id, person_id, door, conversation_id, decided_at)
     values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text, $6::jsonb, $7::text, $8::text, $9::uuid, $10::uuid, $11::text, $12::uuid,
       case when $8::text = 'wanted' then now() end) on conflict do nothing returning ${COLUMNS}`,
    [r.id, r.checkpointId, r.projectId, r.taskId, r.file, storableJson(r.parts), r.how, r.state, r.undoesId, r.personId, r.door, r.conversationId],
  )
}

export function restoreById(sql: Sql, id: RestoreId): Promise<Restore | undefined> {
  return sql.row(Restore, `select ${COLUMNS} from restore where id = $1::uuid`, [id])
}

/** Locks it, so that only one decides or carries out. */
export function lockRestore(tx: Tx, id: RestoreId): Promise<Restore | undefined> {
  return tx.row(Restore, `select ${COLUMNS} from restore where id = $1::uuid for update`, [id])
}

/** Those the worker has to look at or carry out, of this home's projects (index restore_open). */
export function openRestores(sql: Sql, home: string): Promise<Restore[]> {
  return sql.rows(
    Restore,
    `select ${COLUMNS} from restore join project on project.id = restore.project_id and project.home = $1::text where restore.state in ('looking', 'wanted') order by restore.created_at`,
    [home],
  )
}

/** The one that undoes it, or is about to. */
export function undoOf(sql: Sql, id: RestoreId): Promise<Restore | undefined> {
  return sql.row(Restore, `select ${COLUMNS} from restore where undoes_id = $1::uuid and state in ('looking', 'offered', 'wanted', 'done')`, [id])
}

/** What would change was worked out; a person may now decide about exactly that. */
export function setRestoreOffered(tx: Tx, id: RestoreId, preview: RestorePreview, digest: string, notice: string | null): Promise<number> {
  return tx.run(
    `update restore set state = 'offered', preview = $2::jsonb, digest = $3::text, failure = $4::text where id = $1::uuid and state in ('looking', 'wanted')`,
    [id, storableJson(preview), digest, notice],
  )
}

/** Other parts are wanted: worked out anew. */
export function setRestoreParts(tx: Tx, id: RestoreId, parts: readonly string[], keepWords: boolean): Promise<number> {
  return tx.run(
    `update restore set state = 'looking', parts = $2::jsonb, keep_words = $3::boolean, digest = null, failure = null where id = $1::uuid and state = 'offered'`,
    [id, storableJson(parts), keepWords],
  )
}

/** The compare-and-set of the decision: offered, and the digest is the one that was shown. */
export function decideRestore(
  tx: Tx,
  d: { id: RestoreId; digest: string; how: 'beside' | 'over'; by: PersonId; door: string },
): Promise<Restore | undefined> {
  return tx.row(
    Restore,
    `update restore set state = 'wanted', how = $3::text, person_id = $4::uuid, door = $5::text, failure = null, decided_at = now()
     where id = $1::uuid and digest = $2::text and state = 'offered' returning ${COLUMNS}`,
    [d.id, d.digest, d.how, d.by, d.door],
  )
}

/** The agents it concerns were paused in this very transaction. */
export function setRestoreParked(tx: Tx, id: RestoreId): Promise<number> {
  return tx.run(`update restore set parked = true where id = $1::uuid and state = 'wanted'`, [id])
}

/** Carried out whole, in this very transaction. */
export function setRestoreDone(tx: Tx, id: RestoreId, beforeId: CheckpointId, made: z.infer<typeof Made>): Promise<number> {
  return tx.run(
    `update restore set state = 'done', before_id = $2::uuid, made = $3::jsonb, ended_at = now() where id = $1::uuid and state = 'wanted'`,
    [id, beforeId, storableJson(made)],
  )
}

/** Nothing was changed, for this reason. */
export function refuseRestore(tx: Tx, id: RestoreId, failure: string): Promise<number> {
  return tx.run(
    `update restore set state = 'refused', failure = $2::text, ended_at = now() where id = $1::uuid and state in ('looking', 'offered', 'wanted')`,
    [id, failure],
  )
}

/** A person does not want it; what was decided meanwhile stays (0). */
export function dropRestoreRow(tx: Tx, id: RestoreId, by: PersonId | null, door: string): Promise<number> {
  return tx.run(
    `update restore set state = 'dropped', person_id = $2::uuid, door = $3::text, decided_at = now(), ended_at = now()
     where id = $1::uuid and state in ('looking', 'offered')`,
    [id, by, door],
  )
}

/** Ends what was offered of a checkpoint that goes; answers which. */
export async function endOffersOf(tx: Tx, id: CheckpointId, failure: string): Promise<RestoreId[]> {
  const rows = await tx.rows(
    z.object({ id: RestoreId }),
    `update restore set state = 'refused', failure = $2::text, ended_at = now() where checkpoint_id = $1::uuid and state = 'offered' returning id`,
    [id, failure],
  )
  return rows.map((row) => row.id)
}

/** Those that can be taken back by going to this checkpoint. */
export async function restoresUndoneBy(sql: Sql, id: CheckpointId): Promise<RestoreId[]> {
  const rows = await sql.rows(z.object({ id: RestoreId }), `select id from restore where before_id = $1::uuid and state = 'done'`, [id])
  return rows.map((row) => row.id)
}

/** The last one that was carried out. */
export function latestRestore(sql: Sql): Promise<Restore | undefined> {
  return sql.row(Restore, `select ${COLUMNS} from restore where state = 'done' order by ended_at desc limit 1`)
}
