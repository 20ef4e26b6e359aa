/**
 * Environment and `.env` → one frozen, typed object. The only reader of `process.env`; a blank or wrong setting stops the start and says which.
 * Never reads a `.env` that a repository could have brought.
 */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { LughError, MODES } from '#core'
import { z } from 'zod'

/** An unset variable and an empty one are alike, so that `.env.example` can be copied as it is. */
const optional = z
  .string()
  .trim()
  .transform((value) => (value === '' ? undefined : value))
  .optional()
const url = optional.pipe(z.url().optional())
const ENGINES = ['anthropic', 'openai', 'claude-code', 'codex', 'acp', 'command'] as const
const usd = optional.pipe(z.coerce.number<string>().positive().optional())
const cap = optional.pipe(z.coerce.number<string>().int().positive().optional())

const BOT_TOKEN = /^\d+:[\w-]{20,}$/
const WEBHOOK_SECRET = /^[\w-]{16,256}$/

const Environment = z.object({
  LUGH_HOME: optional,
  TELEGRAM_BOT_TOKEN: optional.pipe(z.string().regex(BOT_TOKEN, 'is not a bot token as BotFather writes it (123456:ABC…)').optional()),
  TELEGRAM_API_ROOT: url,
  TELEGRAM_ALLOWED_USERS: optional,
  TELEGRAM_WEBHOOK_URL: url,
  TELEGRAM_WEBHOOK_SECRET: optional.pipe(z.string().regex(WEBHOOK_SECRET, 'must be 16-256 of A-Z a-z 0-9 _ -').optional()),
  DATABASE_URL: url,
  DATABASE_MIGRATE_URL: url,
  ANTHROPIC_API_KEY: optional,
  ANTHROPIC_BASE_URL: url,
  OPENAI_API_KEY: optional,
  OPENAI_BASE_URL: url,
  LUGH_ENGINE: optional.pipe(z.enum(ENGINES).optional()),
  LUGH_MODEL: optional,
  /** The command line of the engine `command`. Only here: a file of a repository could name any program. */
  LUGH_ENGINE_COMMAND: optional,
  /** The command line of the agent behind the engine `acp`. Only here, for the same reason. */
  LUGH_ENGINE_ACP: optional,
  LUGH_ENGINES: optional,
  /** The command line of a program that transcribes. Only here, for the same reason. */
  LUGH_TRANSCRIBE_COMMAND: optional,
  LUGH_TRANSCRIBE_MODEL: optional,
  LUGH_MODE: optional.pipe(z.enum(MODES).default('ask')),
  LUGH_PICTURES: optional.pipe(z.enum(['dark', 'light', 'off']).default('dark')),
  LUGH_SANDBOX: optional.pipe(z.enum(['auto', 'required', 'off']).default('auto')),
  LUGH_BUDGET_DAILY_USD: usd,
  LUGH_BUDGET_TASK_USD: usd,
  /** What a task may do before it pauses and asks to go on. */
  LUGH_CAP_TURNS: cap,
  LUGH_CAP_HOURS: optional.pipe(z.coerce.number<string>().positive().optional()),
  LUGH_CAP_TOKENS: cap,
  /** The bearer token of `POST /mcp` that may read and ask for work; tokens of other scopes are rows. */
  LUGH_MCP_TOKEN: optional.pipe(z.string().min(16, 'must have at least 16 characters').optional()),
  /** `literal`: tools are listed as `lugh/spawn_agent`, for clients that take a slash. */
  LUGH_MCP_NAMES: optional.pipe(z.enum(['plain', 'literal']).default('plain')),
  LUGH_PUBLIC_URL: url,
  PORT: optional.pipe(z.coerce.number<string>().int().min(0).max(65_535).default(3000)),
  LUGH_HOST: optional.pipe(z.string().default('127.0.0.1')),
  LUGH_ENV: optional.pipe(z.enum(['staging', 'prod']).optional()),
  LUGH_LOG: optional.pipe(z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info')),
  /** How many tasks one process works on at once. */
  LUGH_SLOTS: optional.pipe(z.coerce.number<string>().int().min(1).max(64).default(8)),
  /** For tests: the crash point to die at, `name@N`. */
  LUGH_CRASH_AT: optional,
  /** For tests: shorter leases, in milliseconds. */
  LUGH_LEASE_MS: optional.pipe(z.coerce.number<string>().int().min(500).default(15_000)),
})

/** A model provider: its key, and an address in place of its own. */
type Provider = Readonly<{ apiKey?: string; baseUrl?: string }>

export type Config = Readonly<{
  home: string
  /** The files that may hold settings, there or not; a later one wins. */
  envFiles: readonly string[]
  /** A `.env` that is not read although it names settings: whoever wrote it may have meant them. */
  passedOver?: PassedOver
  telegram: Readonly<{ token?: string; apiRoot?: string; allowedUsers: readonly number[]; webhookUrl?: string; webhookSecret?: string }>
  databaseUrl?: string
  databaseMigrateUrl?: string
  anthropic: Provider
  openai: Provider
  engine: (typeof ENGINES)[number]
  model?: string
  engineCommand?: string
  engineAcp?: string
  transcribe: Readonly<{ command?: string; model?: string }>
  /** Where a person installs engines that do not come with Lugh. */
  enginesDirectory: string
  mode: (typeof MODES)[number]
  /** How diffs are shown. */
  pictures: 'dark' | 'light' | 'off'
  sandbox: 'auto' | 'required' | 'off'
  budget: Readonly<{ dailyUsd?: number; taskUsd?: number }>
  caps: Readonly<{ turns?: number; ms?: number; tokens?: number }>
  http: Readonly<{ port: number; host: string; publicUrl?: string }>
  mcp: Readonly<{ token?: string; names: 'plain' | 'literal' }>
  label?: 'staging' | 'prod'
  log: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  slots: number
  leaseMs: number
  crashAt?: string
  /** What is passed on to children: never the whole environment. */
  host: Readonly<{ path: string; home: string; lang: string; user?: string; sshAuthSock?: string }>
}>

type PassedOver = Readonly<{ path: string; names: readonly string[] }>

/** Where this process stands, and the folder that Lugh itself was installed or cloned to. */
export type Place = Readonly<{ cwd: string; own: string }>

/** Lugh's own folder. */
export const OWN_FOLDER = fileURLToPath(new URL('../', import.meta.url))
const HERE = (): Place => ({ cwd: process.cwd(), own: OWN_FOLDER })

/**
 * `.env` of Lugh's own folder, if that is where it was started, then that of LUGH_HOME. Of no other folder: started inside somebody's
 * repository Lugh would take its model's address, its owner's id or its engine's command line from there.
 */
function envFilesOf(environment: Environ, { cwd, own }: Place): Pick<Config, 'home' | 'envFiles' | 'passedOver'> {
  const here = join(cwd, '.env')
  const atHome = isSame(cwd, own)
  const set = { ...(atHome ? readDotEnv(here) : {}), ...withoutUndefined(environment) }
  const home = resolve(optional.parse(set['LUGH_HOME']) ?? join(set['HOME'] ?? homedir(), '.lugh'))
  const envFiles = [...(atHome ? [here] : []), join(home, '.env')]
  const names = atHome || isSame(cwd, home) ? [] : settingsIn(here)
  return { home, envFiles, ...(names.length === 0 ? {} : { passedOver: { path: here, names } }) }
}

function isSame(a: string, b: string): boolean {
  const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path))
  return real(a) === real(b)
}

