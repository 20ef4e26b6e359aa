/** What earlier tasks of a project came to: the grounds of an estimate. Reads rows only; never guesses where there are none. */
import type { ProjectId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

const Range = z.object({ low: z.number(), middle: z.number(), high: z.number() })
/** What a task may come to, with its grounds: how many earlier ones it is taken from. None: nothing is estimated. */
export const Estimate = z.object({
  tasks: z.number(),
  /** Null: none of them had a known price. */
  microUsd: Range.nullable(),
  /** Agents and Lugh at work; waiting for a person is left out. */
  ms: Range.nullable(),
})
export type Estimate = z.infer<typeof Estimate>

/** Older tasks say little about what the project is now. */
const LOOKED_AT = 20

const Row = z.object({
  tasks: z.number(),
  priced: z.number(),
  usdLow: z.number().nullable(),
  usdMiddle: z.number().nullable(),
  usdHigh: z.number().nullable(),
  msLow: z.number().nullable(),
  msMiddle: z.number().nullable(),
  msHigh: z.number().nullable(),
})

/**
 * The project's newest tasks that got as far as a change or an answer (index task_project): middle half of their cost and time.
 * Time is their runs' without what their approvals, questions and plans waited.
 */
export async function pastWork(sql: Sql, projectId: ProjectId): Promise<Estimate> {
  const row = await sql.row(
    Row,
    `with past as (
       select id from task where project_id = $1::uuid and not dry and state in ('review', 'landing', 'merged', 'kept', 'undone', 'answered', 'discarded')
         and exists (select from run where run.task_id = task.id and run.state = 'finished')
       order by number desc limit $2::integer
     ), spent as (
       select past.id,
         (select case when count(*) = count(micro_usd) then sum(micro_usd) end from cost where cost.task_id in (select past.id union all select dry.id from task dry where dry.parent_id = past.id and dry.state = 'adopted'))::float8 as usd,
         (extract(epoch from (select sum(ended_at - started_at) from run where ended_at is not null
             and run.task_id in (select past.id union all select dry.id from task dry where dry.parent_id = past.id and dry.state = 'adopted'))
           - coalesce((select sum(decided_at - created_at) from approval where approval.task_id = past.id and decided_at is not null), interval '0')
           - coalesce((select sum(answered_at - created_at) from question where question.task_id = past.id and answered_at is not null), interval '0')
           - coalesce((select sum(decided_at - created_at) from plan where plan.task_id = past.id and decided_at is not null), interval '0')) * 1000)::float8 as ms
       from past
     )
     select count(*)::integer as tasks, count(usd)::integer as priced,
       percentile_cont(0.25) within group (order by usd) as "usdLow", percentile_cont(0.5) within group (order by usd) as "usdMiddle",
       percentile_cont(0.75) within group (order by usd) as "usdHigh",
       percentile_cont(0.25) within group (order by greatest(ms, 0)) as "msLow", percentile_cont(0.5) within group (order by greatest(ms, 0)) as "msMiddle",
       percentile_cont(0.75) within group (order by greatest(ms, 0)) as "msHigh"
     from spent`,
    [projectId, LOOKED_AT],
  )
  if (row === undefined) return { tasks: 0, microUsd: null, ms: null }
  return { tasks: row.tasks, microUsd: range(row.usdLow, row.usdMiddle, row.usdHigh), ms: range(row.msLow, row.msMiddle, row.msHigh) }
}

function range(low: number | null, middle: number | null, high: number | null): z.infer<typeof Range> | null {
  return low === null || middle === null || high === null ? null : { low: Math.round(low), middle: Math.round(middle), high: Math.round(high) }
}
