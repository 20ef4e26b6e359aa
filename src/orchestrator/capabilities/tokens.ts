import { createHash } from 'node:crypto'
import { LughError, TOKEN_SCOPES, TokenId, b, code, join, type TokenScope } from '#core'
import { appendEvent, insertToken, issueToken as issueRow, listTokenRows, projectById, projectByName, revokeTokenRow, type Token } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'

/** 256 bits: cannot be guessed, however often. */
const SECRET_BYTES = 32
const NAME_CHARACTERS = 40
const MOST_PROJECTS = 50
/** Ten a second: more than agents ask for, and a runaway loop does no harm. */
const PER_MINUTE = 600
const MOST_PER_MINUTE = 60_000
const MOST_DAYS = 3650
const DAY_MS = 86_400_000
const ASKED_FOR = ['read', 'request'] as const

const Name = z
  .string()
  .trim()
  .regex(/^[\w.-]+$/u, 'A name has letters, digits, dots, hyphens and underscores.')
  .max(NAME_CHARACTERS)
const View = z.object({
  name: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  projects: z.array(z.string()).nullable(),
  expires: z.string().nullable(),
  last_used: z.string().nullable(),
  per_minute: z.number(),
  issued: z.boolean(),
})
const NewToken = z.object({
  name: Name,
  scopes: z
    .array(z.enum(TOKEN_SCOPES))
    .min(1)
    .default([...ASKED_FOR]),
  projects: z.array(z.string().max(200)).max(MOST_PROJECTS).optional(),
  days: z.number().int().min(1).max(MOST_DAYS).optional(),
  per_minute: z.number().int().min(1).max(MOST_PER_MINUTE).default(PER_MINUTE),
})
const none = 'tokens are handed out by the owner, at the phone or the console: a program makes none'

/** The hash a secret is kept and found by. Its 256 random bits need no salt. */
export function tokenHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Lists the tokens that hold; secrets are not known to Lugh either. */
export const listTokens = capability({
  name: 'list_tokens',
  describe: 'The tokens programs speak to Lugh with.',
  input: z.object({}),
  output: z.object({ tokens: z.array(View) }),
  kind: 'read',
  may: ['owner'],
  doors: {
    telegram: { command: 'token list', usage: '/token list', example: '/token list', parse: () => ({}) },
    cli: { verb: 'list_tokens', usage: 'list_tokens', parse: () => ({}) },
    mcp: { none },
  },
  act: async (act) => ({ tokens: await Promise.all((await listTokenRows(act.tx)).map((token) => view(act, token))) }),
  say: (o) =>
    o.tokens.length === 0
      ? 'No program has a token. /token add NAME makes one that may read and ask for work.'
      : join([b('Tokens'), ...o.tokens.map((token) => [code(token.name), ` · ${lineOf(token)}`])]),
})

/** Makes a token. Its secret is fetched once at the console, so that no chat and no table ever holds it. */
export const addToken = capability({
  name: 'add_token',
  describe: 'Let a program speak to Lugh over MCP.',
  input: NewToken,
  output: View,
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'token add',
      usage: '/token add NAME [SCOPE…] [project=NAME…] [days=N] [rate=N]',
      example: '/token add laptop read request approve-own project=shop-api days=90',
      parse: (words) => parseWords(words.trim().split(/\s+/u)),
    },
    cli: { verb: 'add_token', usage: 'add_token NAME [SCOPE…] [project=NAME…] [days=N] [rate=N]', parse: parseWords },
    mcp: { none },
  },
  act: async (act, input) => {
    const { personId, door } = act.caller
    const projects = input.projects === undefined ? null : await Promise.all(input.projects.map((name) => projectIdOf(act, name)))
    const expiresAt = input.days === undefined ? null : new Date(act.clock.now().getTime() + input.days * DAY_MS)
    const token = await insertToken(act.tx, {
      id: TokenId.parse(act.ids.uuid()),
      name: input.name,
      scopes: [...new Set(input.scopes)],
      projects,
      personId,
      perMinute: input.per_minute,
      expiresAt,
    })
    if (token === undefined)
      throw new LughError('conflict', `There is a token called ${input.name} already. Choose another name, or revoke that one first.`)
    await appendEvent(act.tx, { personId, door, kind: 'token.made', data: { tokenId: token.id, name: token.name, scopes: token.scopes } })
    return view(act, token)
  },
  say: (o) =>
    join([
      ['Token ', code(o.name), ` · ${lineOf(o)}`],
      ['Fetch its secret once, on the machine Lugh runs on: ', code(`npx lugh issue_token ${o.name}`)],
    ]),
})

