/** PostgreSQL going away in every way it can: restarted, connections ended, notifications lost, the listener's line dead without a word. */
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { startCluster, whyNoCluster } from '../support/cluster.ts'
import { countedFiles, crowd, expectRight, openShops, quiet } from '../support/crowd.ts'
import { approvalOf, merge, tap, wish } from '../support/desk.ts'
import { countingCommand } from '../support/reckoning.ts'
import { startPgProxy } from '../support/pg-proxy.ts'
import { calls, runs, says, writes } from '../support/plays.ts'
import { freshDatabaseUrl, serverAvailable } from '../support/stores.ts'
import { steadyHands } from '../support/steady-hands.ts'
import { LONG, piece, withSystem } from '../support/system.ts'
import type { Script } from '#simulator'

const PATIENCE_MS = LONG ? 3_600_000 : 240_000
const { PEOPLE, TASKS_EACH } = LONG ? { PEOPLE: 20, TASKS_EACH: piece(250) } : { PEOPLE: 3, TASKS_EACH: 2 }

const NO_CLUSTER = whyNoCluster()
if (NO_CLUSTER !== undefined && process.env['LUGH_TEST_REQUIRE_SERVER'] !== undefined) throw new Error(NO_CLUSTER)

async function asking<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

describe.skipIf(NO_CLUSTER !== undefined)('the server is restarted like a power cut, every few seconds', () => {
  test(`${PEOPLE * TASKS_EACH} tasks: every one right`, { timeout: PATIENCE_MS * 2 }, async () => {
    const cluster = await startCluster()
    try {
      await withSystem(
        { store: 'embedded', bare: true, scripts: [countedFiles], users: crowd(PEOPLE), limits: false, env: { DATABASE_URL: cluster.url } },
        async (system) => {
          const people = crowd(PEOPLE)
          const repositories = await openShops(system, people)
          const hands = steadyHands(system.world)
          let restarts = 0
          try {
            for (const { id } of people) for (let n = 0; n < TASKS_EACH; n += 1) system.person(id).say(`Add file ${id}-${n}`)
            const merged = (): number => hands.heads(/^✅ Merged/).length
            const deadline = Date.now() + PATIENCE_MS
            while (merged() < PEOPLE * TASKS_EACH && Date.now() < deadline) {
              await new Promise((resolve) => setTimeout(resolve, 5000))
              await cluster.restart((restarts % 3) * 1000)
              restarts += 1
            }
            expect(merged()).toBe(PEOPLE * TASKS_EACH)
          } finally {
            hands.rest()
          }
          await expectRight(system, { repositories, kills: 0 })
        },
      )
    } finally {
      cluster.close()
    }
  })
})

describe.skipIf(!serverAvailable)('the connection to the server', () => {
  test('all connections are ended at ten points of one task: the result is right, and nothing was done twice', () => {
    const url = { value: '' }
    const cut = (): void => {
      void asking(url.value, (client) =>
        client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'),
      )
    }
    /** Once at each point: what is asked again because of the cut must get through. */
    const cuts = new Set<number>()
    const road: Script = {
      name: 'cut at every turn',
      match: () => true,
      turns: ({ calls: done }) => {
        const n = done.length
        if (!cuts.has(n)) cut()
        cuts.add(n)
        if (n < 8) return calls(writes(`files/${n}.txt`, `${n}\n`))
        return n === 8 ? calls(runs(countingCommand('cut'))) : says('Wrote eight files and counted.')
      },
    }
    return withSystem({ store: 'server', scripts: [road], limits: false, users: crowd(1) }, async (system) => {
      url.value = system.env['DATABASE_URL'] ?? ''
      const repositories = await openShops(system, crowd(1))
      const you = system.person()
      const task = await wish(you, 'Write and count')
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      cut()
      await merge(you, task)
      expect(cuts.size).toBe(10)
      await expectRight(system, { repositories, kills: 0 })
    })
  })

  /** Lugh on a database of its own, behind a proxy. */
  async function behindProxy(
    test: (system: Parameters<Parameters<typeof withSystem>[1]>[0], proxy: Awaited<ReturnType<typeof startPgProxy>>, url: string) => Promise<void>,
  ): Promise<void> {
    const database = await freshDatabaseUrl()
    const proxy = await startPgProxy(database.url)
    try {
      await withSystem(
        { store: 'embedded', bare: true, scripts: [countedFiles], users: crowd(1), limits: false, env: { DATABASE_URL: proxy.url } },
        (system) => test(system, proxy, database.url),
      )
    } finally {
      await proxy.close()
      await database.drop()
    }
  }

  /** Each hop of the road: how long a row waited for somebody to look, in milliseconds. */
  const WAITS = `select max(wait)::integer as wait from (
    select 1000 * extract(epoch from handled_at - received_at) as wait from inbox
    union all select 1000 * extract(epoch from started_at - created_at) from task
    union all select 1000 * extract(epoch from sent_at - created_at) from outbox where kind in ('reaction', 'callback')) hops`

  test('every notification is lost: all finish, and no hop waits more than two seconds longer', () =>
    behindProxy(async (system, proxy, url) => {
      const repositories = await openShops(system, crowd(1))
      const lost = proxy.loseNotifications()
      const you = system.person()
      const task = await wish(you, 'Add file 1')
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      await merge(you, task)
      await quiet(system)
      expect(lost()).toBeGreaterThan(0)
      const { rows } = await asking(url, (client) => client.query<{ wait: number }>(WAITS))
      // Two seconds are the promise; the rest is a machine that runs other suites beside this one.
      expect(rows[0]?.wait).toBeLessThan(2000 + 1500)
      await expectRight(system, { repositories, kills: 0 })
    }))

  test('the listener’s line dies without a word: found and replaced within 15 s, and the work goes on meanwhile', () =>
    behindProxy(async (system, proxy) => {
      const repositories = await openShops(system, crowd(1))
      const before = proxy.listeners()
      const died = performance.now()
      proxy.silenceListeners()
      const you = system.person()
      const task = await wish(you, 'Add file 1')
      await expect.poll(() => proxy.listeners(), { timeout: 20_000, interval: 50 }).toBeGreaterThan(before)
      expect(performance.now() - died).toBeLessThan(15_000)
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      await merge(you, task)
      await expectRight(system, { repositories, kills: 0 })
    }))

  test('every answer comes 50 ms late: slow, and right', () =>
    behindProxy(async (system, proxy) => {
      const repositories = await openShops(system, crowd(1))
      proxy.delay(50)
      const you = system.person()
      const task = await wish(you, 'Add file 1')
      await tap(you, await approvalOf(you, task), '✅ Allow once')
      await merge(you, task)
      proxy.cut()
      proxy.delay(0)
      await expectRight(system, { repositories, kills: 0 })
    }))
})
