/** Rows of `setting`: what is set for the whole installation. */
import { z } from 'zod'
import type { Sql } from './port.ts'

/** The value of a setting parsed by its schema; undefined when unset. */
export async function readSetting<S extends z.ZodType>(sql: Sql, key: string, schema: S): Promise<z.output<S> | undefined> {
  const row = await sql.row(z.object({ value: schema }), `select value from setting where key = $1::text`, [key])
  return row?.value
}

export function writeSetting(sql: Sql, key: string, value: unknown): Promise<number> {
  return sql.run(
    `insert into setting (key, value) values ($1::text, $2::jsonb) on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [key, JSON.stringify(value)],
  )
}