/** Makes the secret of a token and says it, once. Only at the console: a chat would keep it. */
export const issueToken = capability({
  name: 'issue_token',
  describe: 'The secret of a token, once.',
  input: z.object({ name: Name }),
  output: z.object({ name: z.string(), secret: z.string() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: { none: 'a secret in a chat is a secret no more' },
    cli: { verb: 'issue_token', usage: 'issue_token NAME', parse: ([name]) => ({ name: name ?? '' }) },
    mcp: { none },
  },
  act: async (act, input) => {
    const secret = `lugh_${act.ids.token(SECRET_BYTES)}`
    const token = await issueRow(act.tx, input.name, tokenHash(secret))
    if (token === undefined)
      throw new LughError('not-found', `No token ${input.name} waits for its secret. It is said once: revoke_token and add_token make a new one.`)
    return { name: token.name, secret }
  },
  say: (o) => o.secret,
})

/** From the next request on nobody speaks with it. */
export const revokeToken = capability({
  name: 'revoke_token',
  describe: 'Take a token back; it counts no more at once.',
  input: z.object({ name: Name }),
  output: z.object({ name: z.string() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: { command: 'token revoke', usage: '/token revoke NAME', example: '/token revoke laptop', parse: (words) => ({ name: words.trim() }) },
    cli: { verb: 'revoke_token', usage: 'revoke_token NAME', parse: ([name]) => ({ name: name ?? '' }) },
    mcp: { none },
  },
  act: async (act, input) => {
    const token = await revokeTokenRow(act.tx, input.name)
    if (token === undefined) throw new LughError('not-found', `There is no token ${input.name}. /token list lists them.`)
    const { personId, door } = act.caller
    await appendEvent(act.tx, { personId, door, kind: 'token.revoked', data: { tokenId: token.id, name: token.name } })
    return { name: token.name }
  },
  say: (o) => `Token ${o.name} is revoked.`,
})

function parseWords(words: readonly string[]): z.infer<typeof NewToken> {
  const [name = '', ...rest] = words
  const scopes: TokenScope[] = []
  const projects: string[] = []
  const numbers: { days?: number; per_minute?: number } = {}
  for (const word of rest) {
    const [key = '', value] = word.split('=', 2)
    const scope = TOKEN_SCOPES.find((one) => one === key)
    if (scope !== undefined && value === undefined) scopes.push(scope)
    else if (key === 'project' && value !== undefined) projects.push(value)
    else if (key === 'days' && value !== undefined) numbers.days = Number(value)
    else if (key === 'rate' && value !== undefined) numbers.per_minute = Number(value)
    else
      throw new LughError(
        'input.invalid',
        `“${word.slice(0, 40)}” is no scope. There are ${TOKEN_SCOPES.join(', ')}; and project=NAME, days=N, rate=N.`,
      )
  }
  return {
    name,
    scopes: scopes.length === 0 ? [...ASKED_FOR] : scopes,
    per_minute: numbers.per_minute ?? PER_MINUTE,
    ...(projects.length === 0 ? {} : { projects }),
    ...(numbers.days === undefined ? {} : { days: numbers.days }),
  }
}

async function projectIdOf(act: Act, name: string): Promise<NonNullable<Token['projects']>[number]> {
  const project = await projectByName(act.tx, name)
  if (project === undefined) throw new LughError('not-found', `There is no project “${name.slice(0, 60)}”. /project list shows what there is.`)
  return project.id
}

async function view(act: Act, token: Token): Promise<z.infer<typeof View>> {
  const names = token.projects === null ? null : await Promise.all(token.projects.map(async (id) => (await projectById(act.tx, id))?.name ?? '?'))
  return {
    name: token.name,
    scopes: token.scopes,
    projects: names,
    expires: token.expiresAt?.toISOString() ?? null,
    last_used: token.lastUsedAt?.toISOString() ?? null,
    per_minute: token.perMinute,
    issued: token.issued,
  }
}

function lineOf(token: z.infer<typeof View>): string {
  const where = token.projects === null ? 'every project' : token.projects.join(', ')
  const until = token.expires === null ? 'until it is revoked' : `until ${token.expires.slice(0, 10)}`
  return [
    token.scopes.join(' '),
    where,
    until,
    token.issued ? `last used ${token.last_used?.slice(0, 10) ?? 'never'}` : 'secret not fetched yet',
  ].join(' · ')
}
