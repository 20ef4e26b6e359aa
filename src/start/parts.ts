/** The parts of the start that need a line of reason each. */
import { readFileSync } from 'node:fs'
import type { Config, SecretsWatch } from '#config'
import { LughError } from '#core'
import type { Bot } from '#bot'
import { listProjects, liveWorktrees, migrate, openDb, type Db } from '#db'
import { catalogueOf, type EngineFace, type SessionEngine } from '#engines'
import type { Git } from '#git'
import { createApp, listenHttp } from '#http'
import type { Mcp, McpOptions } from '#mcp'
import type { Prices } from '#models'
import type { Facts, Log } from '#orchestrator'
import type { Sandbox, SandboxStatus, ProcessBound } from '#sandbox'
import { z } from 'zod'

const MICRO = 1_000_000

export async function openStore(config: Config, log: Log): Promise<Db> {
  const db = await openDb({ home: config.home, databaseUrl: config.databaseUrl, migrateUrl: config.databaseMigrateUrl, log })
  try {
    await migrate(db, { log })
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}

/** The configured engine; whether it can work here is shown, not fatal: everything but agents works without a key. */
export function engineOf(engines: readonly EngineFace[], config: Config): EngineFace {
  const engine = engines.find(({ name }) => name === config.engine)
  if (engine === undefined) throw new LughError('config.invalid', `LUGH_ENGINE names ${config.engine}, which is no engine.`)
  return engine
}

export function factsOf(
  config: Config,
  parts: {
    home: string
    db: Db
    sandbox: Sandbox
    engine: EngineFace
    engines: readonly (EngineFace | SessionEngine)[]
    prices: Prices
    simulated: boolean
    secrets: SecretsWatch
  },
): Facts {
  const model = config.model ?? parts.engine.defaultModel
  const { status } = parts.sandbox
  const { dailyUsd, taskUsd } = config.budget
  return Object.freeze({
    version: version(),
    home: parts.home,
    store: parts.db.kind,
    engine: parts.engine.name,
    engines: engineFacts(parts.engines),
    mode: config.mode,
    pictures: config.pictures,
    sandbox: sandboxWords(config.sandbox, status),
    prices: parts.prices,
    simulated: parts.simulated,
    secretChanges: parts.secrets.changes,
    engineProblem: () => {
      const available = parts.engine.available()
      return available.ok ? undefined : available.why
    },
    caps: config.caps,
    ...(model === undefined ? {} : { model }),
    ...(config.label === undefined ? {} : { label: config.label }),
    ...(taskUsd === undefined ? {} : { taskBudgetMicroUsd: Math.round(taskUsd * MICRO) }),
    ...(dailyUsd === undefined ? {} : { dailyBudgetMicroUsd: Math.round(dailyUsd * MICRO) }),
  })
}

/** The lists of models are asked for once the start is over: nobody looks at one before. */
const MODELS_AFTER_MS = 2000

/** The engines with what they offer; their lists are asked for soon, in the background. */
function engineFacts(engines: readonly (EngineFace | SessionEngine)[]): Facts['engines'] {
  return new Map(
    engines.map((engine) => {
      const { known, refresh } = catalogueOf(engine)
      setTimeout(() => void refresh(), MODELS_AFTER_MS).unref()
      const own = 'asks' in engine ? { own: { asks: engine.asks } } : {}
      return [engine.name, { name: engine.name, defaultModel: engine.defaultModel, available: () => engine.available(), known, ...own }]
    }),
  )
}

/** The setting, what stands, and what that means for commands. */
export function sandboxWords(mode: Config['sandbox'], status: SandboxStatus): string {
  if (status.walls === 'none') return `${mode}: none, so every command asks (${status.why}; ${status.fix})`
  const network = status.network.ok ? 'network only where you allow it' : `no network (${status.network.why}; ${status.network.fix})`
  const without = mode === 'required' ? 'without it Lugh does not start' : 'without it every command would ask'
  return `${mode}: ${status.how}, writes in the task's worktree only, ${network}, ${BOUND_WORDS[status.processes]}; ${without}`
}

/** What holds against a fork bomb, and how to have more. */
const BOUND_WORDS: Readonly<Record<ProcessBound, string>> = {
  'control-group': 'number of processes bound by the kernel',
  'user-limit': 'number of processes bound by the kernel',
  counted: 'number of processes counted only (a fork bomb may be felt for a moment: run Lugh as an ordinary user, or let it make control groups)',
  none: 'number of processes not bound',
}

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version
}

/** Mends what an earlier life left half-made in this home's workshops. A project that cannot be swept is logged and does not stop the start. */
export async function sweepWorkshops(db: Db, git: Git, home: string, log: Log): Promise<void> {
  for (const project of await listProjects(db)) {
    if (project.home !== home || project.state !== 'ready') continue
    const live = (await liveWorktrees(db, project.id)).map((worktree) => worktree.path)
    const done = await git
      .sweep({ projectId: project.id, kind: project.kind, location: project.location }, live)
      .catch((error: unknown) => [String(error)])
    if (done.length > 0) log.info({ project: project.name, done }, 'git.swept')
  }
}

type Webhook = { readonly url: string; readonly secret: () => string }

/** Where updates are posted to and what must come with them; undefined while Lugh asks for them itself. */
export function webhookOf(config: Config, secrets: SecretsWatch): Webhook | undefined {
  const { webhookUrl: url, webhookSecret } = config.telegram
  if (url === undefined || webhookSecret === undefined) return undefined
  return { url, secret: () => secrets.now().webhookSecret ?? webhookSecret }
}

/** What the door for programs is told of the configuration. */
export function mcpOf({ mcp, http }: Config): Pick<McpOptions, 'token' | 'literalNames' | 'hosts' | 'publicUrl'> {
  const open = ['0.0.0.0', '::', '[::]'].includes(http.host) // an address to listen on, no name to be called by
  const hosts = [...(open ? [] : [http.host]), ...(http.publicUrl === undefined ? [] : [new URL(http.publicUrl).hostname])]
  return {
    token: () => mcp.token,
    literalNames: mcp.names === 'literal',
    hosts,
    ...(http.publicUrl === undefined ? {} : { publicUrl: http.publicUrl }),
  }
}

/** The web door. Without a webhook it is a convenience, so a taken port is said and not fatal. */
export async function openHttp(
  config: Config,
  parts: { db: Db; bot: Bot; log: Log; webhook: Webhook | undefined; mcp: Mcp },
): Promise<{ close(): Promise<void> }> {
  const { db, bot, log, webhook, mcp } = parts
  const app = createApp({
    database: () => db.run('select 1').then(() => undefined),
    pollerAgeMs: () => bot.pollerAgeMs(),
    log,
    mcp,
    ...(webhook === undefined ? {} : { webhook: { secret: webhook.secret, receive: (update: unknown) => bot.receiveUpdate(update) } }),
  })
  try {
    return await listenHttp(app, config.http)
  } catch (error) {
    if (webhook !== undefined || !(error instanceof LughError)) throw error
    log.warn({ port: config.http.port }, 'http.port-in-use')
    return { close: () => Promise.resolve() }
  }
}
