/**
 * Both homes for tests: every test gets a fresh, migrated database on each, and one that leaves a connection, a transaction or a
 * listener behind fails. The server half runs where LUGH_TEST_WHOLE asks for it. Without a
 * PostgreSQL server it is skipped, loudly; LUGH_TEST_REQUIRE_SERVER makes that a failure.
 */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { migrate, openDb, type Db, type Store, type StoreLog } from '#db'
import { Client } from 'pg'
import { afterAll, afterEach, describe } from 'vitest'
import { z } from 'zod'

export const SERVER_URL = process.env['LUGH_TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** A log that keeps what it was told, for tests that look at it. */
export type HeardLog = StoreLog & { lines: { level: 'info' | 'warn' | 'error'; event: string; fields: object }[] }

export function heardLog(): HeardLog {
  const lines: HeardLog['lines'] = []
  const level = (level: 'info' | 'warn' | 'error') => (fields: object, event: string) => void lines.push({ level, event, fields })
  return { lines, info: level('info'), warn: level('warn'), error: level('error') }
}

/** One home of the store. `fresh` answers an empty database; `dispose` throws when the test has left something behind. */
export type TestHome = {
  kind: 'embedded' | 'server'
  fresh(options?: { migrated?: boolean }): Promise<Store>
  /** After each test. */
  settle(): Promise<void>
  /** After each file. */
  end(): Promise<void>
}

/** Throws when a test left a transaction open or a listener registered. */
function refuseLeaks(store: Store): void {
  const { transactions, listeners } = store.inUse()
  if (transactions > 0) throw new Error(`this test left ${transactions} transaction(s) open`)
  if (listeners > 0) throw new Error(`this test left ${listeners} listener(s) behind: call the function that listen() answers`)
}

// Embedded -----------------------------------------------------------------------------------------------------------

/**
 * Changes with whatever makes a laid store another one: the migrations, what applies them, and PGlite itself. It names what is kept
 * between test files, so that what an older tree left is never taken for this one's.
 */
const schemaName = (() => {
  const hash = createHash('sha256')
  const root = new URL('../../', import.meta.url)
  const migrations = readdirSync(new URL('migrations', root), { recursive: true, encoding: 'utf8' }).toSorted()
  const files = migrations.filter((file) => file.endsWith('.sql')).map((file) => `migrations/${file}`)
  for (const file of [...files, 'src/db/migrate.ts', 'node_modules/@electric-sql/pglite/package.json'])
    hash.update(file).update(readFileSync(new URL(file, root)))
  return hash.digest('hex').slice(0, 16)
})()

/** A migrated data folder (initdb 2.5 s, migrations 0.7 s) is kept for all test files and copied. */
async function laidHome(): Promise<string> {
  const kept = join(tmpdir(), `lugh-test-laid-${process.getuid?.() ?? 0}-${schemaName}`)
  if (existsSync(kept)) return kept
  const making = mkdtempSync(join(tmpdir(), 'lugh-test-laying-'))
  const store = await openDb({ home: making, log: heardLog() })
  await migrate(store, { log: heardLog() })
  await store.close()
  try {
    renameSync(making, kept)
  } catch {
    // Another test file was first; its copy is as good.
    rmSync(making, { recursive: true, force: true })
  }
  return kept
}

/** A fresh LUGH_HOME whose embedded store is laid and migrated; remove it yourself. For system tests that start Lugh as a process. */
export async function freshEmbeddedHome(): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'lugh-test-home-'))
  // cp takes 60 ms of processor time for these thousand files where Node's cpSync takes 580.
  await promisify(execFile)('cp', ['-R', `${await laidHome()}/.`, home])
  return home
}

/** What tests lay beside Lugh's own tables goes here, with `if not exists`: it is emptied with them and stays. */
export const BESIDE = 'beside'

const OWN_TABLES = `(select oid from pg_class where relnamespace = 'public'::regnamespace)`
/** Where a change of the schema leaves a row, and which rows are of Lugh's own schema. */
const SCHEMA = {
  pg_class: `relnamespace = 'public'::regnamespace`,
  pg_attribute: `attrelid in ${OWN_TABLES}`,
  pg_constraint: `connamespace = 'public'::regnamespace`,
  pg_trigger: `tgrelid in ${OWN_TABLES}`,
  pg_proc: `pronamespace = 'public'::regnamespace`,
  pg_extension: 'true',
  pg_namespace: `nspname <> '${BESIDE}' and nspname !~ '^pg_'`,
}

const REBUILD = `drop schema public cascade; create schema public; drop extension if exists vector; drop schema if exists ${BESIDE} cascade`

/** Changes with every change of the schema, and with nothing else. */
const FINGERPRINT = `select concat_ws(' ', ${Object.entries(SCHEMA)
  .map(([name, own]) => `(select count(*) || '/' || max(xmin::text::bigint) from ${name} where ${own})`)
  .join(', ')}) as mark`

async function fingerprint(store: Store): Promise<string | undefined> {
  return (await store.row(z.object({ mark: z.string() }), FINGERPRINT))?.mark
}

