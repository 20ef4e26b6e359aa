/**
 * A whole Lugh for one test: its own home, its own simulated Telegram and model, its own database. The system under test is a child
 * process; this side remembers everything the fakes saw and, at the end, refuses whatever was left behind or broke a rule.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createPerson,
  startModelServer,
  startSimulator,
  YOU,
  type ModelServer,
  type Person,
  type RateLimits,
  type Script,
  type Simulator,
  type User,
} from '#simulator'
import { describe, expect } from 'vitest'
import { canariesIn, canary, canaryEnv, plantCanaries } from './canaries.ts'
import { watchDriven } from './driven.ts'
import { eventually } from './eventually.ts'
import { spawnLugh, type LughProcess } from './lugh-process.ts'
import { locksUnder, processesOf, registeredWorktrees, worktreesUnder } from './remains.ts'
import { freshDatabaseUrl, freshEmbeddedHome, serverAvailable, STORES } from './stores.ts'

export type StoreKind = (typeof STORES)[number]

export type SystemOptions = Readonly<{
  store: StoreKind
  /** What the model plays; more can be set later by `model.play`. */
  scripts?: readonly Script[]
  users?: readonly Omit<User, 'isBot'>[]
  /** TELEGRAM_ALLOWED_USERS; without one, every user of the world. Empty: nobody, so that the console offers a pairing code. */
  allowed?: readonly number[]
  env?: Readonly<Record<string, string>>
  /** The model server hears too. */
  voice?: boolean
  limits?: Partial<RateLimits> | false
  /** The test itself lets two programs poll with one token, which the simulator rightly counts against them. */
  conflicts?: boolean
  /** Canaries that a program of the test's own repository writes into files. */
  keysInFiles?: readonly string[]
  /** A home in which nothing was ever laid, as on a bare machine. */
  bare?: boolean
}>

export type System = Awaited<ReturnType<typeof openSystem>>

/** Loopback and a pretended key: the model server takes any. */
const KEY = `sk-ant-${canary('anthropic')}`
/** Removing worktrees is the worker's last act on a task, after the card says merged. */
const CLEAN_MS = 15_000
/** Leases of a killed process are waited for where another home may hold them; here only one does. */
const LEASE_MS = '2000'

