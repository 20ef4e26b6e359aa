/** That the number of processes holds while Lugh stands still and the machine has no time: by counting, by group, by the user's limit. */
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bomb, standStill, tallied, underLoad } from '../../test/support/bomb.ts'
import { eventually } from '../../test/support/eventually.ts'
import { type LeakWatch, watchLeaks } from '../../test/support/leaks.ts'
import { processesNamed } from '../../test/support/remains.ts'
import { noWalls, plantMachine } from '../../test/support/sandbox.ts'
import { type ControlGroups, findControlGroups } from './control-groups.ts'
import { watchCrowds } from './crowd.ts'
import { createLauncher, type Launcher } from './launcher.ts'
import { GROUP_LIMITS, kernelTasks } from './limits.ts'
import { countsTasksApart } from './user-limit.ts'
import { limitedArgv } from './walls.ts'

const LIMIT = 100
/**
 * A bomb goes on between two counts, 20 ms apart. Where the launcher may go first it has its turn at once, whatever runs beside it: at load 20
 * the most of 25 bombs was 112, of 11 others 220. As everybody's equal it waits: two of 25 there came to 845 and 1,250.
 */
const SOON = 5
const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin' }

const trial = await findControlGroups('trial', LIMIT)
await trial?.close()

let leaks: LeakWatch
let tally: string
let over: (() => Promise<void>)[]
beforeEach(() => {
  leaks = watchLeaks()
  tally = join(leaks.directory('crowd'), 'tally')
  over = [() => leaks.end()]
})
afterEach(async () => {
  for (const end of over) await end()
})

function launch(): Launcher {
  const launcher = createLauncher()
  over.unshift(() => launcher.close())
  return launcher
}

describe.skipIf(process.platform !== 'linux')('a fork bomb, while the machine is busy and Lugh stands still', () => {
  it('is counted and ended by the launcher soon above the limit', async () => {
    const { start } = launch()
    const { exited, crowded } = await underLoad(async () => {
      const child = await start({ argv: ['bash', '-c', bomb(tally)], cwd: '/', env: ENV, letters: [], confinement: { processes: LIMIT } })
      standStill(1_000, () => tallied(tally) > LIMIT / 2 && processesNamed(tally).length === 0)
      expect(processesNamed(tally)).toEqual([])
      return child
    })
    expect(tallied(tally)).toBeGreaterThan(LIMIT / 2)
    expect(tallied(tally)).toBeLessThanOrEqual(SOON * LIMIT)
    await crowded
    expect(await exited).toEqual({ code: null, signal: 'SIGKILL' })
  })
  it.skipIf(trial === undefined)('is held by its control group at the very limit, and its group is gone afterwards', async () => {
    const { start } = launch()
    const groups = await groupsOf(LIMIT)
    const group = groups.open()
    const child = await underLoad(async () => {
      // It waits for a letter, as bubblewrap does. A count that it cannot reach: nobody holds it here but the kernel.
      const argv = ['bash', '-c', `read -r <&4; ${bomb(tally)}`] as const
      const started = await start({ argv, cwd: '/', env: ENV, letters: ['go\n'], confinement: { processes: 10_000, group } })
      standStill(1_000, () => tallied(tally) > LIMIT / 2)
      standStill(500)
      return started
    })
    expect(tallied(tally)).toBeGreaterThan(LIMIT / 2)
    expect(tallied(tally)).toBeLessThanOrEqual(LIMIT)
    process.kill(-(child.pid ?? Number.NaN), 'SIGKILL')
    await child.exited
    groups.remove(group ?? '')
    await groups.close()
    expect(existsSync(group ?? '')).toBe(false)
  })
  it.skipIf(noWalls('sandbox: user limit') !== undefined || !countsTasksApart())(
    'is held by the limit of an ordinary user, who may have as many processes of their own outside',
    async () => {
      chmodSync(join(tally, '..'), 0o777)
      const person = process.getuid?.() === 0 ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] : []
      const [file, ...args] = [...person, 'sh', '-c', `for i in $(seq ${LIMIT + 20}); do sleep 30 & done; exec "$@"`, 'sh']
      const walls = ['bwrap', '--unshare-user', '--unshare-pid', '--die-with-parent', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev']
      const write = ['--bind', join(tally, '..'), join(tally, '..'), '--cap-drop', 'ALL', '--']
      const words = limitedArgv(bomb(tally), GROUP_LIMITS, '', LIMIT)
      const child = spawn(file, [...args, ...walls, ...write, ...words], { cwd: '/', env: ENV, detached: true, stdio: 'ignore' })
      await eventually(() => tallied(tally) > LIMIT / 2, true, 5_000)
      standStill(1_000)
      expect(tallied(tally)).toBeLessThanOrEqual(LIMIT)
      const ended = once(child, 'exit')
      process.kill(-(child.pid ?? Number.NaN), 'SIGKILL')
      await ended
    },
  )
  it.skipIf(noWalls('sandbox: bomb') !== undefined)('behind walls, is over, with the reason, within two seconds', async () => {
    const machine = await plantMachine({ limits: { processes: LIMIT } })
    over.unshift(() => machine.end())
    const inside = join(machine.worktree, 'tally')
    const done = await underLoad(async () => {
      const run = machine.sh(`echo ready; ${bomb(inside)}`, { onOutput: () => standStill(1_000) })
      return run
    })
    expect(done).toMatchObject({ endedBy: 'limit', limit: `more than ${LIMIT} processes` })
    expect(tallied(inside)).toBeLessThanOrEqual(kernelTasks({ processes: LIMIT }))
    expect(processesNamed(inside)).toEqual([])
    expect(done.ms).toBeLessThan(4_000)
  })
})

async function groupsOf(tasks: number): Promise<ControlGroups> {
  const groups = await findControlGroups('crowd', tasks)
  if (groups === undefined) throw new Error('there were groups a moment ago')
  return groups
}

describe.skipIf(process.platform !== 'linux')('the count', () => {
  it('does not look at anybody while the machine has no more processes than before', async () => {
    let asked = 0
    let tasks = 500
    const crowds = watchCrowds(() => (asked++, tasks))
    const crowded = Promise.withResolvers<void>()
    const child = spawn('sleep', ['30'], { detached: true, stdio: 'ignore' })
    // A limit below one: whoever is looked at is a crowd.
    const enough = crowds.watch(child.pid ?? Number.NaN, 0.5, crowded.resolve)
    await eventually(() => asked > 5, true, 2_000)
    expect(spawnSync('kill', ['-0', String(child.pid)]).status).toBe(0)
    tasks += 1
    await crowded.promise
    await once(child, 'exit')
    enough()
  })
})
