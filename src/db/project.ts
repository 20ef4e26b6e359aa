/** Rows of `project`: the repositories Lugh works on, and what is set for each. */
import { ConversationId, MODES, PROJECT_STATES, ProjectId, type Mode } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const Project = z.object({
  id: ProjectId,
  home: z.string(),
  name: z.string(),
  kind: z.enum(['path', 'url']),
  location: z.string(),
  targetBranch: z.string().nullable(),
  targetSet: z.boolean(),
  testCommand: z.string().nullable(),
  setupCommand: z.string().nullable(),
  fastForward: z.boolean().nullable(),
  author: z.string().nullable(),
  mode: z.enum(MODES).nullable(),
  sample: z.boolean(),
  state: z.enum(PROJECT_STATES),
  failure: z.string().nullable(),
  conversationId: ConversationId.nullable(),
  fence: z.number(),
})
export type Project = z.infer<typeof Project>

const COLUMNS = `id, home, name, kind, location, target_branch as "targetBranch", target_set as "targetSet", test_command as "testCommand", setup_command as "setupCommand",
  fast_forward as "fastForward", author, mode, sample, state, failure, conversation_id as "conversationId", fence`

/** Answers undefined when a live project has that name or location already (unique indexes decide the race). */
export function insertProject(
  tx: Tx,
  p: { id: ProjectId; home: string; name: string; kind: 'path' | 'url'; location: string; sample: boolean; conversationId: ConversationId | null },
): Promise<Project | undefined> {
  return tx.row(
    Project,
    `insert into project (id, name, kind, location, sample, conversation_id, home, state) values ($1::uuid, $2::text, $3::text, $4::text, $5::boolean, $6::uuid, $7::text, 'adding')
     on conflict do nothing returning ${COLUMNS}`,
    [p.id, p.name, p.kind, p.location, p.sample, p.conversationId, p.home],
  )
}

export function projectById(sql: Sql, id: ProjectId): Promise<Project | undefined> {
  return sql.row(Project, `select ${COLUMNS} from project where id = $1::uuid`, [id])
}

/** By name, case-insensitively; live projects only (index project_name_live). */
export function projectByName(sql: Sql, name: string): Promise<Project | undefined> {
  return sql.row(Project, `select ${COLUMNS} from project where lower(name) = lower($1::text) and state not in ('removed', 'failed')`, [name])
}

export function listProjects(sql: Sql): Promise<Project[]> {
  return sql.rows(Project, `select ${COLUMNS} from project where state not in ('removed', 'failed') order by sample, created_at`)
}

/** Takes one project of this home that is being added and whose lease is free; `for update skip locked` decides between workers. */
export function claimProject(tx: Tx, home: string, holder: string, leaseMs: number): Promise<Project | undefined> {
  return tx.row(
    Project,
    `with next as (
       select id from project where state = 'adding' and home = $3::text and (lease_until is null or lease_until < now()) order by created_at limit 1 for update skip locked
     )
     update project set lease_holder = $1::text, lease_until = now() + $2::integer * interval '1 millisecond', fence = project.fence + 1
     from next where project.id = next.id
     returning ${COLUMNS.replaceAll(/^id|(?<=, )id/gu, 'project.id')}`,
    [holder, leaseMs, home],
  )
}

/** Ends the adding; a compare-and-set on the fencing number and the state. */
export function finishAdding(
  tx: Tx,
  p: { id: ProjectId; fence: number; state: 'ready' | 'failed'; failure: string | null; targetBranch: string | null },
): Promise<Project | undefined> {
  return tx.row(
    Project,
    `update project set state = $3::text, failure = $4::text, target_branch = coalesce(target_branch, $5::text), lease_holder = null, lease_until = null
     where id = $1::uuid and fence = $2::bigint and state = 'adding' returning ${COLUMNS}`,
    [p.id, p.fence, p.state, p.failure, p.targetBranch],
  )
}

export type ProjectSettings = {
  targetBranch?: string | null
  testCommand?: string | null
  setupCommand?: string | null
  fastForward?: boolean | null
  author?: string | null
  mode?: Mode | null
}

/** Sets what is named and leaves the rest. */
export function updateProject(tx: Tx, id: ProjectId, s: ProjectSettings): Promise<number> {
  return tx.run(
    `update project set
       target_branch = case when $2::boolean and $3::text is not null then $3::text else target_branch end,
       target_set = case when $2::boolean then $3::text is not null else target_set end,
       test_command = case when $4::boolean then $5::text else test_command end,
       setup_command = case when $6::boolean then $7::text else setup_command end,
       fast_forward = case when $8::boolean then $9::boolean else fast_forward end,
       author = case when $10::boolean then $11::text else author end,
       mode = case when $12::boolean then $13::text else mode end
     where id = $1::uuid`,
    [id, ...given(s.targetBranch), ...given(s.testCommand), ...given(s.setupCommand), ...given(s.fastForward), ...given(s.author), ...given(s.mode)],
  )
}

function given<T>(value: T | null | undefined): [boolean, T | null] {
  return [value !== undefined, value ?? null]
}

export function removeProject(tx: Tx, id: ProjectId): Promise<number> {
  return tx.run(`update project set state = 'removed', removed_at = now() where id = $1::uuid and state <> 'removed'`, [id])
}

/** Projects of this home that are gone and whose copies are not, with no worktree left on them. */
export function projectsToClear(sql: Sql, home: string): Promise<Project[]> {
  return sql.rows(
    Project,
    `select ${COLUMNS} from project where home = $1::text and state in ('removed', 'failed') and copied
       and not exists (select from worktree where worktree.project_id = project.id and worktree.state <> 'gone') limit 20`,
    [home],
  )
}

export function setCleared(sql: Sql, id: ProjectId): Promise<number> {
  return sql.run(`update project set copied = false where id = $1::uuid`, [id])
}

/** Frees the leases that an earlier life of this home held: it is dead, because this process holds the home's lock. */
export function reclaimProjects(sql: Sql, holderPrefix: string): Promise<number> {
  return sql.run(`update project set lease_holder = null, lease_until = null where lease_holder like $1::text || '%'`, [holderPrefix])
}
