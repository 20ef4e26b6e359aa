/** Sums over rows of `cost`: what was spent on what, and how much of the prompts came from caches. Only reads. */
import type { ProjectId, TaskId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'

export const CostLine = z.object({
  name: z.string(),
  microUsd: z.number(),
  /** All tokens, cached ones too. */
  tokens: z.number(),
  /** Turns without a known price. */
  unpriced: z.number(),
  turns: z.number(),
  /** Tokens of prompts, and those of them that a cache had. */
  prompt: z.number(),
  cached: z.number(),
})
export type CostLine = z.infer<typeof CostLine>

const SUMS = `coalesce(sum(c.micro_usd), 0)::bigint as "microUsd",
  coalesce(sum(c.input_tokens + c.output_tokens + c.cache_read_tokens + c.cache_write_tokens), 0)::bigint as tokens,
  (count(c.id) filter (where c.micro_usd is null))::integer as unpriced, count(c.id)::integer as turns,
  coalesce(sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens), 0)::bigint as prompt, coalesce(sum(c.cache_read_tokens), 0)::bigint as cached`

/** What sums are about: everything, a project, or a task with its dry runs. */
export type CostFilter = { readonly projectId?: ProjectId; readonly taskId?: TaskId }

const FILTER = `($2::uuid is null or c.project_id = $2::uuid)
  and ($3::uuid is null or c.task_id in (select $3::uuid union all select id from task where parent_id = $3::uuid and dry))`
/** A list on a phone; what is cheaper than the first so many is in nobody's interest. */
const LINES = 8

const filtered = (since: Date, { projectId, taskId }: CostFilter): [Date, string | null, string | null] => [since, projectId ?? null, taskId ?? null]

/** The dearest projects, tasks or models since `since` (indexes cost_at, cost_task). */
export function costBy(sql: Sql, what: 'project' | 'task' | 'model', since: Date, filter: CostFilter = {}): Promise<CostLine[]> {
  const name = { project: `coalesce(p.name, 'voice')`, task: `coalesce('T' || t.number, 'voice and pictures')`, model: 'c.model' }[what]
  return sql.rows(
    CostLine,
    `select ${name} as name, ${SUMS} from cost c left join task t on t.id = c.task_id left join project p on p.id = c.project_id
     where c.at >= $1::timestamptz and ${FILTER} group by 1 order by 2 desc, 3 desc, 1 limit ${LINES}`,
    filtered(since, filter),
  )
}

/** Every day from `since` to `until`, both as dates in UTC, days without a turn too: the oldest first. */
export function costByDay(sql: Sql, since: Date, until: Date, filter: CostFilter = {}): Promise<CostLine[]> {
  return sql.rows(
    CostLine,
    `select to_char(d, 'YYYY-MM-DD') as name, ${SUMS}
     from generate_series(($1::timestamptz at time zone 'UTC')::date::timestamp, ($4::timestamptz at time zone 'UTC')::date::timestamp, interval '1 day') d
     left join cost c on c.at >= d at time zone 'UTC' and c.at < (d + interval '1 day') at time zone 'UTC' and ${FILTER} group by d order by d`,
    [...filtered(since, filter), until],
  )
}

/** All of it since `since` in one line. */
export async function costTotal(sql: Sql, since: Date, filter: CostFilter = {}): Promise<CostLine> {
  const row = await sql.row(
    CostLine,
    `select 'all' as name, ${SUMS} from cost c where c.at >= $1::timestamptz and ${FILTER}`,
    filtered(since, filter),
  )
  return row ?? { name: 'all', microUsd: 0, tokens: 0, unpriced: 0, turns: 0, prompt: 0, cached: 0 }
}

/** A task's runs, its dry runs' too, the newest first. */
export function costByRun(sql: Sql, taskId: TaskId): Promise<CostLine[]> {
  return sql.rows(
    CostLine,
    `select case when t.dry and t.parent_id is not null then 'dry run ' else 'run ' end || r.attempt || ' · ' || r.engine || ' · ' || r.model as name, ${SUMS}
     from cost c join run r on r.id = c.run_id join task t on t.id = r.task_id
     where c.task_id in (select $1::uuid union all select id from task where parent_id = $1::uuid and dry)
     group by r.id, r.attempt, r.engine, r.model, t.dry, t.parent_id order by max(c.id) desc limit ${LINES}`,
    [taskId],
  )
}

/** A task's newest turns, one line each, the newest first. A turn's name is when it ended. */
export function costByTurn(sql: Sql, taskId: TaskId): Promise<CostLine[]> {
  return sql.rows(
    CostLine,
    `select to_char(c.at at time zone 'UTC', 'HH24:MI:SS') as name, ${SUMS} from cost c
     where c.task_id in (select $1::uuid union all select id from task where parent_id = $1::uuid and dry)
     group by c.id, c.at order by c.id desc limit ${LINES}`,
    [taskId],
  )
}
