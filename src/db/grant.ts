/** Rows of `grant_rule`: what a person allowed beyond one act, until when, and who took it back. Never widened by anything but a person. */
import { PersonId, ProjectId, TaskId, type ApprovalId } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

const Id = z.object({ id: z.string() })

export const Grant = z.object({
  id: z.string(),
  projectId: ProjectId,
  taskId: TaskId.nullable(),
  rule: z.unknown(),
  digest: z.string(),
  grantedBy: PersonId.nullable(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
})
export type Grant = z.infer<typeof Grant>
const GRANT = `id, project_id as "projectId", task_id as "taskId", rule, digest, granted_by as "grantedBy", created_at as "createdAt", expires_at as "expiresAt",
  revoked_at as "revokedAt"`
const LIVE = `revoked_at is null and (expires_at is null or expires_at > now())`

type NewGrant = { id: string; projectId: ProjectId; rule: unknown; digest: string; by: PersonId; approvalId: ApprovalId }

/** "This task": one exact act, for the rest of its task. */
export async function insertTaskGrant(tx: Tx, g: NewGrant & { taskId: TaskId }): Promise<string | undefined> {
  const row = await tx.row(
    Id,
    `insert into grant_rule (id, project_id, task_id, rule, digest, granted_by, approval_id) values ($1::uuid, $2::uuid, $3::uuid, $4::jsonb, $5::text, $6::uuid, $7::uuid)
     on conflict (task_id, digest) do nothing returning id`,
    [g.id, g.projectId, g.taskId, storableJson(g.rule), g.digest, g.by, g.approvalId],
  )
  return row?.id
}

/** "Always": a rule of the project. Given again it runs anew from now (unique key grant_rule_project). Answers its id. */
export async function putProjectGrant(tx: Tx, g: NewGrant & { expiresAt: Date }): Promise<string> {
  const row = await tx.row(
    Id,
    `insert into grant_rule (id, project_id, rule, digest, granted_by, approval_id, expires_at) values ($1::uuid, $2::uuid, $3::jsonb, $4::text, $5::uuid, $6::uuid, $7::timestamptz)
     on conflict (project_id, digest) where task_id is null and revoked_at is null
     do update set expires_at = excluded.expires_at, granted_by = excluded.granted_by, approval_id = excluded.approval_id, created_at = now() returning id`,
    [g.id, g.projectId, storableJson(g.rule), g.digest, g.by, g.approvalId, g.expiresAt],
  )
  return row?.id ?? g.id
}

/** The live grant of exactly this act in the task. */
export async function taskGrant(sql: Sql, taskId: TaskId, digest: string): Promise<string | undefined> {
  const row = await sql.row(Id, `select id from grant_rule where task_id = $1::uuid and digest = $2::text and ${LIVE}`, [taskId, digest])
  return row?.id
}

/** Live rules of a project (index grant_rule_project). */
export function projectGrants(sql: Sql, projectId: ProjectId): Promise<Grant[]> {
  return sql.rows(Grant, `select ${GRANT} from grant_rule where project_id = $1::uuid and task_id is null and ${LIVE} order by created_at`, [
    projectId,
  ])
}

const ENDED = `'merged', 'kept', 'answered', 'undone', 'adopted', 'discarded', 'stopped', 'failed'`

/** Everything that is still allowed: rules of projects, and of tasks that have not ended. */
export function liveGrants(sql: Sql, limit: number): Promise<Grant[]> {
  return sql.rows(
    Grant,
    `select ${GRANT} from grant_rule where ${LIVE} and (task_id is null or exists (select 1 from task where task.id = grant_rule.task_id and task.state not in (${ENDED})))
     order by (task_id is not null), created_at limit $1::integer`,
    [limit],
  )
}

export function grantById(sql: Sql, id: string): Promise<Grant | undefined> {
  return sql.row(Grant, `select ${GRANT} from grant_rule where id = $1::uuid`, [id])
}

/** Takes a grant back; undefined when it was no longer live. */
export function revokeGrantRow(tx: Tx, id: string, by: PersonId): Promise<Grant | undefined> {
  return tx.row(Grant, `update grant_rule set revoked_at = now(), revoked_by = $2::uuid where id = $1::uuid and ${LIVE} returning ${GRANT}`, [id, by])
}
