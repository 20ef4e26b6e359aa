/** Rows of `host_request` and `host_rule`: where a command was stopped on its way to the network, and where commands may go since a person said so. */
import { HostRequestId, PersonId, ProjectId, RunId, TaskId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const HOST_SCOPES = ['once', 'task', 'project'] as const

export const HostRequest = z.object({
  id: HostRequestId,
  taskId: TaskId,
  runId: RunId.nullable(),
  callId: z.string(),
  host: z.string(),
  port: z.number(),
  privateAddress: z.string().nullable(),
  command: z.string(),
  cwd: z.string(),
  digest: z.string(),
  state: z.enum(['pending', 'allowed', 'denied', 'withdrawn']),
  scope: z.enum(HOST_SCOPES).nullable(),
  asking: z.boolean(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
  /** The same for requests a person would answer alike. */
  alike: z.string().nullable(),
  /** The request whose card shows this one; null: its own. */
  shownWith: HostRequestId.nullable(),
})
export type HostRequest = z.infer<typeof HostRequest>
const REQUEST = `id, task_id as "taskId", run_id as "runId", call_id as "callId", host, port, private_address as "privateAddress", command, cwd, digest, state, scope,
  asking, decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt", alike, shown_with as "shownWith"`

type NewRequest = Omit<HostRequest, 'state' | 'scope' | 'asking' | 'decidedBy' | 'decidedDoor' | 'decidedAt'>

/** One request a call and place: asked again, it answers undefined. */
export function insertHostRequest(tx: Tx, r: NewRequest): Promise<HostRequest | undefined> {
  return tx.row(
    HostRequest,
    `insert into host_request (id, task_id, run_id, call_id, host, port, private_address, command, cwd, digest, state, alike, shown_with)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::integer, $7::text, $8::text, $9::text, $10::text, 'pending', $11::text, $12::uuid)
     on conflict (task_id, call_id, host, port) do nothing returning ${REQUEST}`,
    [r.id, r.taskId, r.runId, r.callId, r.host, r.port, r.privateAddress, r.command, r.cwd, r.digest, r.alike, r.shownWith],
  )
}

export function hostRequestById(sql: Sql, id: HostRequestId): Promise<HostRequest | undefined> {
  return sql.row(HostRequest, `select ${REQUEST} from host_request where id = $1::uuid`, [id])
}

/**
 * The oldest pending request that asks the same in the same chat and has a card of its own (index host_request_alike). The lock makes two
 * that begin to ask at once see each other.
 */
export async function hostRequestToJoin(tx: Tx, alike: string, taskId: TaskId): Promise<HostRequestId | undefined> {
  await tx.run(`select pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [alike])
  const row = await tx.row(
    z.object({ id: HostRequestId }),
    `select h.id from host_request h join task t on t.id = h.task_id join task own on own.id = $2::uuid
     where h.alike = $1::text and h.state = 'pending' and h.shown_with is null and h.task_id <> own.id and t.conversation_id = own.conversation_id
     order by h.created_at limit 1`,
    [alike, taskId],
  )
  return row?.id
}

/** The requests one card shows, its own first (index host_request_shown_with). */
export function hostRequestsShownOn(sql: Sql, id: HostRequestId): Promise<HostRequest[]> {
  return sql.rows(
    HostRequest,
    `select ${REQUEST} from host_request where id = $1::uuid or shown_with = $1::uuid order by (id = $1::uuid) desc, created_at`,
    [id],
  )
}

/** What else waits for this very place in the project: a rule for all of it answers them. */
export function pendingHostRequests(
  sql: Sql,
  at: { projectId: ProjectId; host: string; port: number; privateAddress: string | null },
): Promise<HostRequest[]> {
  return sql.rows(
    HostRequest,
    `select ${REQUEST} from host_request where state = 'pending' and host = $2::text and port = $3::integer and private_address is not distinct from $4::text
       and task_id in (select id from task where project_id = $1::uuid) order by created_at`,
    [at.projectId, at.host, at.port, at.privateAddress],
  )
}

/** In the order in which they were asked (index host_request's unique key). */
export function hostRequestsOfCall(sql: Sql, taskId: TaskId, callId: string): Promise<HostRequest[]> {
  return sql.rows(HostRequest, `select ${REQUEST} from host_request where task_id = $1::uuid and call_id = $2::text order by created_at, id`, [
    taskId,
    callId,
  ])
}

/** Whether a person has denied this place to the task. */
export function hostDenied(sql: Sql, taskId: TaskId, at: { host: string; port: number }): Promise<boolean> {
  return sql
    .row(
      z.object({ id: z.string() }),
      `select id from host_request where task_id = $1::uuid and host = $2::text and port = $3::integer and state = 'denied' limit 1`,
      [taskId, at.host, at.port],
    )
    .then((row) => row !== undefined)
}

/** Opens or closes the second card. Undefined when it is decided already or not what was shown. */
export function setHostAsking(tx: Tx, id: HostRequestId, digest: string, asking: boolean): Promise<HostRequest | undefined> {
  return tx.row(
    HostRequest,
    `update host_request set asking = $3::boolean where id = $1::uuid and digest = $2::text and state = 'pending' returning ${REQUEST}`,
    [id, digest, asking],
  )
}

/** The one compare-and-set that decides: pending, and the digest is the one that was shown. Every later tap gets undefined. */
export function decideHostRow(
  tx: Tx,
  d: { id: HostRequestId; digest: string; state: 'allowed' | 'denied'; scope: HostRequest['scope']; by: PersonId; door: string },
): Promise<HostRequest | undefined> {
  return tx.row(
    HostRequest,
    `update host_request set state = $3::text, scope = $4::text, asking = false, decided_by = $5::uuid, decided_door = $6::text, decided_at = now()
     where id = $1::uuid and digest = $2::text and state = 'pending' returning ${REQUEST}`,
    [d.id, d.digest, d.state, d.scope, d.by, d.door],
  )
}

/** A rule holds while nobody took it back and its time is not over. */
const LIVE = `revoked_at is null and (expires_at is null or expires_at > now())`

export const HostRuleRow = z.object({
  id: z.string(),
  projectId: ProjectId,
  taskId: TaskId.nullable(),
  taskNumber: z.number().nullable(),
  host: z.string(),
  port: z.number(),
  private: z.boolean(),
  grantedBy: PersonId.nullable(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
})
export type HostRuleRow = z.infer<typeof HostRuleRow>
const RULE = `r.id, r.project_id as "projectId", r.task_id as "taskId", t.number as "taskNumber", r.host, r.port, r.private, r.granted_by as "grantedBy",
  r.created_at as "createdAt", r.expires_at as "expiresAt"`

export function insertHostRule(
  tx: Tx,
  r: {
    id: string
    projectId: ProjectId
    taskId: TaskId | null
    onceFor: string | null
    host: string
    port: number
    private: boolean
    by: PersonId
    requestId: HostRequestId | null
    expiresAt: Date | null
  },
): Promise<number> {
  return tx.run(
    `insert into host_rule (id, project_id, task_id, once_for, host, port, private, granted_by, request_id, expires_at)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::integer, $7::boolean, $8::uuid, $9::uuid, $10::timestamptz)`,
    [r.id, r.projectId, r.taskId, r.onceFor, r.host, r.port, r.private, r.by, r.requestId, r.expiresAt],
  )
}

const Place = z.object({ host: z.string(), port: z.number(), private: z.boolean() })
export type AllowedPlace = z.infer<typeof Place>
type Going = { projectId: ProjectId; taskId: TaskId; onceFor: string }
/** Of a project ($1) and its task ($2), for longer than one run. */
const STANDING = `project_id = $1::uuid and (task_id is null or task_id = $2::uuid) and once_for is null and ${LIVE}`
const ONCE = `project_id = $1::uuid and task_id = $2::uuid and once_for = $3::text and revoked_at is null and used_at is null`

/**
 * Where a command may go. Those given for one run of this command (`onceFor`) are used up by this very statement, so that two runs
 * never share one.
 */
export function takeHostRules(tx: Tx, of: Going): Promise<AllowedPlace[]> {
  return tx.rows(
    Place,
    `with used as (update host_rule set used_at = now() where ${ONCE} returning host, port, private)
     select host, port, private from used union select host, port, private from host_rule where ${STANDING}`,
    [of.projectId, of.taskId, of.onceFor],
  )
}

/** The same, looked at and not used: what a card says of a command that still waits. */
export function seeHostRules(sql: Sql, of: Going): Promise<AllowedPlace[]> {
  return sql.rows(Place, `select distinct host, port, private from host_rule where (${ONCE}) or (${STANDING}) order by host, port, private`, [
    of.projectId,
    of.taskId,
    of.onceFor,
  ])
}

/** What holds for longer than one run, for people to read; a task's own while it may still run something. */
export function hostRules(sql: Sql, projectId: ProjectId): Promise<HostRuleRow[]> {
  return sql.rows(
    HostRuleRow,
    `select ${RULE} from host_rule r left join task t on t.id = r.task_id
     where r.project_id = $1::uuid and r.once_for is null and ${LIVE} and (t.id is null or t.ended_at is null)
     order by r.task_id is not null, r.host, r.port`,
    [projectId],
  )
}

/** The same of all projects that are still here, each place once, oldest first. */
export function liveHostRules(sql: Sql, limit: number): Promise<HostRuleRow[]> {
  return sql.rows(
    HostRuleRow,
    `select * from (
       select distinct on (r.project_id, r.task_id, r.host, r.port) ${RULE} from host_rule r left join task t on t.id = r.task_id join project p on p.id = r.project_id
       where r.once_for is null and ${LIVE} and (t.id is null or t.ended_at is null) and p.state <> 'removed'
       order by r.project_id, r.task_id, r.host, r.port, r.expires_at desc nulls first) as each_place
     order by "taskId" is not null, "createdAt" limit $1::integer`,
    [limit],
  )
}

/** Takes a place back from the project and all its tasks. Answers how many rules there were. */
export function revokeHost(tx: Tx, projectId: ProjectId, at: { host: string; port: number }): Promise<number> {
  return tx.run(
    `update host_rule set revoked_at = now() where project_id = $1::uuid and host = $2::text and port = $3::integer and revoked_at is null`,
    [projectId, at.host, at.port],
  )
}

/** Takes back this rule and every other that says the same; undefined when it was no longer live. */
export async function revokeHostRule(tx: Tx, id: string): Promise<HostRuleRow | undefined> {
  const rule = await tx.row(
    HostRuleRow,
    `select ${RULE} from host_rule r left join task t on t.id = r.task_id where r.id = $1::uuid and r.once_for is null and ${LIVE}`,
    [id],
  )
  if (rule === undefined) return undefined
  const revoked = await tx.run(
    `update host_rule set revoked_at = now() where project_id = $1::uuid and task_id is not distinct from $2::uuid and host = $3::text and port = $4::integer
       and once_for is null and revoked_at is null`,
    [rule.projectId, rule.taskId, rule.host, rule.port],
  )
  return revoked === 0 ? undefined : rule
}
