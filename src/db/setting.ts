/** Rows of `setting`: what is set for the whole installation. */
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql } from './port.ts'

/** The value of a setting, as stored: the reader parses it. Undefined when unset. */
export async function readSetting(sql: Sql, key: string): Promise<unknown> {
  const row = await sql.row(z.object({ value: z.unknown() }), `select value from setting where key = $1::text`, [key])
  return row?.value
}

export function writeSetting(sql: Sql, key: string, value: unknown): Promise<number> {
  return sql.run(
    `insert into setting (key, value) values ($1::text, $2::jsonb) on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [key, storableJson(value)],
  )
}
