/** How soon work goes on after a death, and that only one Lugh ever has a home, a schema or a bot. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { countedFiles, crowd, expectRight, openShops } from '../support/crowd.ts'
import { approvalOf, merge, sees, tap, wish } from '../support/desk.ts'
import { spawnLugh } from '../support/lugh-process.ts'
import { freshDatabaseUrl, serverAvailable } from '../support/stores.ts'
import { byChance } from '../support/chance.ts'
import { withStore } from '../support/rows.ts'
import { readFileSync } from 'node:fs'
import { describeBothStores, LONG, piece, withSystem, type System } from '../support/system.ts'
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

describeBothStores('twenty starts at once on one home', (store) => {
  test('one owner, nineteen sentences, and the owner works', () =>
    withSystem({ store, stopped: true, bare: true }, async (system) => {
      const all = Array.from({ length: INSTANCES }, () => spawnLugh(system.env, system.at.cwd))
      const outcomes = await Promise.all(
        all.map(async (one) => ({
          one,
          won: await one.ready.then(
            () => true,
            () => false,
          ),
        })),
      )
      const [winner, ...more] = outcomes.filter(({ won }) => won)
      expect(more).toEqual([])
      for (const { one } of outcomes.filter(({ won }) => !won)) {
        expect(await one.exited).toEqual({ code: 1, signal: null })
        expect(one.output()).toMatch(/Another Lugh already runs on .*\n$/)
        expect(one.output().trim().split('\n')).toHaveLength(1)
      }
      system.person().say('/status')
      await sees(system.person(), 'need you')
      expect(await winner?.one.stop()).toEqual({ code: 0, signal: null })
    }))
})

const SCHEMA = readFileSync(new URL('../../migrations/schema.sql', import.meta.url), 'utf8')
const KILLED_MIGRATIONS = LONG ? piece(200) : 8

describe.skipIf(!serverAvailable)('the schema of a shared server', () => {
  /** A home of its own for each, on one empty database. */
  async function onEmpty(
    work: (migrateOn: (home: string) => ReturnType<typeof spawnLugh>, dump: () => Promise<string>, system: System) => Promise<void>,
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
          system,
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

  test(`killed ${KILLED_MIGRATIONS} times in the middle of it: nothing half done, and the next ends it`, () =>
    byChance((chance) =>
      onEmpty(async (migrateOn, dump) => {
        const empty = await dump()
        for (let kill = 0; kill < KILLED_MIGRATIONS; kill += 1) {
          const one = migrateOn('a')
          await new Promise((resolve) => setTimeout(resolve, chance.between(150, 900)))
          await one.kill()
          expect([empty, SCHEMA]).toContain(await dump())
        }
        expect((await migrateOn('a').exited).code).toBe(0)
        expect(await dump()).toBe(SCHEMA)
      }),
    ))
})
