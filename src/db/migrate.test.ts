import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startProgram } from '../../test/support/child.ts'
import { asAdmin, describeEachStore, freshDatabaseUrl, heardLog, serverAvailable } from '../../test/support/stores.ts'
import { migrate } from './migrate.ts'
import { openDb } from './open.ts'
import { dumpSchema } from './schema-dump.ts'
import type { Db } from './port.ts'
import type { Store } from './store.ts'
import { PATIENCE_MS } from '../../test/support/eventually.ts'

const Version = z.object({ version: z.string() })

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lugh-migrations-'))
  mkdirSync(join(directory, 'vector'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(directory, name), text)

async function versions(db: Store): Promise<string[]> {
  return (await db.rows(Version, 'select version from schema_migration order by version')).map(({ version }) => version)
}

async function tables(db: Store): Promise<string[]> {
  const rows = await db.rows(z.object({ name: z.string() }), `select tablename::text as name from pg_tables where schemaname = 'public' order by 1`)
  return rows.map(({ name }) => name).filter((name) => name !== 'schema_migration')
}

describeEachStore('the migrator', (open, kind) => {
  const fresh = (): Promise<Store> => open({ migrated: false })

  test('applies every file once, in order, and only files that are numbered', async () => {
    const db = await fresh()
    const log = heardLog()
    write('0001_a.sql', 'create table a (id integer); create table b (id integer);')
    write('0002_b.sql', 'alter table a add column x text;')
    write('schema.sql', 'this is not run')
    expect(await migrate(db, { log, directory })).toEqual(['0001', '0002'])
    expect(await migrate(db, { log, directory })).toEqual([])
    write('0003_c.sql', 'drop table b;')
    expect(await migrate(db, { log, directory })).toEqual(['0003'])
    expect([await versions(db), await tables(db)]).toEqual([['0001', '0002', '0003'], ['a']])
    expect(log.lines.map(({ event, fields }) => [event, fields])).toEqual([
      ['db.migrated', { version: '0001', name: '0001_a.sql' }],
      ['db.migrated', { version: '0002', name: '0002_b.sql' }],
      ['db.migrated', { version: '0003', name: '0003_c.sql' }],
    ])
  })

  test('a file that fails leaves nothing of itself, and what came before stays', async () => {
    const db = await fresh()
    write('0001_a.sql', 'create table a (id integer);')
    write('0002_b.sql', 'create table b (id integer); create table a (id integer);')
    await expect(migrate(db, { log: heardLog(), directory })).rejects.toMatchObject({ message: expect.stringContaining('42P07') })
    expect([await versions(db), await tables(db)]).toEqual([['0001'], ['a']])
    write('0002_b.sql', 'create table b (id integer);')
    expect(await migrate(db, { log: heardLog(), directory })).toEqual(['0002'])
  })

  test('a file that was changed after it was applied stops the start, and nothing is applied', async () => {
    const db = await fresh()
    write('0001_a.sql', 'create table a (id integer);')
    await migrate(db, { log: heardLog(), directory })
    write('0001_a.sql', 'create table a (id bigint);')
    write('0002_b.sql', 'create table b (id integer);')
    await expect(migrate(db, { log: heardLog(), directory })).rejects.toMatchObject({
      code: 'db.migration-changed',
      message: expect.stringContaining('0001_a.sql'),
    })
    expect([await versions(db), await tables(db)]).toEqual([['0001'], ['a']])
  })

  test('a schema that a newer Lugh made is refused with a sentence and left alone', async () => {
    const db = await fresh()
    write('0001_a.sql', 'create table a (id integer);')
    write('0002_b.sql', 'create table b (id integer);')
    await migrate(db, { log: heardLog(), directory })
    rmSync(join(directory, '0002_b.sql'))
    await expect(migrate(db, { log: heardLog(), directory })).rejects.toMatchObject({
      code: 'db.schema-newer',
      say: expect.stringContaining('newer Lugh'),
    })
    expect(await versions(db)).toEqual(['0001', '0002'])
  })

  test('a file with a number that was already passed is applied all the same', async () => {
    const db = await fresh()
    write('0002_b.sql', 'create table b (id integer);')
    await migrate(db, { log: heardLog(), directory })
    write('0001_a.sql', 'create table a (id integer);')
    expect(await migrate(db, { log: heardLog(), directory })).toEqual(['0001'])
  })

  test('the real files run on an empty database', async () => {
    const db = await fresh()
    expect(await migrate(db, { log: heardLog() })).toEqual(plainVersions())
  })

  test('what needs an extension is skipped with one line where there is none, and applied as soon as there is', async () => {
    const db = await fresh()
    write('0001_a.sql', 'create table a (id integer);')
    write('vector/0001_v.sql', 'create table v (id integer);')
    const log = heardLog()
    expect(await migrate(db, { log, directory, extension: 'not_there' })).toEqual(['0001'])
    expect(log.lines.filter(({ event }) => event === 'db.vectors-off')).toEqual([
      { level: 'info', event: 'db.vectors-off', fields: { extension: 'not_there', why: 'the server does not have it' } },
    ])
    write('0002_b.sql', 'create table b (id integer);')
    expect(await migrate(db, { log: heardLog(), directory, extension: 'plpgsql' })).toEqual(['0002', 'vector/0001'])
    expect(await migrate(db, { log: heardLog(), directory, extension: 'plpgsql' })).toEqual([])
    // Once applied, its row is known even where the extension cannot be found again.
    expect(await migrate(db, { log: heardLog(), directory, extension: 'not_there' })).toEqual([])
    expect(await versions(db)).toEqual(['0001', '0002', 'vector/0001'])
  })

  test('vectors are there where the store has them', async () => {
    const db = await fresh()
    write('0001_a.sql', 'create table a (id integer);')
    write('vector/0001_v.sql', `create table v (embedding vector(2)); insert into v values ('[1,2]');`)
    const has = await db.row(z.object({ yes: z.boolean() }), `select exists (select from pg_available_extensions where name = 'vector') as yes`)
    const vectors = has?.yes === true ? ['vector/0001'] : []
    expect(kind === 'embedded' ? has : { yes: true }).toEqual({ yes: true })
    expect(await migrate(db, { log: heardLog(), directory })).toEqual(['0001', ...vectors])
    expect(await tables(db)).toEqual(['a', ...vectors.map(() => 'v')])
  })

  test('an extension that may not be created stops nothing', async () => {
    const db = await fresh()
    write('0001_a.sql', 'create table a (id integer);')
    write('vector/0001_v.sql', 'create table v (id integer);')
    // Roles belong to the whole server, which other test runs use too.
    const role = `nobody_${randomBytes(4).toString('hex')}`
    await db.script(`create role ${role}; grant all on schema public to ${role}`)
    const asNobody: Db = {
      ...db,
      asOwner: (work) => work(asNobody),
      tx: (work) =>
        db.tx(async (tx) => {
          await tx.run(`set local role ${role}`)
          return work(tx)
        }),
    }
    const log = heardLog()
    try {
      // Both are for superusers only, and each is there in its store.
      expect(await migrate(asNobody, { log, directory, extension: kind === 'embedded' ? 'vector' : 'pageinspect' })).toEqual(['0001'])
      expect(log.lines.map(({ event }) => event)).toEqual(['db.migrated', 'db.vectors-off'])
      expect(log.lines.at(-1)?.fields).toMatchObject({ why: expect.stringContaining('42501') })
    } finally {
      await db.script(`drop owned by ${role}; drop role ${role}`)
    }
  })
})

function plainVersions(): string[] {
  return readdirSync(new URL('../../migrations', import.meta.url))
    .filter((name) => /^\d{4}_/.test(name))
    .map((name) => name.slice(0, 4))
    .toSorted()
}

describe.skipIf(!serverAvailable)('the migrator on a server', () => {
  let database: { url: string; drop: () => Promise<void> }
  const stores: Store[] = []
  beforeEach(async () => {
    database = await freshDatabaseUrl({ migrated: false })
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    await database.drop()
  })
  const open = async (options: { databaseUrl: string; migrateUrl?: string }): Promise<Store> => {
    const store = await openDb({ home: '', log: heardLog(), ...options })
    stores.push(store)
    return store
  }

  test('five at once: every file is applied once, by one of them, and the schema is whole', async () => {
    const five = await Promise.all(Array.from({ length: 5 }, () => open({ databaseUrl: database.url })))
    const done = await Promise.all(five.map((db) => migrate(db, { log: heardLog() })))
    expect(done.flat().toSorted()).toEqual(plainVersions())
    const once = await freshDatabaseUrl()
    const made = await dumpSchema(await open({ databaseUrl: database.url }))
    expect(made).toBe(await dumpSchema(await open({ databaseUrl: once.url })))
    for (const store of stores.splice(0)) await store.close()
    await once.drop()
  })

  test('killed in the middle of a file, the next start finds either all of it or none', async () => {
    write('0001_a.sql', 'create table a (id integer);')
    write('0002_slow.sql', `create table b (id integer); select pg_sleep(30);`)
    const program = `
      import { migrate, openDb } from '#db'
      const log = { info: (fields) => console.log(JSON.stringify(fields)), warn() {}, error() {} }
      const db = await openDb({ home: '', databaseUrl: process.argv[1], log })
      await migrate(db, { log, directory: process.argv[2] })`
    const child = startProgram(program, [database.url, directory])
    const admin = await open({ databaseUrl: database.url })
    const sleeping = `select 1 as one from pg_stat_activity where datname = current_database() and query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`
    await vi.waitFor(async () => expect(await admin.rows(z.object({ one: z.number() }), sleeping)).toEqual([{ one: 1 }]), PATIENCE_MS)
    await child.kill()
    // A server does not look whether its client still lives until it answers; the sleep stands for work that would end by itself.
    await asAdmin((client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [new URL(database.url).pathname.slice(1)]),
    )
    write('0002_slow.sql', 'create table b (id integer);')
    const db = await open({ databaseUrl: database.url })
    expect(await migrate(db, { log: heardLog(), directory })).toEqual(['0002'])
    expect(await tables(db)).toEqual(['a', 'b'])
  })

  test('where another role owns the schema, the application reads and writes rows but changes no table and no history', async () => {
    const name = new URL(database.url).pathname.slice(1)
    const role = `${name}_app`
    await asAdmin((client) => client.query(`create role ${role} login`))
    try {
      const url = new URL(database.url)
      url.username = role
      const db = await open({ databaseUrl: url.href, migrateUrl: database.url })
      expect(await migrate(db, { log: heardLog() })).toEqual(plainVersions())
      expect(await db.run(`insert into setting (key, value) values ('a', '1'::jsonb)`)).toBe(1)
      expect(await db.run('delete from setting')).toBe(1)
      for (const forbidden of [
        'drop table setting',
        'create table mine (id integer)',
        'truncate setting',
        'delete from schema_migration',
        'alter table setting add column x text',
      ])
        await expect(db.run(forbidden)).rejects.toMatchObject({ message: expect.stringContaining('42501') })
    } finally {
      for (const store of stores.splice(0)) await store.close()
      await database.drop()
      await asAdmin((client) => client.query(`drop role ${role}`))
    }
  })
})
