/** Rows of `budget_notice`: a budget is nearly or wholly used up, and a person says how to go on. */
import { BudgetNoticeId, PersonId, ProjectId, TaskId } from '#core'
import { z } from 'zod'
import { BUDGET_SCOPES, type BudgetScope } from './budget.ts'
import type { Sql, Tx } from './port.ts'

export const BudgetNotice = z.object({
  id: BudgetNoticeId,
  kind: z.enum(['warning', 'stop']),
  scope: z.enum(BUDGET_SCOPES),
  scopeKey: z.string(),
  projectId: ProjectId,
  limitMicroUsd: z.number(),
  state: z.enum(['pending', 'raised', 'cheaper', 'stopped']),
  choosing: z.boolean(),
  raisedToMicroUsd: z.number().nullable(),
  model: z.string().nullable(),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
})
export type BudgetNotice = z.infer<typeof BudgetNotice>

const NOTICE = `id, kind, scope, scope_key as "scopeKey", project_id as "projectId", limit_micro_usd as "limitMicroUsd", state, choosing,
  raised_to_micro_usd as "raisedToMicroUsd", model, decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt"`

type NewNotice = Pick<BudgetNotice, 'id' | 'kind' | 'scope' | 'scopeKey' | 'projectId' | 'limitMicroUsd'>

/** One open notice for each budget and limit; whoever comes second gets the first one's row (index budget_notice_pending). */
export async function openNotice(tx: Tx, n: NewNotice, taskId: TaskId): Promise<BudgetNotice | undefined> {
  const notice = await tx.row(
    BudgetNotice,
    `insert into budget_notice (id, kind, scope, scope_key, project_id, limit_micro_usd, state) values ($1::uuid, $2::text, $3::text, $4::text, $5::uuid, $6::bigint, 'pending')
     on conflict (kind, scope, scope_key, limit_micro_usd) where state = 'pending' do update set kind = excluded.kind returning ${NOTICE}`,
    [n.id, n.kind, n.scope, n.scopeKey, n.projectId, n.limitMicroUsd],
  )
  if (notice !== undefined)
    await tx.run(`insert into budget_notice_task (notice_id, task_id) values ($1::uuid, $2::uuid) on conflict do nothing`, [notice.id, taskId])
  return notice
}

/** Whether people were told already that this budget, with this limit, is nearly used up. */
export function warned(sql: Sql, n: Pick<NewNotice, 'scope' | 'scopeKey' | 'limitMicroUsd'>): Promise<boolean> {
  return sql
    .row(
      z.object({ id: z.string() }),
      `select id from budget_notice where kind = 'warning' and scope = $1::text and scope_key = $2::text and limit_micro_usd = $3::bigint limit 1`,
      [n.scope, n.scopeKey, n.limitMicroUsd],
    )
    .then((row) => row !== undefined)
}

export function noticeById(sql: Sql, id: BudgetNoticeId): Promise<BudgetNotice | undefined> {
  return sql.row(BudgetNotice, `select ${NOTICE} from budget_notice where id = $1::uuid`, [id])
}

/** The open notices of a budget. */
export function openNotices(sql: Sql, scope: BudgetScope, scopeKey: string): Promise<BudgetNotice[]> {
  return sql.rows(
    BudgetNotice,
    `select ${NOTICE} from budget_notice where scope = $1::text and scope_key = $2::text and state = 'pending' order by created_at`,
    [scope, scopeKey],
  )
}

/** The tasks a notice concerns. */
export async function tasksOfNotice(sql: Sql, id: BudgetNoticeId): Promise<TaskId[]> {
  const rows = await sql.rows(z.object({ id: TaskId }), `select task_id as id from budget_notice_task where notice_id = $1::uuid order by task_id`, [
    id,
  ])
  return rows.map((row) => row.id)
}

/** Opens or closes the list of cheaper models. Undefined when it is decided already. */
export function setChoosing(tx: Tx, id: BudgetNoticeId, choosing: boolean): Promise<BudgetNotice | undefined> {
  return tx.row(BudgetNotice, `update budget_notice set choosing = $2::boolean where id = $1::uuid and state = 'pending' returning ${NOTICE}`, [
    id,
    choosing,
  ])
}

/** The one compare-and-set that decides: pending, and the limit is the one that was shown. Every later tap gets undefined. */
export function decideNotice(
  tx: Tx,
  d: {
    id: BudgetNoticeId
    limit: number
    state: 'raised' | 'cheaper' | 'stopped'
    raisedTo: number | null
    model: string | null
    by: PersonId
    door: string
  },
): Promise<BudgetNotice | undefined> {
  return tx.row(
    BudgetNotice,
    `update budget_notice set state = $3::text, choosing = false, raised_to_micro_usd = $4::bigint, model = $5::text, decided_by = $6::uuid, decided_door = $7::text, decided_at = now()
     where id = $1::uuid and limit_micro_usd = $2::bigint and state = 'pending' returning ${NOTICE}`,
    [d.id, d.limit, d.state, d.raisedTo, d.model, d.by, d.door],
  )
}
