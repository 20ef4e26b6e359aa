import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { watchLeaks } from './leaks.ts'

describe('the leak watch', () => {
  it('says nothing of a clean test, and removes its directory', async () => {
    const leaks = watchLeaks()
    const path = leaks.directory('clean')
    const child = spawn('true')
    await once(child, 'exit')
    await leaks.end()
    expect(existsSync(path)).toBe(false)
  })
  it('names a process that stays, an orphan at work in the directory too', async () => {
    const leaks = watchLeaks()
    const path = leaks.directory('left')
    const child = spawn('sleep', ['60020'], { stdio: 'ignore' })
    const orphan = spawn('sh', ['-c', '(cd "$0" && exec setsid sleep 60021 > /dev/null 2>&1) & echo $!', path])
    const [pid] = await once(orphan.stdout, 'data')
    const found = await leaks.leaks()
    child.kill()
    process.kill(Number(String(pid)), 'SIGKILL')
    expect(found.join('\n')).toMatch(/sleep 60020[^]*sleep 60021/)
    await leaks.end()
  })
  it('names a descriptor that stays open', async () => {
    const leaks = watchLeaks()
    const path = join(leaks.directory('open'), 'file')
    const descriptor = openSync(path, 'w')
    expect(await leaks.leaks()).toEqual([`descriptor of ${path}`])
    closeSync(descriptor)
    await leaks.end()
  })
})
