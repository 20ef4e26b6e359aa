/** One task after the other: what is kept grows by what was asked for, and nothing else grows at all. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { countedFiles, crowd, expectRight, openShops, quiet } from '../support/crowd.ts'
import { steadyHands } from '../support/steady-hands.ts'
import { describeSideBySide, LONG, withSystem, type System } from '../support/system.ts'
import { eventually } from '../support/eventually.ts'

const TASKS = LONG ? 100 : 8
/** Measured four times; caches, pools and the engine's heap have their size after the second. */
const WARM = TASKS / 4

type Sizes = { files: number; others: number; memoryMb: number; homeMb: number; temporary: number; worktrees: number; connections: number }

function sizeOf(path: string): number {
  const seen = lstatSync(path, { throwIfNoEntry: false })
  if (seen === undefined) return 0
  return seen.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : seen.size
}

const entries = (path: string): number => (existsSync(path) ? readdirSync(path).length : 0)

async function connectionsTo(url: string | undefined): Promise<number> {
  if (url === undefined) return 0
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::integer as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
  return rows[0]?.n ?? 0
}

/** Open files, and everything else that is open: sockets, pipes, watches. */
function descriptorsOf(pid: number): { files: number; others: number } {
  const targets = readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)]
    } catch {
      return [] // closed meanwhile
    }
  })
  const files = targets.filter((target) => target.startsWith('/')).length
  return { files, others: targets.length - files }
}

/** What the running Lugh holds, as the system sees it. */
async function measure(system: System): Promise<Sizes> {
  const { pid } = system.lugh()
  const { home, tmp } = system.at
  return {
    ...descriptorsOf(pid),
    memoryMb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    homeMb: sizeOf(home) / 1024 ** 2,
    temporary: entries(tmp),
    worktrees: entries(join(home, 'worktrees')) + entries(join(home, 'homes')),
    connections: await connectionsTo(system.env['DATABASE_URL']),
  }
}

describeSideBySide('a long day', (store) => {
  test(
    `${TASKS} tasks in sequence leave descriptors, memory, connections, temporary files and worktrees flat`,
    { timeout: 3_600_000 },
    ({ annotate }) =>
      withSystem({ store, scripts: [countedFiles], users: crowd(1), limits: false }, async (system) => {
        const repositories = await openShops(system, crowd(1))
        const hands = steadyHands(system.world)
        const story: Sizes[] = []
        try {
          for (let n = 1; n <= TASKS; n += 1) {
            system.person().say(`Add file ${n}`)
            await eventually(() => hands.heads(/^✅ Merged/).length, n, 120_000)
            if (n % WARM !== 0) continue
            await system.tidy()
            await quiet(system)
            story.push(await measure(system))
          }
        } finally {
          hands.rest()
        }
        const [, warm, , last] = story
        if (warm === undefined || last === undefined) throw new Error('nothing was measured')
        await annotate(`${store}: ${JSON.stringify(story)}`)
        expect(last).toMatchObject({ temporary: 0, worktrees: 0 })
        // A connection more or less is the pool's business, and the embedded engine opens each table's file once; a leak is one a task.
        expect(last.others).toBeLessThanOrEqual(warm.others + 5)
        expect(last.files).toBeLessThanOrEqual(warm.files + 8)
        expect(last.connections).toBeLessThanOrEqual(warm.connections + 2)
        // A heap swings; what every task leaves does not swing back.
        expect(last.memoryMb).toBeLessThan(warm.memoryMb * 1.3 + 40)
        // Rows, diffs and objects of a small task are far below a megabyte.
        expect(last.homeMb - warm.homeMb).toBeLessThan(TASKS - WARM + (store === 'embedded' ? 32 : 0))
        await expectRight(system, { repositories, kills: 0 })
      }),
  )
})