async function openSystem(options: SystemOptions) {
  const root = mkdtempSync(join(tmpdir(), 'lugh-e2e-'))
  const at = { root, home: join(root, 'lugh'), person: join(root, 'person'), cwd: join(root, 'cwd'), tmp: join(root, 'tmp') }
  for (const folder of [at.person, at.cwd, at.tmp]) mkdirSync(folder)
  plantCanaries(at)
  if (options.store === 'embedded' && options.bare !== true) renameSync(await freshEmbeddedHome(), at.home)
  const database = options.store === 'server' ? await freshDatabaseUrl({ migrated: options.bare !== true }) : undefined
  const users = options.users ?? [YOU]
  const simulator = await startSimulator({ users, ...(options.limits === undefined ? {} : { limits: options.limits }) })
  const model = await startModelServer({ script: options.scripts ?? [], apiKey: KEY })
  const { world } = simulator
  const writeDown = watchDriven(world)
  const allowed = options.allowed ?? users.map(({ id }) => id)
  const env: Readonly<Record<string, string>> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: at.person,
    TMPDIR: at.tmp,
    LANG: 'C.UTF-8',
    LUGH_HOME: at.home,
    PORT: '0',
    LUGH_SANDBOX: 'auto',
    LUGH_LEASE_MS: LEASE_MS,
    // Most tests read what was shown; drawing it costs each Lugh two seconds.
    LUGH_PICTURES: 'off',
    TELEGRAM_BOT_TOKEN: simulator.botToken,
    TELEGRAM_API_ROOT: simulator.apiRoot,
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: model.url,
    ...(allowed.length === 0 ? {} : { TELEGRAM_ALLOWED_USERS: allowed.join(',') }),
    ...canaryEnv,
    ...(database === undefined ? {} : { DATABASE_URL: withPassword(database.url) }),
    ...(options.voice === true ? { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${model.url}/v1` } : {}),
    ...options.env,
  }
  const lives: LughProcess[] = []
  const people: Person[] = []

  /** Starts the next life of this home and waits until it is ready. */
  async function start(more: Readonly<Record<string, string>> = {}): Promise<LughProcess> {
    const life = spawnLugh({ ...env, ...more }, at.cwd)
    lives.push(life)
    await life.ready
    return life
  }

  /** The life that is going on. */
  function lugh(): LughProcess {
    const life = lives.at(-1)
    if (life === undefined) throw new Error('Lugh was not started')
    return life
  }

  /** A person of this world with a phone; by default the first. */
  function person(id: number = users[0]?.id ?? 0): Person {
    const known = people.find((one) => one.id === id)
    if (known !== undefined) return known
    const made = createPerson(world, { id })
    people.push(made)
    return made
  }

  /** Kill and start again, as a crash and a service manager do. */
  async function crash(): Promise<LughProcess> {
    await lugh().kill()
    return start()
  }

  /** Waits until no task holds a worktree any more. */
  async function tidy(): Promise<void> {
    await eventually(() => [...worktreesUnder(at.home), ...registeredWorktrees(at.home)], [], CLEAN_MS)
  }

  /** Stops in order, and refuses leftovers and broken rules. */
  async function settle(): Promise<void> {
    for (const life of lives.slice(0, -1)) await life.kill()
    const exit = await lives.at(-1)?.stop()
    const left = {
      exit,
      breaches: simulator.breaches.filter(({ kind }) => options.conflicts !== true || kind !== 'conflict'),
      refused: model.requests.flatMap(({ refused }) => refused ?? []),
      processes: processesOf(root),
      locks: existsSync(at.home) ? locksUnder(at.home) : [],
      temporary: readdirSync(at.tmp),
      secrets: await canariesIn({
        at,
        simulator,
        model,
        outputs: lives.map((life) => life.output()),
        database: database?.url,
        inFiles: options.keysInFiles ?? [],
      }),
    }
    expect(left).toEqual({
      exit: lives.length === 0 ? undefined : { code: 0, signal: null },
      breaches: [],
      refused: [],
      processes: [],
      locks: [],
      temporary: [],
      secrets: [],
    })
    writeDown()
  }

  async function dispose(): Promise<void> {
    for (const life of lives) await life.kill()
    for (const one of people) one.leave()
    await Promise.all([simulator.close(), model.close()])
    await database?.drop()
    rmSync(root, { recursive: true, force: true })
  }

  /** What a failed test should show beside its message. */
  function story(): string {
    const chats = people.map((one) => one.transcript())
    const logs = lives.map((life, index) => `--- life ${index + 1} ---\n${life.output().slice(-6000)}`)
    return [...chats, ...logs].join('\n')
  }

  return { at, env, world, simulator, model, start, lugh, person, crash, tidy, settle, dispose, story }
}

/** The test server asks for none, and takes any. */
function withPassword(database: string): string {
  const url = new URL(database)
  url.password = canary('dbpass')
  return url.href
}

/** Runs a test on a system of its own, started unless told otherwise; afterwards it is stopped, searched for leftovers and removed. */
export async function withSystem(options: SystemOptions & { stopped?: boolean }, test: (system: System) => Promise<void>): Promise<void> {
  const system = await openSystem(options)
  try {
    if (options.stopped !== true) await system.start()
    await test(system)
    await system.settle()
  } catch (error) {
    if (error instanceof Error) error.message += `\n${system.story()}`
    throw error
  } finally {
    await system.dispose()
  }
}

/** Whether the whole of the system tests was asked for, as CI does: otherwise `npm test` would take ten minutes on two cores. */
export const WHOLE = process.env['LUGH_TEST_WHOLE'] !== undefined
/** Where time is short each suite takes one store, half of them the one and half the other; without a server there is no choice. */
const BY_TURNS = process.env['LUGH_TEST_BY_TURNS'] !== undefined && serverAvailable

/** The store that a suite takes where they take turns: always the same for the same name. */
function turnOf(name: string): StoreKind {
  return Buffer.from(name).reduce((sum, byte) => sum + byte, 0) % 2 === 0 ? 'embedded' : 'server'
}

function isTaken(name: string, store: StoreKind): boolean {
  if (BY_TURNS) return store === turnOf(name)
  return store === 'embedded' || (serverAvailable && WHOLE)
}

/** Declares the same tests for both stores; for the server, where the whole was asked for. */
export function describeBothStores(name: string, declare: (store: StoreKind) => void): void {
  for (const store of STORES)
    describe.runIf(isTaken(name, store))(`${name} (${store})`, () => {
      declare(store)
    })
}

/** The same, of tests that take minutes: only where the whole was asked for. */
export function describeWhole(name: string, declare: (store: StoreKind) => void): void {
  describe.skipIf(!WHOLE)('whole', () => {
    describeBothStores(name, declare)
  })
}

/** The same, several tests at once: for those that mostly wait (a chat takes a message a second) and measure no time. */
export function describeSideBySide(name: string, declare: (store: StoreKind) => void): void {
  describe('side by side', { concurrent: true }, () => {
    describeBothStores(name, declare)
  })
}

/** The long forms of suites, for nights. */
export const LONG = process.env['LUGH_TEST_LONG'] !== undefined

/** A night may be had in pieces, each with a seed of its own: LUGH_TEST_PIECES says how many of them make the whole. */
const PIECES = Number(process.env['LUGH_TEST_PIECES'] ?? 1)

/** What one piece of a night does of so many. */
export function piece(whole: number): number {
  return Math.ceil(whole / PIECES)
}

export type { ModelServer, Simulator }
