/** Rows of `change` and `landing`: what would change, and what moved a reference. */
import { CHANGE_STATES, ChangeId, LANDING_STATES, LandingId, PersonId, TaskId, redactKeys, type ChangeState, type LandingState } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** The measured result of the project's own test command, run by Lugh. */
export const TestResult = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('not-run'), command: z.string(), why: z.string() }),
  z.object({
    state: z.literal('ran'),
    command: z.string(),
    exitCode: z.number().nullable(),
    endedBy: z.string().nullable(),
    ms: z.number(),
    /** The end of what was printed. */
    output: z.string(),
    /** The log that keeps all of it, where that is more. */
    log: z.string().exactOptional(),
  }),
])
export type TestResult = z.infer<typeof TestResult>

export const ChangeFile = z.object({
  path: z.string(),
  oldPath: z.string().optional(),
  status: z.string(),
  oldMode: z.string(),
  newMode: z.string(),
  insertions: z.number(),
  deletions: z.number(),
  binary: z.boolean(),
  oldBytes: z.number().optional(),
  newBytes: z.number().optional(),
})
export const ChangeKey = z.object({ path: z.string(), line: z.number(), what: z.string() })
export const ChangeProblem = z.object({ path: z.string(), code: z.string(), say: z.string() })

export const LandingPlanRow = z.object({
  how: z.enum(['ref', 'checkout', 'push', 'branch']),
  say: z.string(),
  checkout: z.string().exactOptional(),
  remote: z.string().exactOptional(),
  branch: z.string().exactOptional(),
  reason: z.string().exactOptional(),
  otherwise: z.string().exactOptional(),
})
export type LandingPlanRow = z.infer<typeof LandingPlanRow>

/** Of what change this is a part, where a person left pieces out. */
export const ChangePart = z.object({ of: ChangeId, kept: z.number(), total: z.number() })
export type ChangePart = z.infer<typeof ChangePart>

export const Change = z.object({
  id: ChangeId,
  taskId: TaskId,
  number: z.number(),
  state: z.enum(CHANGE_STATES),
  targetRef: z.string(),
  baseCommit: z.string(),
  baseTree: z.string(),
  tree: z.string(),
  landingPlan: LandingPlanRow,
  digest: z.string(),
  files: z.array(ChangeFile),
  insertions: z.number(),
  deletions: z.number(),
  diffBytes: z.number(),
  hiddenCharacters: z.number(),
  problems: z.array(ChangeProblem),
  /** Places that look like keys; a merge of these needs a second look. */
  keys: z.array(ChangeKey),
  summary: z.string(),
  tests: TestResult.nullable(),
  testsAllowedBy: PersonId.nullable(),
  notice: z.string().nullable(),
  asking: z.boolean(),
  mergeAsked: z.boolean(),
  part: ChangePart.nullable(),
  /** The piece its card shows in place of the whole. */
  atFile: z.number().nullable(),
  atHunk: z.number().nullable(),
  decidedBy: PersonId.nullable(),
  decidedAt: z.date().nullable(),
})
export type Change = z.infer<typeof Change>

const CHANGE = `id, task_id as "taskId", number, state, target_ref as "targetRef", base_commit as "baseCommit", base_tree as "baseTree", tree,
  landing_plan as "landingPlan", digest, files, insertions, deletions, diff_bytes as "diffBytes", hidden_characters as "hiddenCharacters", problems, keys, summary,
  tests, tests_allowed_by as "testsAllowedBy", notice, asking, merge_asked as "mergeAsked", part, at_file as "atFile", at_hunk as "atHunk", decided_by as "decidedBy", decided_at as "decidedAt"`

export type NewChange = Omit<
  Change,
  'number' | 'state' | 'asking' | 'mergeAsked' | 'atFile' | 'atHunk' | 'testsAllowedBy' | 'decidedBy' | 'decidedAt'
>

