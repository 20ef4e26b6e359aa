/** Rows of `change_hunk`, `hunk_verdict` and `selection`: a change in pieces, what people said to each, and what is to be left out. */
import { ChangeId, PersonId, type TaskId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** A piece of a change; see `Hunk` of the git room. `text` is cut for a card, `lines` says how many there are. */
export const HunkRow = z.object({
  file: z.number(),
  hunk: z.number(),
  oldStart: z.number(),
  oldLines: z.number(),
  newStart: z.number(),
  newLines: z.number(),
  insertions: z.number(),
  deletions: z.number(),
  text: z.string(),
  lines: z.number(),
})
export type HunkRow = z.infer<typeof HunkRow>
export type HunkPlace = Pick<HunkRow, 'file' | 'hunk'>

/** A piece with what was said to it. No verdict: it stays in. */
export const JudgedHunk = HunkRow.omit({ text: true }).extend({
  verdict: z.enum(['keep', 'drop']).nullable(),
  comment: z.string().nullable(),
  judgedBy: PersonId.nullable(),
})
export type JudgedHunk = z.infer<typeof JudgedHunk>
export type HunkVerdict = 'keep' | 'drop'

const PLACE = `h.file, h.hunk, h.old_start as "oldStart", h.old_lines as "oldLines", h.new_start as "newStart", h.new_lines as "newLines",
  h.insertions, h.deletions, h.lines`

/** All pieces of a change in one statement; its texts are redacted and cut already. */
export function insertHunks(tx: Tx, changeId: ChangeId, hunks: readonly HunkRow[]): Promise<number> {
  return tx.run(
    `insert into change_hunk (change_id, file, hunk, old_start, old_lines, new_start, new_lines, insertions, deletions, text, lines)
     select $1::uuid, h.file, h.hunk, h."oldStart", h."oldLines", h."newStart", h."newLines", h.insertions, h.deletions, h.text, h.lines
     from jsonb_to_recordset($2::jsonb) as h (file integer, hunk integer, "oldStart" integer, "oldLines" integer, "newStart" integer, "newLines" integer,
       insertions integer, deletions integer, text text, lines integer)`,
    [changeId, storableJson(hunks)],
  )
}

/** The pieces in order, with what was said to each (both by primary key). A verdict about another digest does not count. */
export function judgedHunks(sql: Sql, changeId: ChangeId): Promise<JudgedHunk[]> {
  return sql.rows(
    JudgedHunk,
    `select ${PLACE}, v.verdict, v.comment, v.person_id as "judgedBy" from change_hunk h join change c on c.id = h.change_id
       left join hunk_verdict v on v.change_id = h.change_id and v.file = h.file and v.hunk = h.hunk and v.digest = c.digest
     where h.change_id = $1::uuid order by h.file, h.hunk`,
    [changeId],
  )
}

/** What a piece says (primary key). */
export async function hunkText(sql: Sql, changeId: ChangeId, at: HunkPlace): Promise<string | undefined> {
  const row = await sql.row(
    z.object({ text: z.string() }),
    `select text from change_hunk where change_id = $1::uuid and file = $2::integer and hunk = $3::integer`,
    [changeId, at.file, at.hunk],
  )
  return row?.text
}

type Said = { readonly changeId: ChangeId; readonly digest: string; readonly by: PersonId; readonly door: string }

/** Judges one piece, or all of a file (`hunk` null); the newest word counts. Answers how many pieces there were. */
export function judgeHunks(tx: Tx, j: Said & { file: number; hunk: number | null; verdict: HunkVerdict }): Promise<number> {
  return tx.run(
    `insert into hunk_verdict (change_id, file, hunk, digest, verdict, person_id, door)
     select change_id, file, hunk, $4::text, $5::text, $6::uuid, $7::text from change_hunk
     where change_id = $1::uuid and file = $2::integer and ($3::integer is null or hunk = $3::integer)
     on conflict (change_id, file, hunk) do update set digest = excluded.digest, verdict = excluded.verdict, person_id = excluded.person_id,
       door = excluded.door, at = now()`,
    [j.changeId, j.file, j.hunk, j.digest, j.verdict, j.by, j.door],
  )
}

/** Says something about a piece, in place of what was said before; its verdict stays. Answers 0 where there is no such piece. */
export function commentHunk(tx: Tx, c: Said & HunkPlace & { comment: string }): Promise<number> {
  return tx.run(
    `insert into hunk_verdict (change_id, file, hunk, digest, comment, person_id, door)
     select change_id, file, hunk, $4::text, $5::text, $6::uuid, $7::text from change_hunk
     where change_id = $1::uuid and file = $2::integer and hunk = $3::integer
     on conflict (change_id, file, hunk) do update set digest = excluded.digest, comment = excluded.comment, person_id = excluded.person_id,
       door = excluded.door, at = now()`,
    [c.changeId, c.file, c.hunk, c.digest, c.comment, c.by, c.door],
  )
}

/** Which piece the change's card shows; null: the change as a whole. */
export function setShownHunk(tx: Tx, id: ChangeId, at: HunkPlace | null): Promise<number> {
  return tx.run(`update change set at_file = $2::integer, at_hunk = $3::integer where id = $1::uuid and state = 'proposed'`, [
    id,
    at?.file ?? null,
    at?.hunk ?? null,
  ])
}

export const Selection = z.object({
  changeId: ChangeId,
  digest: z.string(),
  kept: z.number(),
  total: z.number(),
  runs: z.number(),
  tree: z.string().nullable(),
  personId: PersonId,
  door: z.string(),
})
export type Selection = z.infer<typeof Selection>

const SELECTION = `s.change_id as "changeId", s.digest, s.kept, s.total, s.runs, s.tree, s.person_id as "personId", s.door`

/** The decision, before anything is made of it. Decided again, the older one is forgotten. */
export function insertSelection(tx: Tx, s: Omit<Selection, 'tree' | 'runs'> & { taskId: TaskId }): Promise<number> {
  return tx.run(
    `insert into selection (change_id, digest, kept, total, runs, person_id, door)
     values ($1::uuid, $2::text, $3::integer, $4::integer, (select count(*) from run where task_id = $7::uuid), $5::uuid, $6::text)
     on conflict (change_id) do update set digest = excluded.digest, kept = excluded.kept, total = excluded.total, runs = excluded.runs, tree = null,
       person_id = excluded.person_id, door = excluded.door, created_at = now()`,
    [s.changeId, s.digest, s.kept, s.total, s.personId, s.door, s.taskId],
  )
}

/** What is to be left out of the task's open change, if anything; not when its agent has worked since (primary key, index change_open). */
export function openSelection(sql: Sql, taskId: TaskId): Promise<Selection | undefined> {
  return sql.row(
    Selection,
    `select ${SELECTION} from selection s join change c on c.id = s.change_id and c.digest = s.digest
     where c.task_id = $1::uuid and c.state = 'proposed' and s.runs = (select count(*) from run where task_id = $1::uuid)`,
    [taskId],
  )
}

/** The tree is made; wins only once. */
export function setSelectionTree(tx: Tx, changeId: ChangeId, tree: string): Promise<number> {
  return tx.run(`update selection set tree = $2::text where change_id = $1::uuid and tree is null`, [changeId, tree])
}

/** It cannot be done as decided; the change waits again. */
export function dropSelection(tx: Tx, changeId: ChangeId): Promise<number> {
  return tx.run(`delete from selection where change_id = $1::uuid`, [changeId])
}