/** Which of Lugh's settings a file names, without a look at what it sets them to. */
function settingsIn(path: string): string[] {
  return Object.keys(readDotEnv(path)).filter((name) => Object.hasOwn(Environment.shape, name))
}

/** Why the settings of a `.env` do not hold, and where they would. */
export function sayPassedOver({ home, passedOver }: Pick<Config, 'home' | 'passedOver'>): string | undefined {
  if (passedOver === undefined) return undefined
  const [first = '', ...more] = passedOver.names
  return `${passedOver.path} sets ${first}${more.length === 0 ? '' : ` and ${more.length} more`} and is not read, since a repository could have brought it: put settings into ${join(home, '.env')}, the .env of Lugh's own folder, or the environment.`
}

type Environ = Readonly<Record<string, string | undefined>>

/** Reads the environment and the `.env` files that count (the environment wins). Throws `config.invalid`. */
export function readConfig(environment: Environ = process.env, place: Place = HERE()): Config {
  const { home, envFiles, ...passed } = envFilesOf(environment, place)
  const env = { ...readDotEnv(...envFiles), ...withoutUndefined(environment) }
  const parsed = Environment.safeParse(env)
  if (!parsed.success)
    throw new LughError('config.invalid', parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '))
  const e = parsed.data
  if (e.TELEGRAM_WEBHOOK_URL !== undefined && e.TELEGRAM_WEBHOOK_SECRET === undefined)
    throw new LughError(
      'config.invalid',
      'TELEGRAM_WEBHOOK_URL is set, so TELEGRAM_WEBHOOK_SECRET must be too: without it anybody could post updates.',
    )
  if (e.LUGH_ENV !== undefined && e.TELEGRAM_BOT_TOKEN === undefined)
    throw new LughError('config.invalid', 'LUGH_ENV is set, so TELEGRAM_BOT_TOKEN must be too: the simulator never runs in a labelled environment.')
  return freeze({
    home,
    envFiles,
    ...passed,
    enginesDirectory: resolve(e.LUGH_ENGINES ?? join(home, 'engines')),
    telegram: defined({
      token: e.TELEGRAM_BOT_TOKEN,
      apiRoot: e.TELEGRAM_API_ROOT,
      allowedUsers: parseUsers(e.TELEGRAM_ALLOWED_USERS),
      webhookUrl: e.TELEGRAM_WEBHOOK_URL,
      webhookSecret: e.TELEGRAM_WEBHOOK_SECRET,
    }),
    ...defined({
      databaseUrl: e.DATABASE_URL,
      databaseMigrateUrl: e.DATABASE_MIGRATE_URL,
      model: e.LUGH_MODEL,
      engineCommand: e.LUGH_ENGINE_COMMAND,
      engineAcp: e.LUGH_ENGINE_ACP,
      label: e.LUGH_ENV,
      crashAt: e.LUGH_CRASH_AT,
    }),
    anthropic: defined({ apiKey: e.ANTHROPIC_API_KEY, baseUrl: e.ANTHROPIC_BASE_URL }),
    openai: defined({ apiKey: e.OPENAI_API_KEY, baseUrl: e.OPENAI_BASE_URL }),
    transcribe: defined({ command: e.LUGH_TRANSCRIBE_COMMAND, model: e.LUGH_TRANSCRIBE_MODEL }),
    engine: e.LUGH_ENGINE ?? (e.ANTHROPIC_API_KEY === undefined && (e.OPENAI_API_KEY ?? e.OPENAI_BASE_URL) !== undefined ? 'openai' : 'anthropic'),
    mode: e.LUGH_MODE,
    pictures: e.LUGH_PICTURES,
    sandbox: e.LUGH_SANDBOX,
    budget: defined({ dailyUsd: e.LUGH_BUDGET_DAILY_USD, taskUsd: e.LUGH_BUDGET_TASK_USD }),
    caps: defined({
      turns: e.LUGH_CAP_TURNS,
      ms: e.LUGH_CAP_HOURS === undefined ? undefined : e.LUGH_CAP_HOURS * 3_600_000,
      tokens: e.LUGH_CAP_TOKENS,
    }),
    http: defined({ port: e.PORT, host: e.LUGH_HOST, publicUrl: e.LUGH_PUBLIC_URL }),
    mcp: defined({ token: e.LUGH_MCP_TOKEN, names: e.LUGH_MCP_NAMES }),
    log: e.LUGH_LOG,
    slots: e.LUGH_SLOTS,
    leaseMs: e.LUGH_LEASE_MS,
    host: defined({
      path: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      home: env['HOME'] ?? homedir(),
      lang: env['LANG'] ?? 'C.UTF-8',
      user: env['USER'],
      sshAuthSock: env['SSH_AUTH_SOCK'],
    }),
  })
}

/** Secrets that may be changed while Lugh runs. */
export type Secrets = Readonly<{ anthropic?: string; openai?: string; botToken?: string; webhookSecret?: string }>
/** A secret that is another one than at the start. Not `used`: only the next start will take it up. */
export type SecretChange = Readonly<{ name: string; at: Date; used: boolean }>
export type SecretsWatch = Readonly<{ now: () => Secrets; changes: () => readonly SecretChange[] }>

const NAMES = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'TELEGRAM_BOT_TOKEN', 'TELEGRAM_WEBHOOK_SECRET'] as const
/** Who holds connections under the old one goes on with it until the next start. */
const AT_START = ['DATABASE_URL', 'DATABASE_MIGRATE_URL'] as const
type Read = Readonly<Partial<Record<(typeof NAMES)[number] | (typeof AT_START)[number], string>>>

