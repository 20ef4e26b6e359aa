/** Rows of `checkpoint`: made or not made, never changed afterwards but by being removed. */
import {
  CHECKPOINT_KINDS,
  CHECKPOINT_STATES,
  CheckpointId,
  ConversationId,
  ObjectName,
  PersonId,
  ProjectId,
  TASK_STATES,
  TaskId,
  type CheckpointKind,
} from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** The files of a worktree (or of one that was taken down) at that moment. */
const ManifestFiles = z.object({
  tree: ObjectName,
  head: ObjectName.exactOptional(),
  index: ObjectName.exactOptional(),
  /** Byte for byte, rather than as git would store them. */
  raw: z.boolean(),
  ignoredCount: z.number(),
  ignored: z.array(z.string()),
  nested: z.array(z.string()),
  emptyFolders: z.array(z.string()),
})

const ManifestTask = z.object({
  id: TaskId,
  number: z.number(),
  title: z.string(),
  state: z.enum(TASK_STATES),
  branch: z.string(),
  base: ObjectName.nullable(),
  messages: z.number(),
  files: ManifestFiles.nullable(),
  /** An agent was in the middle of a step: files and transcript may be of different moments. */
  midStep: z.boolean(),
  /** Why its files are not in it. */
  problem: z.string().exactOptional(),
})
export type ManifestTask = z.infer<typeof ManifestTask>

/** What a checkpoint holds, in its first version; a later version of Lugh reads it all the same. */
export const Manifest = z.object({
  version: z.literal(1),
  lugh: z.string(),
  project: z.object({ id: ProjectId, name: z.string() }),
  at: z.string(),
  targets: z.array(z.object({ branch: z.string(), commit: ObjectName, tree: ObjectName })),
  /** Tasks that had not landed or been dropped. Of the others only rows are kept. */
  tasks: z.array(ManifestTask),
  settled: z.number(),
  parts: z.array(z.string()),
  problems: z.array(z.string()),
})
export type Manifest = z.infer<typeof Manifest>

/** How many files differ from the checkpoint before, on the target and in each task. */
const Changed = z.array(z.object({ where: z.string(), files: z.number(), insertions: z.number(), deletions: z.number() }))
export type Changed = z.infer<typeof Changed>

export const Checkpoint = z.object({
  id: CheckpointId,
  number: z.number(),
  projectId: ProjectId,
  name: z.string().nullable(),
  kind: z.enum(CHECKPOINT_KINDS),
  key: z.string(),
  state: z.enum(CHECKPOINT_STATES),
  failure: z.string().nullable(),
  commit: ObjectName.nullable(),
  digest: z.string().nullable(),
  manifest: Manifest.nullable(),
  changed: Changed.nullable(),
  bytes: z.number().nullable(),
  tookMs: z.number().nullable(),
  personId: PersonId.nullable(),
  conversationId: ConversationId.nullable(),
  createdAt: z.date(),
  madeAt: z.date().nullable(),
})
export type Checkpoint = z.infer<typeof Checkpoint>
const COLUMNS = `checkpoint.id, checkpoint.number, checkpoint.project_id as "projectId", checkpoint.name, checkpoint.kind, checkpoint.key, checkpoint.state,
  checkpoint.failure, checkpoint.commit_name as "commit", checkpoint.digest, checkpoint.manifest, checkpoint.changed, checkpoint.bytes,
  checkpoint.took_ms as "tookMs", checkpoint.person_id as "personId", checkpoint.conversation_id as "conversationId", checkpoint.created_at as "createdAt",
  checkpoint.made_at as "madeAt"`

/** "chkp" in ASCII; any number will do, as long as every Lugh uses the same. */
const NUMBER_LOCK = 0x63686b70

export type NewCheckpoint = {
  readonly id: CheckpointId
  readonly projectId: ProjectId
  readonly name: string | null
  readonly kind: CheckpointKind
  readonly key: string
  readonly personId: PersonId | null
  readonly conversationId: ConversationId | null
}

/**
 * Asks for a checkpoint. The same key gets the one it got before; while one of the project is being made everybody gets that one
 * (index checkpoint_making), under the name that was given and kept for as long as the longest of them wants. The lock makes askers queue.
 */