/** What `discard all` does, but that statements stay prepared: to plan them anew costs a test 0.1 s on the embedded store. */
const SESSION_RESET = ['close all', 'reset all', 'unlisten *', 'select pg_advisory_unlock_all()', 'discard temp', 'discard sequences']

const Emptied = z.object({ name: z.string(), kind: z.string() })

/** Takes every row out and starts every number at one again; triggers and foreign keys sleep meanwhile. */
async function empty(store: Store): Promise<void> {
  const things = await store.rows(
    Emptied,
    `select format('%I.%I', nspname, relname) as name, relkind::text as kind from pg_class join pg_namespace n on n.oid = relnamespace
     where nspname in ('public', '${BESIDE}') and relkind in ('r', 'S') and relname <> 'schema_migration'`,
  )
  await store.tx(async (tx) => {
    await tx.run('set local session_replication_role = replica')
    for (const { name, kind } of things) await tx.run(kind === 'r' ? `delete from ${name}` : `select setval('${name}', 1, false)`)
  })
}

/** One thread serves a whole file. Between tests it is emptied (20 ms); only a test that changed the schema makes it be built again (500 ms). */
function embeddedHome(): TestHome {
  let home: string | undefined
  let store: Store | undefined
  let used = false
  /** How the schema looked after the migrations. */
  let mark: string | undefined
  const open = async (): Promise<Store> => {
    const laid = home === undefined
    home ??= await freshEmbeddedHome()
    const opened = await openDb({ home, log: heardLog() })
    if (laid) mark = await fingerprint(opened)
    return opened
  }
  const alive = (store: Store): Promise<boolean> =>
    store.run('select 1').then(
      () => true,
      () => false,
    )
  return {
    kind: 'embedded',
    fresh: async ({ migrated = true } = {}) => {
      if (used) throw new Error('the embedded store is one per process: ask for a fresh one once per test')
      used = true
      if (store === undefined || !(await alive(store))) store = await open()
      for (const reset of SESSION_RESET) await store.run(reset)
      if (migrated && mark !== undefined && mark === (await fingerprint(store))) {
        await empty(store)
        return store
      }
      mark = undefined
      await store.script(REBUILD)
      if (migrated) {
        await migrate(store, { log: heardLog() })
        mark = await fingerprint(store)
      }
      return store
    },
    settle: async () => {
      const wasUsed = used
      used = false
      if (wasUsed && store !== undefined) refuseLeaks(store)
    },
    end: async () => {
      await store?.close()
      if (home !== undefined) rmSync(home, { recursive: true, force: true })
    },
  }
}

// Server ---------------------------------------------------------------------------------------------------------------

/** Databases of killed test runs are dropped once they are this old. */
const STALE_MS = 3_600_000
/** Templates of other trees may be in use by test runs beside this one. */
const STALE_TEMPLATE_MS = 7 * 24 * STALE_MS
const TEMPLATE_LOCK = 0x74657374
const TEMPLATES = 'lugh_test_template_'
/** A loaded machine takes its time; a server that is not there refuses at once. */
const CONNECT_MS = 20_000

/** Runs `work` on a connection to the server itself, as the role of the tests. */
export async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: SERVER_URL, connectionTimeoutMillis: CONNECT_MS })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function urlOf(database: string): string {
  const url = new URL(SERVER_URL)
  url.pathname = `/${database}`
  return url.href
}

/** Why the server's half cannot run, or undefined. */
async function whyNoServer(): Promise<string | undefined> {
  try {
    await asAdmin(async (client) => client.query('select 1'))
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message || String(error) : String(error)
  }
}

let template: Promise<string> | undefined

/** A migrated database to copy (40 ms); it stays on the server for all test files, under a name that says what it holds. */
function migratedTemplate(): Promise<string> {
  template ??= makeTemplate().catch((error: unknown) => {
    template = undefined // a server that was busy for a moment must not fail the whole file
    throw error
  })
  return template
}

/** Whoever comes first makes it, under a lock, and gives it its name last: a killed run leaves no half of one. */
async function makeTemplate(): Promise<string> {
  const name = `${TEMPLATES}${schemaName}`
  return asAdmin(async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
    await dropStale(client)
    const known = await client.query('select from pg_database where datname = $1', [name])
    if (known.rows.length > 0) return name
    const making = newName()
    await client.query(`create database ${making}`)
    const db = await openDb({ home: '', databaseUrl: urlOf(making), log: heardLog() })
    await migrate(db, { log: heardLog() })
    await db.close()
    await client.query(`comment on database ${making} is '${Date.now()}'`)
    await client.query(`alter database ${making} rename to ${name}`)
    return name
  })
}

/** The time stands in the name, so that what a killed run left can be told from what is in use. */
function newName(): string {
  return `lugh_test_${Date.now()}_${randomBytes(4).toString('hex')}`
}