/**
 * The secrets as they are set now: these `.env` are read again whenever one has changed, so that a new key is used by the next call and a
 * removed one by none. What the environment sets wins, and stays what it was. A bot's token or a webhook's secret that is gone or cannot
 * be one is not taken over, since Lugh would be deaf; nor is another bot's token. Looking costs one system call a file.
 */
export function watchSecrets(files: readonly string[], environment: Environ = process.env, now: () => Date = () => new Date()): SecretsWatch {
  const noted = new Map<string, SecretChange>()
  let seen: string | undefined
  let held: Read | undefined
  let inFile: Read = {}
  const look = (): Read => {
    const mark = files.map(markOf).join(' ')
    if (mark === seen && held !== undefined) return held
    seen = mark
    const read = secretsIn({ ...readDotEnv(...files), ...withoutUndefined(environment) })
    const before = held
    held = before === undefined ? read : takenOver(before, read)
    if (before !== undefined)
      for (const name of [...NAMES, ...AT_START])
        if (inFile[name] !== read[name]) noted.set(name, { name, at: now(), used: held[name] === read[name] && !isAtStart(name) })
    inFile = read
    return held
  }
  look()
  return {
    now: () => {
      const read = look()
      return defined({
        anthropic: read.ANTHROPIC_API_KEY,
        openai: read.OPENAI_API_KEY,
        botToken: read.TELEGRAM_BOT_TOKEN,
        webhookSecret: read.TELEGRAM_WEBHOOK_SECRET,
      })
    },
    changes: () => {
      look()
      return [...noted.values()]
    },
  }
}

function markOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stat === undefined ? 'none' : `${stat.ino}:${stat.mtimeNs}:${stat.size}`
}

/** Never read for anybody else, whatever they refer to: Lugh's own settings. */
const OWN_SETTINGS = new Set(Object.keys(Environment.shape))

/**
 * Answers what a name stands for in the environment or these `.env`, as it is now, for what a person refers to by `env:NAME`. Undefined: not
 * set, or a setting of Lugh's own.
 */
export function openReferences(files: readonly string[], environment: Environ = process.env): (name: string) => string | undefined {
  return (name) => (OWN_SETTINGS.has(name) ? undefined : optional.parse({ ...readDotEnv(...files), ...withoutUndefined(environment) }[name]))
}

function secretsIn(env: Readonly<Record<string, string | undefined>>): Read {
  return defined(Object.fromEntries([...NAMES, ...AT_START].map((name) => [name, optional.parse(env[name])])))
}

function isAtStart(name: string): boolean {
  return AT_START.some((one) => one === name)
}

function takenOver(before: Read, read: Read): Read {
  const { TELEGRAM_BOT_TOKEN: oldToken, TELEGRAM_WEBHOOK_SECRET: oldSecret } = before
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_WEBHOOK_SECRET: secret } = read
  const sameBot = BOT_TOKEN.test(token ?? '') && token?.split(':')[0] === oldToken?.split(':')[0]
  return defined({
    ...read,
    TELEGRAM_BOT_TOKEN: sameBot ? token : oldToken,
    TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET.test(secret ?? '') ? secret : oldSecret,
  })
}

/** What these files set; a later one wins, and an empty line of it takes nothing away. */
function readDotEnv(...paths: readonly string[]): Record<string, string | undefined> {
  const set = paths.filter((path) => existsSync(path)).flatMap((path) => Object.entries(parseEnv(readFileSync(path, 'utf8'))))
  return Object.fromEntries([...set.filter(([, value]) => value === ''), ...set.filter(([, value]) => value !== '')])
}

function parseUsers(list: string | undefined): number[] {
  if (list === undefined) return []
  return list.split(/[\s,;]+/).map((word) => {
    const id = z.coerce.number<string>().int().positive().safeParse(word)
    if (!id.success) throw new LughError('config.invalid', `TELEGRAM_ALLOWED_USERS holds "${word}", which is no numeric Telegram user id.`)
    return id.data
  })
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> } & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }

/** The object without its undefined members. */
function defined<T extends Record<string, unknown>>(object: T): Defined<T>
function defined(object: Record<string, unknown>): Record<string, unknown> {
  return withoutUndefined(object)
}

function withoutUndefined<V>(object: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

function freeze<T extends object>(object: T): Readonly<T> {
  for (const value of Object.values(object)) if (typeof value === 'object' && value !== null) freeze(value)
  return Object.freeze(object)
}