export async function askCheckpoint(tx: Tx, c: NewCheckpoint): Promise<Checkpoint | undefined> {
  await tx.run(`select pg_advisory_xact_lock($1::bigint)`, [NUMBER_LOCK])
  const known = await checkpointByKey(tx, c.key)
  if (known !== undefined && known.state !== 'failed') return known
  const joined = await joinCheckpoint(tx, c)
  if (joined !== undefined) return joined
  if (known !== undefined) return reviveCheckpoint(tx, known.id)
  return tx.row(
    Checkpoint,
    `insert into checkpoint (id, number, project_id, name, kind, key, state, person_id, conversation_id)
     select $1::uuid, coalesce(max(number), 0) + 1, $2::uuid, $3::text, $4::text, $5::text, 'making', $6::uuid, $7::uuid from checkpoint returning ${COLUMNS}`,
    [c.id, c.projectId, c.name, c.kind, c.key, c.personId, c.conversationId],
  )
}

function joinCheckpoint(tx: Tx, c: NewCheckpoint): Promise<Checkpoint | undefined> {
  return tx.row(
    Checkpoint,
    `update checkpoint set name = coalesce($2::text, name), person_id = coalesce(person_id, $5::uuid), conversation_id = coalesce(conversation_id, $6::uuid),
       kind = case when array_position($4::text[], kind) <= array_position($4::text[], $3::text) then kind else $3::text end
     where project_id = $1::uuid and state = 'making' returning ${COLUMNS}`,
    [c.projectId, c.name, c.kind, CHECKPOINT_KINDS, c.personId, c.conversationId],
  )
}

export type Imported = Pick<NewCheckpoint, 'id' | 'projectId' | 'name' | 'key' | 'personId' | 'conversationId'> & { readonly made: Made }

/** One that came in whole from elsewhere. The same key is the same one; the lock makes those who number queue. */
export async function insertImported(tx: Tx, c: Imported): Promise<Checkpoint> {
  await tx.run(`select pg_advisory_xact_lock($1::bigint)`, [NUMBER_LOCK])
  const known = await checkpointByKey(tx, c.key)
  if (known !== undefined) return known
  const { made } = c
  const row = await tx.row(
    Checkpoint,
    `insert into checkpoint (id, number, project_id, name, kind, key, state, person_id, conversation_id, commit_name, digest, manifest, bytes, took_ms, made_at)
     select $1::uuid, coalesce(max(number), 0) + 1, $2::uuid, $3::text, 'imported', $4::text, 'whole', $5::uuid, $6::uuid, $7::text, $8::text, $9::jsonb,
       $10::bigint, $11::integer, now() from checkpoint returning ${COLUMNS}`,
    [
      c.id,
      c.projectId,
      c.name,
      c.key,
      c.personId,
      c.conversationId,
      made.commit,
      made.digest,
      storableJson(made.manifest),
      made.bytes,
      Math.round(made.tookMs),
    ],
  )
  if (row === undefined) throw new Error('an insert without a condition answered no row')
  return row
}

/** One that could not be made is tried again under its number. */
function reviveCheckpoint(tx: Tx, id: CheckpointId): Promise<Checkpoint | undefined> {
  return tx.row(
    Checkpoint,
    `update checkpoint set state = 'making', failure = null, created_at = now() where id = $1::uuid and state = 'failed' returning ${COLUMNS}`,
    [id],
  )
}

function checkpointByKey(sql: Sql, key: string): Promise<Checkpoint | undefined> {
  return sql.row(Checkpoint, `select ${COLUMNS} from checkpoint where key = $1::text`, [key])
}

export function checkpointById(sql: Sql, id: CheckpointId): Promise<Checkpoint | undefined> {
  return sql.row(Checkpoint, `select ${COLUMNS} from checkpoint where id = $1::uuid`, [id])
}

export function checkpointByNumber(sql: Sql, number: number): Promise<Checkpoint | undefined> {
  return sql.row(Checkpoint, `select ${COLUMNS} from checkpoint where number = $1::integer`, [number])
}

/**
 * The newest whole one of a project that a person would call so: by its very name, or else by words that are in it. Case and the spaces
 * between words are not what anybody remembers (index checkpoint_project).
 */
export function checkpointNamed(sql: Sql, projectId: ProjectId, name: string): Promise<Checkpoint | undefined> {
  return sql.row(
    Checkpoint,
    `select ${COLUMNS} from checkpoint, lower(regexp_replace(btrim($2::text), '\\s+', ' ', 'g')) as said,
       lateral (select lower(regexp_replace(btrim(name), '\\s+', ' ', 'g')) as called) as its
     where project_id = $1::uuid and state = 'whole' and strpos(its.called, said) > 0
     order by (its.called = said) desc, number desc limit 1`,
    [projectId, name],
  )
}

