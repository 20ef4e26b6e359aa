/** The one row of `pairing`: a code whose first bearer owns the bot. Only the code's SHA-256 is here. */
import { z } from 'zod'
import type { Sql } from './port.ts'

export const Pairing = z.object({ codeSha256: z.string(), expiresAt: z.date(), triesLeft: z.number() })
export type Pairing = z.infer<typeof Pairing>

/** A new code replaces the old one (primary key). */
export function savePairing(sql: Sql, p: Pairing): Promise<number> {
  return sql.run(
    `insert into pairing (id, code_sha256, expires_at, tries_left) values (1, $1::text, $2::timestamptz, $3::integer)
     on conflict (id) do update set code_sha256 = excluded.code_sha256, expires_at = excluded.expires_at, tries_left = excluded.tries_left`,
    [p.codeSha256, p.expiresAt, p.triesLeft],
  )
}

/** The live code, locked until the transaction ends: of two bearers at once, the second finds it gone. */
export function lockPairing(tx: Sql): Promise<Pairing | undefined> {
  return tx.row(
    Pairing,
    `select code_sha256 as "codeSha256", expires_at as "expiresAt", tries_left as "triesLeft" from pairing where id = 1 for update`,
  )
}

/** Whether a code could be taken at all; not whether one is right. */
export async function pairingOpen(sql: Sql, now: Date): Promise<boolean> {
  return (
    (await sql.row(z.object({ id: z.number() }), `select id from pairing where tries_left > 0 and expires_at > $1::timestamptz`, [now])) !== undefined
  )
}

export function spendTry(tx: Sql): Promise<number> {
  return tx.run(`update pairing set tries_left = tries_left - 1 where id = 1`)
}

export function endPairing(tx: Sql): Promise<number> {
  return tx.run(`delete from pairing where id = 1`)
}
