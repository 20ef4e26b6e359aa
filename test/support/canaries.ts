/**
 * Secrets that lie about as on a real machine, in every system of every test, and the search for them in all that Lugh wrote, sent or asked.
 * The search reads an embedded store as its bytes lie on disk, the write-ahead log included, so that a row that was deleted is found as well.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import type { ModelServer, Simulator } from '#simulator'
import { Client } from 'pg'

/** In every canary and in no word of the project. Twelve characters, for the search in compressed values. */
const MARK = 'q7Zx4Wv9Kp2J'

/** A secret known by its name, wherever it turns up. */
export const canary = (name: string): string => `CANARY${name}${MARK}`

export type Places = { readonly home: string; readonly person: string; readonly cwd: string }

/**
 * The twelve that lie about in every whole Lugh of every test: these, those of `plantInRepository` and `canaryEnv`, the key of the model and
 * the token of the bot; on a server the password of its database as well. Puts the first six where people keep them.
 */
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

/** In a person's repository, as a CI runner and a careless afternoon leave them: in its git settings, and in a file that is not committed. */
export function plantInRepository(path: string): void {
  appendFileSync(join(path, '.git', 'config'), `[http "http://127.0.0.1:9/"]\n\textraHeader = Authorization: Bearer ${canary('gitconfig')}\n`)
  appendFileSync(join(path, '.git', 'info', 'exclude'), 'ignored/secrets.env\n')
  mkdirSync(join(path, 'ignored'), { recursive: true })
  writeFileSync(join(path, 'ignored', 'secrets.env'), `SECRET=${canary('repository')}\n`)
}

/** What a person's shell has set: beside Lugh's own settings, and one of those. */
export const canaryEnv: Readonly<Record<string, string>> = {
  MY_TOKEN: canary('env'),
  AWS_SECRET_ACCESS_KEY: canary('aws'),
  TELEGRAM_WEBHOOK_SECRET: canary('webhook'),
}

export type Told = {
  readonly at: Places
  readonly simulator: Pick<Simulator, 'calls' | 'botToken' | 'world'>
  readonly model: Pick<ModelServer, 'requests'>
  readonly outputs: readonly string[]
  readonly database: string | undefined
  /** Canaries that a program of the test's repository writes into files: they lie in snapshots, as everything in a worktree does. */
  readonly inFiles?: readonly string[]
}

/** Where a canary stands, of everything a stopped Lugh leaves; nowhere: none. What the person typed is not looked at, what became of it is. */
export async function canariesIn(told: Told): Promise<string[]> {
  const token = told.simulator.botToken.split(':')[1] ?? MARK
  const holds = (text: string): boolean => text.includes(MARK) || text.includes(token)
  return [
    ...told.outputs.flatMap((text) => found('console', text, holds)),
    ...stringsOf(told.simulator.calls.map(({ parameters }) => parameters)).flatMap((text) => found('message', text, holds)),
    ...filesSent(told.simulator.world).flatMap((bytes) => foundIn('file', bytes, token)),
    ...stringsOf(told.model.requests.map(({ request }) => request)).flatMap((text) => found('prompt', text, holds)),
    ...filesIn(told.at.home, token),
    ...objectsIn(told.at.home, token, (told.inFiles ?? []).map(canary)),
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
    .flatMap((path) => foundIn(path.slice(home.length + 1), readFileSync(path), token))
}

/** Snapshots, diffs and checkpoints: every object of a store, unpacked. What was fetched lies in another place, and is the person's own. */
function objectsIn(home: string, token: string, known: readonly string[]): string[] {
  const repositories = join(home, 'repos')
  if (!existsSync(repositories)) return []
  return readdirSync(repositories).flatMap((project) => {
    const objects = join(repositories, project, 'store.git', 'objects')
    const loose = filesUnder(objects).filter((path) => /\/[0-9a-f]{2}\/[0-9a-f]{38,62}$/u.test(path))
    return loose.flatMap((path) => {
      const text = known.reduce((rest, one) => rest.replaceAll(one, ''), inflateSync(readFileSync(path)).toString('latin1'))
      return foundIn(`object ${path.slice(objects.length + 1)}`, Buffer.from(text, 'latin1'), token)
    })
  })
}

/** Documents and pictures of the bot, of every chat it may have written to. */
function filesSent(world: Simulator['world']): Buffer[] {
  const messages = world.persons().flatMap(({ id }) => world.messages(id, { deleted: true }))
  return messages.flatMap(({ media, from }) => (media === undefined || from.id !== world.bot.id ? [] : [Buffer.from(media.file.bytes)]))
}

function foundIn(where: string, bytes: Buffer, token: string): string[] {
  const at = canaryAt(bytes, token)
  return at === undefined ? [] : [`${where}: …${bytes.toString('latin1', Math.max(0, at - SHOWN), at + SHOWN)}…`]
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