/** One open change a task (index change_open): supersede the old one in the same transaction first. */
export function insertChange(tx: Tx, c: NewChange): Promise<Change | undefined> {
  return tx.row(
    Change,
    `insert into change (id, task_id, number, state, target_ref, base_commit, base_tree, tree, landing_plan, digest, files, insertions, deletions, diff_bytes,
       hidden_characters, problems, summary, tests, notice, keys, part)
     select $1::uuid, $2::uuid, coalesce(max(number), 0) + 1, 'proposed', $3::text, $4::text, $5::text, $6::text, $7::jsonb, $8::text, $9::jsonb, $10::integer, $11::integer,
       $12::bigint, $13::integer, $14::jsonb, $15::text, $16::jsonb, $17::text, $18::jsonb, $19::jsonb
     from change where task_id = $2::uuid returning ${CHANGE}`,
    [
      c.id,
      c.taskId,
      c.targetRef,
      c.baseCommit,
      c.baseTree,
      c.tree,
      storableJson(c.landingPlan),
      c.digest,
      storableJson(c.files, redactKeys),
      c.insertions,
      c.deletions,
      c.diffBytes,
      c.hiddenCharacters,
      storableJson(c.problems),
      c.summary,
      storableJson(c.tests, redactKeys),
      c.notice,
      storableJson(c.keys),
      c.part === null ? null : storableJson(c.part),
    ],
  )
}

export function changeById(sql: Sql, id: ChangeId): Promise<Change | undefined> {
  return sql.row(Change, `select ${CHANGE} from change where id = $1::uuid`, [id])
}

/** The change that waits or is being landed, if any. */
export function openChange(sql: Sql, taskId: TaskId): Promise<Change | undefined> {
  return sql.row(Change, `select ${CHANGE} from change where task_id = $1::uuid and state in ('proposed', 'landing')`, [taskId])
}

export function latestChange(sql: Sql, taskId: TaskId): Promise<Change | undefined> {
  return sql.row(Change, `select ${CHANGE} from change where task_id = $1::uuid order by number desc limit 1`, [taskId])
}

/** The newest change that is a part of another, unless the agent has heard or said anything since, or the person took it back. */
export function untoldPart(sql: Sql, taskId: TaskId): Promise<Change | undefined> {
  return sql.row(
    Change,
    `select ${CHANGE} from change where task_id = $1::uuid and part is not null and part ->> 'takenBack' is null
       and created_at > coalesce((select max(m.created_at) from message m where m.task_id = $1::uuid), '-infinity') order by number desc limit 1`,
    [taskId],
  )
}

/** The whole is wanted again: what was left out is not told to the agent any more. */
export function takeBackPart(tx: Tx, id: ChangeId): Promise<number> {
  return tx.run(`update change set part = part || '{"takenBack": true}' where id = $1::uuid and part is not null`, [id])
}

/** The compare-and-set of a decision: the state is the expected one and the digest the one that was shown. */
export function decideChange(
  tx: Tx,
  d: { id: ChangeId; digest: string; from: ChangeState; to: ChangeState; by: PersonId | null },
): Promise<Change | undefined> {
  return tx.row(
    Change,
    `update change set state = $4::text, decided_by = $5::uuid, decided_at = now() where id = $1::uuid and digest = $2::text and state = $3::text returning ${CHANGE}`,
    [d.id, d.digest, d.from, d.to, d.by],
  )
}

export function setChangeState(tx: Tx, id: ChangeId, from: ChangeState, to: ChangeState, notice: string | null): Promise<number> {
  return tx.run(`update change set state = $3::text, notice = coalesce($4::text, notice) where id = $1::uuid and state = $2::text`, [
    id,
    from,
    to,
    notice,
  ])
}

/** New test results of the very same change. */
export function setTests(tx: Tx, id: ChangeId, tests: TestResult): Promise<number> {
  return tx.run(`update change set tests = $2::jsonb where id = $1::uuid`, [id, storableJson(tests, redactKeys)])
}

export function allowTests(tx: Tx, id: ChangeId, by: PersonId): Promise<number> {
  return tx.run(`update change set tests_allowed_by = $2::uuid where id = $1::uuid and state = 'proposed'`, [id, by])
}

