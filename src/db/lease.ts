/** Rows of `lease`: who may do what only one process may, for how long. All times are the database's own. */
import { z } from 'zod'
import type { Sql } from './port.ts'

const Fence = z.object({ fence: z.number() })

/**
 * Takes or renews the lease for `ms` milliseconds. Answers its fencing number, which grows when the holder changes; undefined while
 * another holds it (the `where` of the conflict is the compare-and-set).
 */
export async function holdLease(sql: Sql, name: string, holder: string, ms: number): Promise<number | undefined> {
  const row = await sql.row(
    Fence,
    `insert into lease (name, holder, until, fence) values ($1::text, $2::text, clock_timestamp() + $3::integer * interval '1 millisecond', 1)
     on conflict (name) do update set holder = excluded.holder, until = excluded.until,
       fence = case when lease.holder = excluded.holder then lease.fence else lease.fence + 1 end
     where lease.holder = excluded.holder or lease.until <= clock_timestamp() returning fence`,
    [name, holder, ms],
  )
  return row?.fence
}

/** Gives the lease up early, so that the next need not wait. Of no effect for who does not hold it. */
export function dropLease(sql: Sql, name: string, holder: string): Promise<number> {
  return sql.run(`update lease set until = clock_timestamp() where name = $1::text and holder = $2::text`, [name, holder])
}

/** Ends the leases that an earlier life of this home held: it is dead, because this process holds the home's lock. */
export function reclaimLeases(sql: Sql, holderPrefix: string): Promise<number> {
  return sql.run(`update lease set until = clock_timestamp() where holder like $1::text || '%' and until > clock_timestamp()`, [holderPrefix])
}
