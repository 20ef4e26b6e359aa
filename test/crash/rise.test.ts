/** How soon work goes on after a death, and that only one Lugh ever has a home, a schema or a bot. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { countedFiles, crowd, expectRight, openShops } from '../support/crowd.ts'
import { approvalOf, merge, sees, tap, wish } from '../support/desk.ts'
import { spawnLugh } from '../support/lugh-process.ts'
import { freshDatabaseUrl, heardLog, serverAvailable } from '../support/stores.ts'
import { byChance } from '../support/chance.ts'
import { withStore } from '../support/rows.ts'
import { describeBothStores, LONG, piece, withSystem } from '../support/system.ts'
import { migrate } from '#db'
import { dumpSchema } from '../../src/db/schema-dump.ts'

/** As in production: nothing here is faster because a test asked for it. */
const PRODUCTION = { LUGH_LEASE_MS: '15000' }
const AGAIN_MS = 20_000

describeBothStores('a task whose process died', (store) => {
  test('runs again within 20 s of the kill, with leases as long as in production', () =>
    withSystem({ store, scripts: [countedFiles], users: crowd(1), limits: false, env: PRODUCTION }, async (system) => {
      const repositories = await openShops(system, crowd(1))
      system.model.misbehave({ kind: 'hang' })
      const you = system.person()
      const task = await wish(you, 'Add file 1')
      await expect.poll(() => system.model.requests.length, { timeout: 30_000 }).toBe(1)
      const killed = performance.now()
      await system.crash()
      await expect.poll(() => system.model.requests.length, { timeout: AGAIN_MS, interval: 50 }).toBe(2)
      expect(performance.now() - killed).toBeLessThan(AGAIN_MS)
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      await merge(you, task)
      await expectRight(system, { repositories, kills: 1 })
    }))
})

describe.skipIf(!serverAvailable)('a lease nobody renews', () => {
  test('is taken over within 20 s by a worker of the same home that is alive', () =>
    withSystem({ store: 'server', scripts: [countedFiles], users: crowd(1), limits: false, env: PRODUCTION }, async (system) => {
      const repositories = await openShops(system, crowd(1))
      system.model.misbehave({ kind: 'hang' })
      const you = system.person()
      const task = await wish(you, 'Add file 1')
      await expect.poll(() => system.model.requests.length, { timeout: 30_000 }).toBe(1)
      const client = new Client({ connectionString: system.env['DATABASE_URL'] })
      await client.connect()
      await client.query(
        `update task set lease_holder = 'somebody:dead', lease_until = now() + interval '15 seconds', fence = fence + 1 where lease_holder is not null`,
      )
      await client.end()
      const taken = performance.now()
      await expect.poll(() => system.model.requests.length, { timeout: AGAIN_MS, interval: 50 }).toBe(2)
      expect(performance.now() - taken).toBeLessThan(AGAIN_MS)
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      await merge(you, task)
      await expectRight(system, { repositories, kills: 0 })
    }))
})

const INSTANCES = 20
/** Each alone takes a second of a core that nineteen others want. */
const STARTS_MS = 240_000

describeBothStores('twenty starts at once on one home', (store) => {
  test('one owner, nineteen sentences, and the owner works', () =>
    withSystem({ store, stopped: true, bare: true }, async (system) => {
      const all = Array.from({ length: INSTANCES }, () => spawnLugh(system.env, system.at.cwd))
      try {
        const won = await Promise.all(
          all.map((one) =>
            Promise.race([one.prints(/^Lugh \S+ is ready.*$/m, STARTS_MS).then(() => true), one.exited.then(() => false)]).catch(() => false),
          ),
        )
        const winner = all.filter((_, at) => won[at] === true)
        expect(winner).toHaveLength(1)
        for (const one of all) {
          if (winner.includes(one)) continue
          expect(await one.exited).toEqual({ code: 1, signal: null })
          expect(one.output()).toMatch(/Another Lugh already runs on .*\n$/)
          expect(one.output().trim().split('\n')).toHaveLength(1)
        }
        system.person().say('/status')
        await sees(system.person(), /needs? you/)
        expect(await winner[0]?.stop()).toEqual({ code: 0, signal: null })
      } finally {
        for (const one of all) await one.kill()
      }
    }))
})

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))
const SCHEMA = readFileSync(join(MIGRATIONS, 'schema.sql'), 'utf8')
/** A kill comes within it of the file it waited for. */
const A_FILE_MS = 50
const KILLED_MIGRATIONS = LONG ? piece(200) : 8