/** The newest of a project that are not removed (index checkpoint_project). */
export function listCheckpoints(sql: Sql, projectId: ProjectId, limit: number): Promise<Checkpoint[]> {
  return sql.rows(
    Checkpoint,
    `select ${COLUMNS} from checkpoint where project_id = $1::uuid and state <> 'removed' order by number desc limit $2::integer`,
    [projectId, limit],
  )
}

/** The newest whole one of a project before `number` that was made here: one that came from elsewhere is no step on the way. */
export function wholeBefore(sql: Sql, projectId: ProjectId, number: number): Promise<Checkpoint | undefined> {
  return sql.row(
    Checkpoint,
    `select ${COLUMNS} from checkpoint where project_id = $1::uuid and state = 'whole' and kind <> 'imported' and number < $2::integer order by number desc limit 1`,
    [projectId, number],
  )
}

/** The newest whole one of a project that was made here and asked for no later than another. */
export function wholeAt(sql: Sql, projectId: ProjectId, at: Date): Promise<Checkpoint | undefined> {
  return sql.row(
    Checkpoint,
    `select ${COLUMNS} from checkpoint where project_id = $1::uuid and state = 'whole' and kind <> 'imported' and created_at <= $2::timestamptz
     order by created_at desc limit 1`,
    [projectId, at],
  )
}

/**
 * Those the worker is to make, of this home's projects (index checkpoint_making): asked for by a person or a clock, and those whose
 * step seems to have died before it had made them.
 */
export function checkpointsToMake(sql: Sql, home: string): Promise<Checkpoint[]> {
  return sql.rows(
    Checkpoint,
    `select ${COLUMNS} from checkpoint join project on project.id = checkpoint.project_id and project.home = $1::text where checkpoint.state = 'making'
       and (checkpoint.kind in ('manual', 'plan', 'nightly') or checkpoint.created_at < now() - interval '1 minute') order by checkpoint.number`,
    [home],
  )
}

/** Ready projects of this home on which a task has moved since their last checkpoint, when that (or their beginning) is `hours` ago. */
export function projectsWorkedOn(sql: Sql, home: string, hours: number): Promise<{ id: ProjectId }[]> {
  return sql.rows(
    z.object({ id: ProjectId }),
    `select p.id from project p
     cross join lateral (select coalesce(max(c.created_at), p.created_at) as at from checkpoint c where c.project_id = p.id and c.state in ('whole', 'making')) last
     where p.home = $1::text and p.state = 'ready' and last.at < now() - $2::integer * interval '1 hour'
       and exists (select 1 from task t where t.project_id = p.id and t.updated_at > last.at)`,
    [home, hours],
  )
}

export type Made = {
  readonly commit: ObjectName
  readonly digest: string
  readonly manifest: Manifest
  readonly changed: Changed | null
  readonly bytes: number
  readonly tookMs: number
}

/** The outcome: whole. Answers undefined when it was made or given up already. */
export function setCheckpointWhole(tx: Tx, id: CheckpointId, made: Made): Promise<Checkpoint | undefined> {
  return tx.row(
    Checkpoint,
    `update checkpoint set state = 'whole', commit_name = $2::text, digest = $3::text, manifest = $4::jsonb, changed = $5::jsonb, bytes = $6::bigint,
       took_ms = $7::integer, made_at = now() where id = $1::uuid and state = 'making' returning ${COLUMNS}`,
    [
      id,
      made.commit,
      made.digest,
      storableJson(made.manifest),
      made.changed === null ? null : storableJson(made.changed),
      made.bytes,
      Math.round(made.tookMs),
    ],
  )
}

/** The outcome: nothing was kept. */
export function setCheckpointFailed(tx: Tx, id: CheckpointId, failure: string): Promise<number> {
  return tx.run(`update checkpoint set state = 'failed', failure = $2::text where id = $1::uuid and state = 'making'`, [id, failure])
}

/** All whole ones of a project, newest first. */
export function wholeCheckpoints(sql: Sql, projectId: ProjectId): Promise<Checkpoint[]> {
  return sql.rows(Checkpoint, `select ${COLUMNS} from checkpoint where project_id = $1::uuid and state = 'whole' order by number desc`, [projectId])
}

