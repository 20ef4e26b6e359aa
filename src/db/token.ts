/** Rows of `token` and `mcp_call`: programs that may speak for a person, and what was answered to them. Secrets are kept as hashes only. */
import { PersonId, ProjectId, TOKEN_SCOPES, TokenId, type TokenScope } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export const Token = z.object({
  id: TokenId,
  name: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  projects: z.array(ProjectId).nullable(),
  personId: PersonId,
  perMinute: z.number(),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  /** Its secret was fetched. */
  issued: z.boolean(),
})
export type Token = z.infer<typeof Token>

const COLUMNS = `id, name, scopes, projects, person_id as "personId", per_minute as "perMinute", expires_at as "expiresAt", last_used_at as "lastUsedAt",
  hash is not null as issued`

export type NewToken = {
  readonly id: TokenId
  readonly name: string
  readonly scopes: readonly TokenScope[]
  readonly projects: readonly ProjectId[] | null
  readonly personId: PersonId
  readonly perMinute: number
  readonly expiresAt: Date | null
}

/** Answers undefined when a live token has that name (index token_name_live). */
export function insertToken(tx: Tx, t: NewToken): Promise<Token | undefined> {
  const projects = t.projects === null ? null : storableJson(t.projects)
  return tx.row(
    Token,
    `insert into token (id, name, scopes, projects, person_id, per_minute, expires_at)
     values ($1::uuid, $2::text, $3::jsonb, $4::jsonb, $5::uuid, $6::integer, $7::timestamptz) on conflict do nothing returning ${COLUMNS}`,
    [t.id, t.name, storableJson(t.scopes), projects, t.personId, t.perMinute, t.expiresAt],
  )
}

/** Gives a live token its secret, once: the first wins, a later one gets undefined. */
export function issueToken(tx: Tx, name: string, hash: string): Promise<Token | undefined> {
  return tx.row(
    Token,
    `update token set hash = $2::text where lower(name) = lower($1::text) and hash is null and revoked_at is null returning ${COLUMNS}`,
    [name, hash],
  )
}

/** The live token of this secret (unique index on hash): neither revoked nor past its time. */
export function tokenByHash(sql: Sql, hash: string): Promise<Token | undefined> {
  return sql.row(Token, `select ${COLUMNS} from token where hash = $1::text and revoked_at is null and (expires_at is null or expires_at > now())`, [
    hash,
  ])
}

/** Notes that it was used, at most once a minute: calls come by the hundred. */
export function noteTokenUsed(sql: Sql, id: TokenId): Promise<number> {
  return sql.run(
    `update token set last_used_at = now() where id = $1::uuid and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [id],
  )
}

/** Live tokens, those past their time too, oldest first. */
export function listTokenRows(sql: Sql): Promise<Token[]> {
  return sql.rows(Token, `select ${COLUMNS} from token where revoked_at is null order by created_at, id`)
}

/** From the next request on nobody speaks with it. */
export function revokeTokenRow(tx: Tx, name: string): Promise<Token | undefined> {
  return tx.row(Token, `update token set revoked_at = now() where lower(name) = lower($1::text) and revoked_at is null returning ${COLUMNS}`, [name])
}

const Call = z.object({ digest: z.string(), answer: z.unknown() })

/** What a call that named itself was answered. */
export function callAnswer(sql: Sql, token: string, key: string): Promise<z.infer<typeof Call> | undefined> {
  return sql.row(Call, `select digest, answer from mcp_call where token = $1::text and key = $2::text`, [token, key])
}

/** Written in the transaction of the act. Answers 0 when the same call is being carried out by another (primary key). */
export function insertCall(tx: Tx, call: { token: string; key: string; digest: string; answer: unknown }): Promise<number> {
  return tx.run(`insert into mcp_call (token, key, digest, answer) values ($1::text, $2::text, $3::text, $4::jsonb) on conflict do nothing`, [
    call.token,
    call.key,
    call.digest,
    storableJson(call.answer),
  ])
}

/** How long a call may be asked again; a client that comes back after a week begins anew. */
const CALL_DAYS = 7

/** Deletes answers nobody will ask for again (index mcp_call_at); answers how many. */
export function pruneCalls(sql: Sql): Promise<number> {
  return sql.run(`delete from mcp_call where at < now() - $1::integer * interval '1 day'`, [CALL_DAYS])
}