describe.skipIf(!serverAvailable)('the schema of a shared server', () => {
  /** A home of its own for each, on one empty database. */
  async function onEmpty(
    work: (migrateOn: (home: string) => ReturnType<typeof spawnLugh>, dump: () => Promise<string>, url: string) => Promise<void>,
  ): Promise<void> {
    const database = await freshDatabaseUrl({ migrated: false })
    try {
      await withSystem({ store: 'embedded', bare: true, stopped: true, env: { DATABASE_URL: database.url } }, (system) =>
        work(
          (name) => {
            const home = join(system.at.root, name)
            mkdirSync(home, { recursive: true })
            return spawnLugh({ ...system.env, LUGH_HOME: home }, system.at.cwd, ['migrate'])
          },
          () => withStore({ home: '', databaseUrl: database.url }, dumpSchema),
          database.url,
        ),
      )
    } finally {
      await database.drop()
    }
  }

  test('five migrate at once: all end well, and the schema is the one in migrations/schema.sql', () =>
    onEmpty(async (migrateOn, dump) => {
      const all = ['a', 'b', 'c', 'd', 'e'].map((name) => migrateOn(name))
      expect(await Promise.all(all.map((one) => one.exited))).toEqual(all.map(() => ({ code: 0, signal: null })))
      expect(await dump()).toBe(SCHEMA)
    }))

  /** Waits until that many files are applied, or whoever applies them has ended. */
  async function applied(url: string, files: number, one: ReturnType<typeof spawnLugh>): Promise<void> {
    const client = new Client({ connectionString: url })
    await client.connect()
    const life = { ended: false }
    one.exited.then(() => (life.ended = true)).catch(() => undefined)
    try {
      for (let seen = -1; seen < files && !life.ended;) {
        // Before the first file there is no table to count in, and the transaction that makes it is all there is to see.
        const { rows } = await client.query<{ n: number }>(`select case when to_regclass('schema_migration') is not null
          then (xpath('/row/n/text()', query_to_xml('select count(*) as n from schema_migration', false, true, '')))[1]::text::integer
          else (select count(*)::integer - 1 from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null) end as n`)
        seen = rows[0]?.n ?? 0
      }
    } finally {
      await client.end()
    }
  }

  test(`killed ${KILLED_MIGRATIONS} times in the middle of it: nothing half done, and the next ends it`, { timeout: 3_600_000 }, ({ annotate }) =>
    byChance(async (chance) => {
      const steps = await schemasOnTheWay()
      /** How many files each kill found applied. */
      const left: number[] = []
      while (left.length < KILLED_MIGRATIONS)
        await onEmpty(async (migrateOn, dump, url) => {
          for (let step = 0; step < steps.length - 1 && left.length < KILLED_MIGRATIONS;) {
            const one = migrateOn('a')
            await applied(url, chance.between(step, steps.length - 1), one)
            await new Promise((resolve) => setTimeout(resolve, chance.between(0, A_FILE_MS)))
            await one.kill()
            const now = steps.indexOf(await dump())
            expect(now, 'as after some whole file, and none that was applied is gone').toBeGreaterThanOrEqual(step)
            step = now
            left.push(step)
          }
          expect((await migrateOn('a').exited).code).toBe(0)
          expect(await dump()).toBe(SCHEMA)
        })
      const between = left.filter((step) => step > 0 && step < steps.length - 1).length
      await annotate(`${left.length} kills, ${between} of them between the first file and the last`)
      expect(between).toBeGreaterThan(0)
    }),
  )

  /** The schema after no file, after one, after two: all that a death may leave. */
  async function schemasOnTheWay(): Promise<string[]> {
    const database = await freshDatabaseUrl({ migrated: false })
    const folder = mkdtempSync(join(tmpdir(), 'lugh-migrations-'))
    const files = readdirSync(MIGRATIONS).filter((name) => /^\d{4}_/.test(name))
    try {
      return await withStore({ home: '', databaseUrl: database.url }, async (db) => {
        const schemas = [await dumpSchema(db)]
        for (const name of files.toSorted()) {
          copyFileSync(join(MIGRATIONS, name), join(folder, name))
          await migrate(db, { log: heardLog(), directory: folder })
          schemas.push(await dumpSchema(db))
        }
        return schemas
      })
    } finally {
      await database.drop()
      rmSync(folder, { recursive: true })
    }
  }
})