const WANTED = `(exists (select from restore r where r.checkpoint_id = checkpoint.id
    and (r.state in ('looking', 'wanted') or (r.state = 'offered' and r.created_at > now() - $2::integer * interval '1 hour')))
  or exists (select from checkpoint_file f where f.checkpoint_id = checkpoint.id and f.direction = 'out' and f.state = 'wanted'))`

/** Those of a project that somebody is about to go back to (an offer counts for so many hours), or to carry away as a file. */
export async function checkpointsWanted(sql: Sql, projectId: ProjectId, offeredHours: number): Promise<Set<CheckpointId>> {
  const rows = await sql.rows(
    z.object({ id: CheckpointId }),
    `select id from checkpoint where project_id = $1::uuid and state = 'whole' and ${WANTED}`,
    [projectId, offeredHours],
  )
  return new Set(rows.map(({ id }) => id))
}

/**
 * Locks a whole checkpoint that nobody wants. Who asks for a way back holds a share of the lock; and only a statement that begins when the
 * lock is held sees what was asked for meanwhile, so that this takes two.
 */
export async function takeForRemoval(tx: Tx, id: CheckpointId, offeredHours: number): Promise<boolean> {
  await tx.run(`select 1 from checkpoint where id = $1::uuid for update`, [id])
  const row = await tx.row(z.object({ free: z.boolean() }), `select state = 'whole' and not ${WANTED} as free from checkpoint where id = $1::uuid`, [
    id,
    offeredHours,
  ])
  return row?.free ?? false
}

/** As `checkpointById`, and nobody removes it while this transaction is open. */
export function holdCheckpoint(tx: Tx, id: CheckpointId): Promise<Checkpoint | undefined> {
  return tx.row(Checkpoint, `select ${COLUMNS} from checkpoint where id = $1::uuid for share`, [id])
}

/** References of the store that no tidying may drop: of whole checkpoints, of those being made, and of files being taken in, which get their row last. */
export async function checkpointsInStore(sql: Sql, projectId: ProjectId): Promise<Set<string>> {
  const rows = await sql.rows(
    z.object({ id: z.string() }),
    `select id from checkpoint where project_id = $1::uuid and state in ('whole', 'making')
     union select id from checkpoint_file where direction = 'in' and state = 'wanted'`,
    [projectId],
  )
  return new Set(rows.map(({ id }) => id))
}

/** It cannot be gone back to any more; its row stays. */
export function setCheckpointRemoved(tx: Tx, id: CheckpointId): Promise<number> {
  return tx.run(`update checkpoint set state = 'removed', removed_at = now() where id = $1::uuid and state = 'whole'`, [id])
}

/**
 * Objects of the store that rows of a project name: of tasks that may go on, and of those that ended within `hours` (null: ever), so that their
 * changes can still be looked at and taken back, and their steps be gone through.
 */
export async function treesInUse(sql: Sql, projectId: ProjectId, hours: number | null): Promise<{ trees: Set<string>; commits: Set<string> }> {
  const rows = await sql.rows(
    z.object({ kind: z.enum(['trees', 'commits']), name: z.string() }),
    `with alive as (
       select * from task where project_id = $1::uuid and (ended_at is null or $2::float8 is null or ended_at > now() - $2::float8 * interval '1 hour')
     )
     select 'trees' as kind, saved_tree as name from task where project_id = $1::uuid and saved_tree is not null
     union select 'trees', saved_index from task where project_id = $1::uuid and saved_index is not null
     union select 'commits', saved_head from task where project_id = $1::uuid and saved_head is not null
     union select 'trees', s.tree from step s join alive on alive.id = s.task_id where s.tree is not null
     union select 'trees', c.tree from change c join alive on alive.id = c.task_id
     union select 'trees', s.tree from selection s join change c on c.id = s.change_id join alive on alive.id = c.task_id where s.tree is not null
     union select 'trees', c.base_tree from change c join alive on alive.id = c.task_id
     union select 'commits', base_commit from alive where base_commit is not null
     union select 'commits', l.new_commit from landing l join alive on alive.id = l.task_id where l.new_commit is not null
     union select 'commits', l.old_commit from landing l join alive on alive.id = l.task_id where l.old_commit is not null`,
    [projectId, hours],
  )
  const named = (kind: string): Set<string> => new Set(rows.filter((row) => row.kind === kind).map(({ name }) => name))
  return { trees: named('trees'), commits: named('commits') }
}
