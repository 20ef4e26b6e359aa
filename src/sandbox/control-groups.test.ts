import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startProgram } from '../../test/support/child.ts'
import { watchLeaks } from '../../test/support/leaks.ts'
import { findControlGroups, placesIn } from './control-groups.ts'
import { kernelTasks } from './limits.ts'
import { countsTasksApart, userLimitBinds } from './user-limit.ts'

const trial = await findControlGroups('trial', 10)
await trial?.close()

describe.skipIf(trial === undefined)('control groups', () => {
  it('hold their members, are kept while somebody is in them, and leave nothing', async () => {
    const groups = await findControlGroups('hold', 7)
    const group = groups?.open() ?? ''
    expect(readFileSync(join(group, 'pids.max'), 'utf8')).toBe('7\n')
    const child = spawn('sleep', ['30'], { stdio: 'ignore' })
    writeFileSync(join(group, 'cgroup.procs'), String(child.pid))
    groups?.remove(group)
    expect(existsSync(group)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await groups?.close()
    expect(existsSync(dirname(group))).toBe(false)
  })
  it('of a Lugh that was killed are removed by the next, those of a living one are not', async () => {
    const text = `import { findControlGroups } from ${JSON.stringify(join(import.meta.dirname, 'control-groups.ts'))}
      const groups = await findControlGroups('killed', 7)
      console.log(groups.open())
      setInterval(() => undefined, 1000)`
    const [dead, alive] = [startProgram(text), startProgram(text)]
    const [left, kept] = await Promise.all([dead, alive].map((lugh) => lugh.line((line) => line.startsWith('/'))))
    await dead.kill()
    expect(existsSync(left ?? '')).toBe(true)
    const groups = await findControlGroups('next', 7)
    groups?.sweep()
    expect([existsSync(dirname(left ?? '')), existsSync(kept ?? '')]).toEqual([false, true])
    await alive.kill()
    groups?.sweep()
    expect(existsSync(dirname(kept ?? ''))).toBe(false)
    await groups?.close()
  })
})

describe('a place for control groups', () => {
  const V1 =
    '35 29 0:30 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids\n36 29 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu'
  const V2 = '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
  it('is the own group of version 1, as this process sees it', () => {
    expect(placesIn(V1, '9:name=systemd:/\n8:pids:/user/a\n0::/')).toEqual([{ base: '/sys/fs/cgroup/pids/user/a', version: 1 }])
    expect(placesIn(V1.replace('0:30 /', '0:30 /docker/1'), '8:cpu,pids:/docker/1')).toEqual([{ base: '/sys/fs/cgroup/pids', version: 1 }])
  })
  it('is the own group of version 2 or the one above it, never above the whole', () => {
    expect(placesIn(V2, '0::/user.slice/app.slice/lugh.scope')).toEqual([
      { base: '/sys/fs/cgroup/user.slice/app.slice/lugh.scope', version: 2 },
      { base: '/sys/fs/cgroup/user.slice/app.slice', version: 2 },
    ])
    expect(placesIn(V2, '0::/')).toEqual([{ base: '/sys/fs/cgroup', version: 2 }])
  })
  it('is nowhere on a machine without any, and one that cannot be written is none', async () => {
    expect(placesIn('', '')).toEqual([])
    expect(await findControlGroups('nowhere', 7, [{ base: '/proc', version: 1 }])).toBeUndefined()
  })
  it('of version 2 is divided by Lugh’s own group alone', async () => {
    const leaks = watchLeaks()
    const base = leaks.directory('groups')
    mkdirSync(join(base, 'others'))
    const groups = await findControlGroups('two', 7, [{ base, version: 2 }])
    const group = groups?.open() ?? ''
    expect(readFileSync(join(dirname(group), 'cgroup.subtree_control'), 'utf8')).toBe('+pids')
    expect(existsSync(join(base, 'cgroup.subtree_control'))).toBe(false)
    await leaks.end()
  })
})

describe('the limit of a user', () => {
  it('counts those behind walls apart since Linux 5.14', () => {
    expect(['4.19.0-21', '5.13.19', '5.14.0', '5.15.0-91-generic', '6.18.4'].map((kernel) => countsTasksApart(kernel))).toEqual(
      [false, false, true, true, true].map((apart) => apart && process.platform === 'linux'),
    )
  })
  it.runIf(countsTasksApart())('binds everybody but the root of the machine', () => {
    const whole = '         0          0 4294967295\n'
    const container = '         0     100000      65536\n'
    expect([userLimitBinds(0, whole), userLimitBinds(1000, whole), userLimitBinds(0, container)]).toEqual([false, true, true])
  })
})

it('the kernel refuses well above the limit at which a command is ended with its reason', () => {
  expect([kernelTasks({ processes: 512 }, 2), kernelTasks({ processes: 512 }, 64)]).toEqual([1024, 2048])
})