async function dropStale(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; made: string | null; template: boolean }>(
    `select datname as name, starts_with(datname, $1) as template,
            case when starts_with(datname, $1) then shobj_description(oid, 'pg_database') else split_part(datname, '_', 3) end as made
       from pg_database where datname ~ '^lugh_test_([0-9]+|template)_[0-9a-f]+$'`,
    [TEMPLATES],
  )
  for (const { name, made, template } of rows)
    if (Date.now() - Number(made) > (template ? STALE_TEMPLATE_MS : STALE_MS)) await client.query(`drop database if exists ${name} with (force)`)
}

/**
 * A fresh database on the server, for system tests that start Lugh as a process; `drop` removes it and whoever is still connected.
 * Migrated unless asked otherwise.
 */
export async function freshDatabaseUrl({ migrated = true } = {}): Promise<Database> {
  const name = newName()
  const from = migrated ? await migratedTemplate() : 'template1'
  await asAdmin((client) => client.query(`create database ${name} template ${from}`))
  return {
    url: urlOf(name),
    drop: async () => {
      await asAdmin((client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

type Database = { url: string; drop: () => Promise<void> }
/** A database that a test has used and whose schema is still as `mark` says. */
type Kept = Database & { mark: string | undefined }

/** A database is created (150 ms and much disk) only where none can be emptied (10 ms). */
function serverHome(): TestHome {
  let idle: Kept[] = []
  let open: { store: Store; database: Kept }[] = []
  const connect = (url: string): Promise<Store> => openDb({ home: '', databaseUrl: url, log: heardLog() })
  const reuse = async (): Promise<Store | undefined> => {
    const database = idle.pop()
    if (database === undefined) return undefined
    const store = await connect(database.url)
    if ((await fingerprint(store)) === database.mark) {
      await empty(store)
      open.push({ store, database })
      return store
    }
    await store.close()
    await database.drop()
    return undefined
  }
  return {
    kind: 'server',
    fresh: async ({ migrated = true } = {}) => {
      const reused = migrated ? await reuse() : undefined
      if (reused !== undefined) return reused
      const database = await freshDatabaseUrl({ migrated })
      const store = await connect(database.url)
      open.push({ store, database: { ...database, mark: migrated ? await fingerprint(store) : undefined } })
      return store
    },
    settle: async () => {
      const all = open
      open = []
      for (const { store, database } of all) await settleOne(store, database, idle)
    },
    end: async () => {
      for (const { drop } of idle) await drop()
      idle = []
    },
  }
}

/** Closes what a test opened; a database that was left clean is kept for the next one. */
async function settleOne(store: Store, database: Kept, idle: Kept[]): Promise<void> {
  let clean = false
  try {
    refuseLeaks(store)
    await store.close()
    await refuseConnections(database.url)
    clean = database.mark !== undefined
  } finally {
    await store.close()
    if (clean) idle.push(database)
    else await database.drop()
  }
}

/** A server notices a closed connection an instant later: ask until it has, and name what stays. */
async function refuseConnections(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await asAdmin(async (client) => {
    const deadline = Date.now() + 2000
    for (;;) {
      const { rows } = await client.query<{ who: string }>(
        `select application_name || ': ' || left(query, 80) as who from pg_stat_activity where datname = $1`,
        [name],
      )
      if (rows.length === 0) return
      if (Date.now() > deadline) throw new Error(`this test left ${rows.length} connection(s) behind: ${rows.map(({ who }) => who).join('; ')}`)
    }
  })
}

// Both -----------------------------------------------------------------------------------------------------------------

/** `npm test` keeps to the store that every machine has; the whole takes both, and CI says that it must. */
const required = process.env['LUGH_TEST_REQUIRE_SERVER'] !== undefined
const asked = required || process.env['LUGH_TEST_WHOLE'] !== undefined

const missing = asked ? await whyNoServer() : 'it was not asked for'
if (asked && missing !== undefined) {
  if (required) throw new Error(`LUGH_TEST_REQUIRE_SERVER is set, but ${SERVER_URL}: ${missing}`)
  console.warn(`NO POSTGRESQL at ${SERVER_URL} (${missing}): the server half of these tests is SKIPPED`)
}

/** Whether the server half runs here. */
export const serverAvailable = missing === undefined

/** The homes there are. */
export const STORES = ['embedded', 'server'] as const

/** A home by its kind, for who needs more than `describeEachStore`. */
export function testHome(kind: Db['kind']): TestHome {
  return kind === 'embedded' ? embeddedHome() : serverHome()
}

export type Open = (options?: { migrated?: boolean }) => Promise<Store>

/**
 * Declares the same tests for each home. `open` answers a fresh, migrated database (`migrated: false`: an empty one); ask once per test.
 * It is closed, dropped and searched for leaks afterwards.
 */
export function describeEachStore(name: string, declare: (open: Open, kind: Db['kind']) => void): void {
  for (const kind of STORES) {
    describe.skipIf(kind === 'server' && !serverAvailable)(`${name} (${kind})`, () => {
      const home = testHome(kind)
      afterEach(() => home.settle())
      afterAll(() => home.end())
      declare((options) => home.fresh(options), kind)
    })
  }
}
