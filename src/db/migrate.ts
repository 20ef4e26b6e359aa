/**
 * Brings a store's schema to this version: every file once, in order, in one transaction with the row that says so. Never goes back,
 * never edits a file that was applied, and refuses a schema that a newer Lugh made.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LughError } from '#core'
import { z } from 'zod'
import { quoteName } from './listeners.ts'
import type { Db, Sql, Tx } from './port.ts'
import type { StoreLog } from './store.ts'

/** Any number will do, as long as every Lugh uses the same: "lugh" in ASCII. */
const MIGRATION_LOCK = 0x6c756768

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

type Migration = { version: string; name: string; text: string; sha256: string }
const Applied = z.object({ version: z.string(), sha256: z.string() })

/** `extension` is what the files of `vector/` need; another one is for tests, since not every server has it. */
export type MigrateOptions = { log: StoreLog; directory?: string; extension?: string }

/** Applies what is missing; answers the versions applied now. Safe to run from many processes at once and to be killed anywhere. Throws `db.schema-newer`, `db.migration-changed`. */
export async function migrate(db: Db, options: MigrateOptions): Promise<string[]> {
  const { log, directory = MIGRATIONS, extension = 'vector' } = options
  const plain = readMigrations(directory, '')
  const vector = readMigrations(join(directory, 'vector'), 'vector/')
  return db.asOwner(async (owner) => {
    const done = await applyAll(owner, plain, [...plain, ...vector], log)
    if (vector.length > 0 && (await hasExtension(owner, extension, log))) done.push(...(await applyAll(owner, vector, [...plain, ...vector], log)))
    await letIn(db, owner)
    return done
  })
}

/** `NNNN_what-it-does.sql`, in order; a folder that is not there holds none. */
function readMigrations(directory: string, prefix: string): Migration[] {
  if (!existsSync(directory)) return []
  const files = readdirSync(directory)
    .filter((file) => /^\d{4}_.*\.sql$/.test(file))
    .toSorted()
  return files.map((name) => {
    const text = readFileSync(join(directory, name), 'utf8')
    return { version: `${prefix}${name.slice(0, 4)}`, name, text, sha256: createHash('sha256').update(text).digest('hex') }
  })
}

async function applyAll(owner: Db, wanted: readonly Migration[], known: readonly Migration[], log: StoreLog): Promise<string[]> {
  const done: string[] = []
  for (;;) {
    const next = await owner.tx((tx) => applyNext(tx, wanted, known))
    if (next === undefined) return done
    log.info({ version: next.version, name: next.name }, 'db.migrated')
    done.push(next.version)
  }
}

/** Holds the lock to the end of the transaction: whoever comes second finds the row of whoever came first. */
async function applyNext(tx: Tx, wanted: readonly Migration[], known: readonly Migration[]): Promise<Migration | undefined> {
  await tx.run('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK])
  await tx.run(`create table if not exists schema_migration (
    version text primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`)
  const applied = await tx.rows(Applied, 'select version, sha256 from schema_migration')
  check(applied, known)
  const next = wanted.find(({ version }) => !applied.some((row) => row.version === version))
  if (next === undefined) return undefined
  await tx.script(next.text)
  await tx.run('insert into schema_migration (version, name, sha256) values ($1::text, $2::text, $3::text)', [next.version, next.name, next.sha256])
  return next
}

function check(applied: readonly z.output<typeof Applied>[], known: readonly Migration[]): void {
  for (const row of applied) {
    const file = known.find(({ version }) => version === row.version)
    if (file === undefined)
      throw new LughError('db.schema-newer', 'A newer Lugh has used this database; update Lugh, or give it a database of its own.', {
        detail: `schema ${row.version} is unknown`,
      })
    if (file.sha256 !== row.sha256)
      throw new LughError(
        'db.migration-changed',
        'A file of the database schema was changed after it was used; install Lugh again as it was released.',
        {
          detail: file.name,
        },
      )
  }
}

/** Creates the extension where that can be done, and says in one line when vectors stay off. */
async function hasExtension(owner: Db, name: string, log: StoreLog): Promise<boolean> {
  const found = await owner.row(
    z.object({ available: z.boolean(), created: z.boolean() }),
    `select exists (select from pg_available_extensions where name = $1::text) as available,
            exists (select from pg_extension where extname = $1::text) as created`,
    [name],
  )
  if (found?.created === true) return true
  const why = found?.available === true ? await createExtension(owner, name) : 'the server does not have it'
  if (why !== undefined) log.info({ extension: name, why }, 'db.vectors-off')
  return why === undefined
}

/** Answers why it could not be done; two that create it at once both find it there. */
async function createExtension(owner: Db, name: string): Promise<string | undefined> {
  try {
    await owner.tx(async (tx) => {
      await tx.run('select pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK])
      await tx.run(`create extension if not exists ${quoteName(name)}`)
    })
    return undefined
  } catch (error) {
    if (error instanceof LughError && error.retryable) throw error
    return error instanceof LughError ? error.message : String(error)
  }
}

/** Where the schema's owner is another role, lets the application read and write rows, and nothing else. */
async function letIn(app: Sql, owner: Db): Promise<void> {
  const Role = z.object({ name: z.string(), quoted: z.string() })
  const [mine, owners] = await Promise.all([app, owner].map((db) => db.row(Role, 'select current_user as name, quote_ident(current_user) as quoted')))
  if (mine === undefined || mine.name === owners?.name) return
  await owner.script(`
    grant usage on schema public to ${mine.quoted};
    grant select, insert, update, delete on all tables in schema public to ${mine.quoted};
    revoke insert, update, delete on schema_migration from ${mine.quoted};
    grant usage, select on all sequences in schema public to ${mine.quoted};`)
}
