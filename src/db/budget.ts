/**
 * Rows of `budget` and `reservation`: hard limits in money, and what calls under way may cost at most. A call is let through by one
 * statement under one lock, so that any number of agents cannot spend more together than each was told alone.
 */
import { ProjectId, TaskId, type PersonId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const BUDGET_SCOPES = ['task', 'project', 'day'] as const
export type BudgetScope = (typeof BUDGET_SCOPES)[number]

/** What a budget is for. A day is a date in UTC, as 2026-11-21. */
export type BudgetOf =
  | { readonly scope: 'task'; readonly taskId: TaskId }
  | { readonly scope: 'project'; readonly projectId: ProjectId }
  | { readonly scope: 'day'; readonly day: string }

const Budget = z.object({
  taskId: TaskId.nullable(),
  projectId: ProjectId.nullable(),
  microUsd: z.number().nullable(),
  /** Only what is added for the day that was asked about. */
  extraMicroUsd: z.number(),
})
export type Budget = z.infer<typeof Budget>

/** The budgets that people set for a task, its project and everything, in no order (their unique indexes). */
export function budgetsFor(sql: Sql, at: { taskId: TaskId | null; projectId: ProjectId | null; day: string }): Promise<Budget[]> {
  return sql.rows(
    Budget,
    `select task_id as "taskId", project_id as "projectId", micro_usd as "microUsd",
       case when extra_day = $3::date then extra_micro_usd else 0 end as "extraMicroUsd"
     from budget where task_id = $1::uuid or project_id = $2::uuid or (task_id is null and project_id is null)`,
    [at.taskId, at.projectId, at.day],
  )
}

/** Sets or replaces a budget; the unique index decides between two at once. What was added for today goes with the old one. */
export function setBudget(tx: Tx, of: BudgetOf, microUsd: number, personId: PersonId): Promise<number> {
  return tx.run(
    `insert into budget (task_id, project_id, micro_usd, person_id) values ($1::uuid, $2::uuid, $3::bigint, $4::uuid)
     on conflict ${TARGET[of.scope]}
     do update set micro_usd = excluded.micro_usd, extra_micro_usd = 0, extra_day = null, person_id = excluded.person_id, at = now()`,
    [of.scope === 'task' ? of.taskId : null, of.scope === 'project' ? of.projectId : null, microUsd, personId],
  )
}

/** Which unique index holds one budget to each scope. */
const TARGET: Readonly<Record<BudgetScope, string>> = {
  task: '(task_id) where task_id is not null',
  project: '(project_id) where project_id is not null',
  day: '((true)) where task_id is null and project_id is null',
}

/** Adds to the day's limit, for that day only; the limit of other days stays as it is. */
export function addToDay(tx: Tx, day: string, microUsd: number, personId: PersonId): Promise<number> {
  return tx.run(
    `insert into budget (micro_usd, extra_micro_usd, extra_day, person_id) values (null, $2::bigint, $1::date, $3::uuid)
     on conflict ${TARGET.day}
     do update set extra_micro_usd = excluded.extra_micro_usd + case when budget.extra_day = excluded.extra_day then budget.extra_micro_usd else 0 end,
       extra_day = excluded.extra_day, person_id = excluded.person_id, at = now()`,
    [day, microUsd, personId],
  )
}

/** Takes a person's budget away: back to the installation's, or to none. */
export function dropBudget(tx: Tx, of: BudgetOf): Promise<number> {
  return tx.run(
    `delete from budget where case $1::text when 'task' then task_id::text = $2::text when 'project' then project_id::text = $2::text
       else task_id is null and project_id is null end`,
    [of.scope, idOf(of)],
  )
}

function idOf(of: BudgetOf): string {
  return of.scope === 'task' ? of.taskId : of.scope === 'project' ? of.projectId : of.day
}

/** Any number will do, as long as every Lugh uses the same: "bdgt" in ASCII. */
const BUDGET_LOCK = 0x62646774

/** Until the transaction ends nobody else decides whether a call may be made. Settling needs no lock: it only frees. */
export async function lockBudgets(tx: Tx): Promise<void> {
  await tx.run(`select pg_advisory_xact_lock($1::bigint)`, [BUDGET_LOCK])
}

export const Used = z.object({
  /** What was spent, in millionths of a dollar; unpriced turns at the dearest price. */
  spent: z.number(),
  /** What calls under way may cost at most. */
  reserved: z.number(),
  /** Turns whose price is not known. */
  unpriced: z.number(),
})
export type Used = z.infer<typeof Used>

/** How long a claim whose lease has run out is still believed to be at work: its process may only be slow. */
const SLOW_SECONDS = 60

/** Reservations whose claim still holds, in SQL. A stopped, parked or taken-over task has another fencing number. */
const LIVE = `from reservation r join task t on t.id = r.task_id and t.fence = r.fence and t.lease_holder is not null and t.lease_until > now() - interval '${SLOW_SECONDS} seconds'`
const SPENT = `coalesce(sum(coalesce(micro_usd, counted_micro_usd)), 0)::bigint as spent, (count(*) filter (where micro_usd is null))::integer as unpriced`

/**
 * What a budget's scope has spent and what is reserved in it. One statement, so one snapshot: a call that settles meanwhile is seen as
 * reserved or as spent, never as neither (indexes cost_task, cost_project, cost_at).
 */
export async function usedOf(sql: Sql, of: BudgetOf): Promise<Used> {
  const [costs, reserved] = WHERE[of.scope]
  const row = await sql.row(
    Used,
    `select c.spent, c.unpriced, (select coalesce(sum(r.micro_usd), 0)::bigint ${LIVE} where ${reserved}) as reserved
     from (select ${SPENT} from cost where ${costs}) c`,
    [idOf(of)],
  )
  return row ?? { spent: 0, reserved: 0, unpriced: 0 }
}

const WHERE: Readonly<Record<BudgetScope, readonly [string, string]>> = {
  task: [`task_id in (select $1::uuid union all select id from task where parent_id = $1::uuid and dry)`, `r.account_id = $1::uuid`],
  project: [`project_id = $1::uuid`, `r.project_id = $1::uuid`],
  day: [`at >= ($1::date)::timestamp at time zone 'UTC' and at < ($1::date + 1)::timestamp at time zone 'UTC'`, `true`],
}

export type NewReservation = { id: string; taskId: TaskId; fence: number; accountId: TaskId; projectId: ProjectId; microUsd: number }

/** Sets money aside, and forgets what earlier claims of the task had set aside. */
export async function insertReservation(tx: Tx, r: NewReservation): Promise<void> {
  await tx.run(`delete from reservation where task_id = $1::uuid and fence <> $2::bigint`, [r.taskId, r.fence])
  await tx.run(
    `insert into reservation (id, task_id, fence, account_id, project_id, micro_usd) values ($1::uuid, $2::uuid, $3::bigint, $4::uuid, $5::uuid, $6::bigint)`,
    [r.id, r.taskId, r.fence, r.accountId, r.projectId, r.microUsd],
  )
}

/** The call has ended: what it really cost is a row of `cost` in the same transaction, or it cost nothing. */
export function dropReservation(sql: Sql, id: string): Promise<number> {
  return sql.run(`delete from reservation where id = $1::uuid`, [id])
}
