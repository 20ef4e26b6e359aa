/** Rows of `mcp_session`: what clients of the older protocol said of themselves. Ids are kept as hashes only, and found with their own token only. */
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

const McpSession = z.object({ hello: z.unknown(), watched: z.array(z.string()) })
export type McpSession = z.infer<typeof McpSession>

/** A client begins one a start: a token with more of them at once is many machines. */
const MOST_OF_A_TOKEN = 500
/** How long nobody may have used it; as long as a call may be asked again. */
const SESSION_DAYS = 7

export type NewMcpSession = { readonly hash: string; readonly token: string; readonly hello: unknown }

/** Begins one. The token's longest unused go when there are too many (index mcp_session_used). */
export async function insertMcpSession(tx: Tx, { hash, token, hello }: NewMcpSession): Promise<void> {
  await tx.run(
    `delete from mcp_session where hash in (select hash from mcp_session where token = $1::text order by used_at desc offset $2::integer)`,
    [token, MOST_OF_A_TOKEN - 1],
  )
  await tx.run(`insert into mcp_session (hash, token, hello) values ($1::text, $2::text, $3::jsonb)`, [hash, token, storableJson(hello)])
}

/** The session of this id and token, noted as used; undefined for any other token and after its time (primary key). */
export function useMcpSession(sql: Sql, hash: string, token: string): Promise<McpSession | undefined> {
  return sql.row(
    McpSession,
    `update mcp_session set used_at = now()
     where hash = $1::text and token = $2::text and used_at > now() - $3::integer * interval '1 day' returning hello, watched`,
    [hash, token, SESSION_DAYS],
  )
}

/** What it wants to be told of from now on. */
export function setWatched(sql: Sql, hash: string, watched: readonly string[]): Promise<number> {
  return sql.run(`update mcp_session set watched = $2::jsonb where hash = $1::text`, [hash, storableJson(watched)])
}

/** Ends it; answers 0 when there is none of that token. */
export function deleteMcpSession(sql: Sql, hash: string, token: string): Promise<number> {
  return sql.run(`delete from mcp_session where hash = $1::text and token = $2::text`, [hash, token])
}

/** Deletes those nobody may use any more; answers how many. */
export function pruneMcpSessions(sql: Sql): Promise<number> {
  return sql.run(`delete from mcp_session where used_at < now() - $1::integer * interval '1 day'`, [SESSION_DAYS])
}
