/** Who speaks: a token's row, the token of the environment, or whoever could open the socket in LUGH_HOME. Decides nothing but that. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { PersonId, type Ids, type ProjectId, type TokenScope } from '#core'
import { consolePerson, noteTokenUsed, personById, tokenByHash, type Db, type Person, type Tx } from '#db'
import type { McpOptions } from '../create-mcp.ts'

export type Principal = {
  /** The same for every request of the same token; part of the key of everything asked with it. */
  readonly key: string
  readonly name: string
  readonly scopes: readonly TokenScope[]
  readonly projects: readonly ProjectId[] | null
  /** Absent: the person at the console. */
  readonly personId?: PersonId
  readonly perMinute: number
  /** Whether it still is one, for what outlives a request: a token is revoked, expires or is another one now. */
  readonly holds: () => Promise<boolean>
}

/** As many as a token has by itself. */
const PER_MINUTE = 600
const ASKS: readonly TokenScope[] = ['read', 'request']

export const CONSOLE: Principal = {
  key: 'console',
  name: 'console',
  scopes: ASKS,
  projects: null,
  perMinute: PER_MINUTE,
  holds: () => Promise.resolve(true),
}

export const WRONG_TOKEN = 'That token is not known, was revoked or has expired. `npx lugh add_token NAME` makes another.'

/** The form of a token that Lugh made; anything else is not looked up. */
const OWN = /^lugh_[\w-]{43}$/u

/** Whose the header is; undefined for none, a wrong, a revoked or an expired one. */
export async function principalOf(
  options: Pick<McpOptions, 'db' | 'token'>,
  authorization: string | null | undefined,
): Promise<Principal | undefined> {
  const secret = /^Bearer +(\S{16,512}) *$/iu.exec(authorization ?? '')?.[1]
  if (secret === undefined) return undefined
  const holds = async (): Promise<boolean> => (await principalOf(options, authorization)) !== undefined
  // First: a Lugh that `lugh mcp` has started has its client's token in its environment, where it is worth what its row says and no more.
  if (OWN.test(secret)) return tokenPrincipal(options.db, secret, holds)
  const environment = options.token()
  if (environment === undefined || !sameText(secret, environment)) return undefined
  return { key: 'LUGH_MCP_TOKEN', name: 'LUGH_MCP_TOKEN', scopes: ASKS, projects: null, perMinute: PER_MINUTE, holds }
}

async function tokenPrincipal(db: Db, secret: string, holds: Principal['holds']): Promise<Principal | undefined> {
  const token = await tokenByHash(db, hash(secret).toString('hex'))
  if (token === undefined) return undefined
  const { id, name, scopes, projects, personId, perMinute, lastUsedAt } = token
  if (lastUsedAt === null || Date.now() - lastUsedAt.getTime() > USED_MS) await noteTokenUsed(db, id)
  return { key: id, name, scopes, projects, personId, perMinute, holds }
}

const USED_MS = 60_000

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Compares in constant time, whatever the lengths. */
function sameText(a: string, b: string): boolean {
  return timingSafeEqual(hash(a), hash(b))
}

/** The person a token speaks for, as long as they are listed: it never may more than they. */
export async function personOf(tx: Tx, who: Principal, ids: Ids): Promise<Person | undefined> {
  const console = await consolePerson(tx, PersonId.parse(ids.uuid()))
  if (who.personId === undefined || who.personId === console.id) return console
  const person = await personById(tx, who.personId)
  return person?.telegramUserId === null ? undefined : person
}

/** The key under which everything of this token's calls is asked for, so that what it started is known as its own. */
export function callPrefix(key: string): string {
  return `mcp:${key}:`
}