export const Landing = z.object({
  id: LandingId,
  taskId: TaskId,
  changeId: ChangeId,
  kind: z.enum(['merge', 'undo', 'redo']),
  state: z.enum(LANDING_STATES),
  ref: z.string(),
  how: z.string(),
  oldCommit: z.string().nullable(),
  newCommit: z.string().nullable(),
  detail: z.string().nullable(),
  personId: PersonId.nullable(),
  door: z.string(),
  createdAt: z.date(),
})
export type Landing = z.infer<typeof Landing>
const LANDING = `id, task_id as "taskId", change_id as "changeId", kind, state, ref, how, old_commit as "oldCommit", new_commit as "newCommit", detail,
  person_id as "personId", door, created_at as "createdAt"`

/** One open landing a task (index landing_open). */
export function insertLanding(
  tx: Tx,
  l: {
    id: LandingId
    taskId: TaskId
    changeId: ChangeId
    kind: 'merge' | 'undo' | 'redo'
    ref: string
    how: string
    personId: PersonId
    door: string
  },
): Promise<Landing | undefined> {
  return tx.row(
    Landing,
    `insert into landing (id, task_id, change_id, kind, state, ref, how, person_id, door)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, 'intended', $5::text, $6::text, $7::uuid, $8::text) on conflict do nothing returning ${LANDING}`,
    [l.id, l.taskId, l.changeId, l.kind, l.ref, l.how, l.personId, l.door],
  )
}

export function openLanding(sql: Sql, taskId: TaskId): Promise<Landing | undefined> {
  return sql.row(Landing, `select ${LANDING} from landing where task_id = $1::uuid and state = 'intended'`, [taskId])
}

/** The last landing that moved the target. */
export function lastLanded(sql: Sql, taskId: TaskId): Promise<Landing | undefined> {
  return sql.row(Landing, `select ${LANDING} from landing where task_id = $1::uuid and state = 'landed' order by created_at desc limit 1`, [taskId])
}

/** When a target was last moved, by whatever task. */
export async function lastLandedAt(sql: Sql): Promise<Date | undefined> {
  const row = await sql.row(z.object({ at: z.date().nullable() }), `select max(ended_at) as at from landing where state = 'landed'`)
  return row?.at ?? undefined
}

export function latestLanding(sql: Sql, taskId: TaskId): Promise<Landing | undefined> {
  return sql.row(Landing, `select ${LANDING} from landing where task_id = $1::uuid order by created_at desc limit 1`, [taskId])
}

/** The intent: exactly which commit is about to replace which. Written before the reference moves. */
export function setLandingIntent(tx: Tx, id: LandingId, l: { oldCommit: string; newCommit: string; how: string; plan: unknown }): Promise<number> {
  return tx.run(
    `update landing set old_commit = $2::text, new_commit = $3::text, how = $4::text, detail = $5::text where id = $1::uuid and state = 'intended'`,
    [id, l.oldCommit, l.newCommit, l.how, storableJson(l.plan)],
  )
}

export function endLanding(tx: Tx, id: LandingId, state: LandingState, detail: string | null, how: string | null): Promise<number> {
  return tx.run(
    `update landing set state = $2::text, detail = $3::text, how = coalesce($4::text, how), ended_at = now() where id = $1::uuid and state = 'intended'`,
    [id, state, detail, how],
  )
}

/** Whether the card asks to discard; only while the change waits and is the one shown. */
export function setAsking(tx: Tx, id: ChangeId, digest: string, asking: boolean): Promise<number> {
  return tx.run(`update change set asking = $3::boolean where id = $1::uuid and digest = $2::text and state = 'proposed'`, [id, digest, asking])
}

/** Whether the card asks to merge although something looks like a key. */
export function setMergeAsked(tx: Tx, id: ChangeId, digest: string, asked: boolean): Promise<number> {
  return tx.run(`update change set merge_asked = $3::boolean where id = $1::uuid and digest = $2::text and state = 'proposed'`, [id, digest, asked])
}
