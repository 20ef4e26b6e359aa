/**
 * Secrets that lie about as on a real machine, in every system of every test, and the search for them in all that Lugh wrote, sent or asked.
 * The search reads an embedded store as its bytes lie on disk, the write-ahead log included, so that a row that was deleted is found as well.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelServer, Simulator } from '#simulator'
import { Client } from 'pg'

/** In every canary and in no word of the project. Twelve characters, for the search in compressed values. */
const MARK = 'q7Zx4Wv9Kp2J'

/** A secret known by its name, wherever it turns up. */
export const canary = (name: string): string => `CANARY${name}${MARK}`

export type Places = { readonly home: string; readonly person: string; readonly cwd: string }

/** Puts secrets where people keep them. `home` may not be there yet. */
export function plantCanaries({ person, cwd }: Pick<Places, 'person' | 'cwd'>): void {
  const put = (file: string, text: string): void => {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }
  put(join(person, '.ssh', 'id_ed25519'), `-----BEGIN-----\n${canary('ssh')}\n`)
  put(join(person, '.npmrc'), `//registry.npmjs.org/:_authToken=${canary('npmrc')}\n`)
  put(join(person, '.netrc'), `machine 127.0.0.1 login me password ${canary('netrc')}\n`)
  put(join(person, '.git-credentials'), `https://me:${canary('gitcred')}@127.0.0.1\n`)
  put(join(person, '.aws', 'credentials'), `aws_secret_access_key = ${canary('aws')}\n`)
  put(join(cwd, '.env'), `SOME_TOKEN=${canary('dotenv')}\n`)
}

/** What a person's shell has set beside Lugh's own settings. */
export const canaryEnv: Readonly<Record<string, string>> = { MY_TOKEN: canary('env'), AWS_SECRET_ACCESS_KEY: canary('aws') }

export type Told = {
  readonly at: Places
  readonly simulator: Pick<Simulator, 'calls' | 'botToken'>
  readonly model: Pick<ModelServer, 'requests'>
  readonly outputs: readonly string[]
  readonly database: string | undefined
}

/** Where a canary stands, of everything a stopped Lugh leaves; nowhere: none. What the person typed is not looked at, what became of it is. */
export async function canariesIn(told: Told): Promise<string[]> {
  const token = told.simulator.botToken.split(':')[1] ?? MARK
  const holds = (text: string): boolean => text.includes(MARK) || text.includes(token)
  return [
    ...told.outputs.flatMap((text) => found('console', text, holds)),
    ...stringsOf(told.simulator.calls.map(({ parameters }) => parameters)).flatMap((text) => found('message', text, holds)),
    ...stringsOf(told.model.requests.map(({ request }) => request)).flatMap((text) => found('prompt', text, holds)),
    ...filesIn(told.at.home, token),
    ...(told.database === undefined ? [] : (await rowsOf(told.database)).flatMap((text) => found('row', text, holds))),
  ]
}

const SHOWN = 40 // characters on either side

function found(where: string, text: string, holds: (text: string) => boolean): string[] {
  if (!holds(text)) return []
  const at = Math.max(0, text.indexOf(MARK))
  return [`${where}: …${text.slice(Math.max(0, at - SHOWN), at + SHOWN)}…`]
}

/** Every text in a value, without making one of it all. */
function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(stringsOf)
  return typeof value === 'object' && value !== null ? stringsOf(Object.values(value)) : []
}

/** What is the person's own lies there too: objects of their repository, and worktrees. */
const THEIRS = ['git', 'worktrees', 'homes', 'sample']

function filesIn(home: string, token: string): string[] {
  if (!existsSync(home)) return []
  return readdirSync(home)
    .filter((name) => !THEIRS.includes(name))
    .flatMap((name) => filesUnder(join(home, name)))
    .flatMap((path) => {
      const bytes = readFileSync(path)
      const at = canaryAt(bytes, token)
      return at === undefined ? [] : [`${path.slice(home.length + 1)}: …${bytes.toString('latin1', Math.max(0, at - SHOWN), at + SHOWN)}…`]
    })
}

function filesUnder(path: string): string[] {
  const kind = statSync(path, { throwIfNoEntry: false })
  if (kind === undefined || kind.isSocket()) return []
  if (!kind.isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)))
}

/**
 * PostgreSQL's compression puts a byte between each eight characters it takes over as they are: of three pieces of four characters one
 * stays whole, and around it the others are looked for with a byte between.
 */
const PIECES = [MARK.slice(0, 4), MARK.slice(4, 8), MARK.slice(8)]
const BROKEN = new RegExp(MARK.split('').join('[^]?'), 'u')

function canaryAt(bytes: Buffer, token: string): number | undefined {
  const plain = bytes.indexOf(token)
  if (plain !== -1) return plain
  for (const piece of PIECES)
    for (let at = bytes.indexOf(piece); at !== -1; at = bytes.indexOf(piece, at + 1))
      if (BROKEN.test(bytes.toString('latin1', Math.max(0, at - 2 * MARK.length), at + 2 * MARK.length))) return at
  return undefined
}

/** Every row of every table as one text. */
export async function rowsOf(database: string): Promise<string[]> {
  const client = new Client({ connectionString: database })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
    )
    const texts: string[] = []
    for (const { name } of tables)
      texts.push(...(await client.query<{ text: string }>(`select t::text as text from ${name} t`)).rows.map(({ text }) => text))
    return texts
  } finally {
    await client.end()
  }
}
