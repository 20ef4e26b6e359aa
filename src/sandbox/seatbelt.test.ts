/** The seatbelt rules, made here on any system. That macOS enforces them is for macOS to show; what they say is proven here. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type LeakWatch, watchLeaks } from '../../test/support/leaks.ts'
import { GROUP_LIMITS } from './limits.ts'
import { seatbeltArgv, seatbeltRules } from './seatbelt.ts'
import type { Ground } from './view.ts'

let leaks: LeakWatch
let ground: Ground
let worktree: string
beforeAll(() => {
  leaks = watchLeaks()
  const personHome = leaks.directory('mac')
  const lughHome = join(personHome, '.lugh')
  worktree = join(lughHome, 'worktrees/a')
  mkdirSync(worktree, { recursive: true })
  const toolchains = { path: '/usr/bin', readable: [join(personHome, '.nvm')], hidden: [], env: {} }
  ground = { lughHome, personHome, secrets: ['/secret/file'], toolchains, system: [] }
})
afterAll(() => leaks.end())

const platform = Object.getOwnPropertyDescriptor(process, 'platform')
afterEach(() => Object.defineProperty(process, 'platform', platform ?? {}))

const command = () => ({ command: `echo "it's"`, cwd: worktree, writable: [worktree], readable: [], home: join(ground.lughHome, 'h') })

describe('seatbelt', () => {
  it('denies the person’s home and LUGH_HOME but for what is named', () => {
    const rules = seatbeltRules(command(), ground)
    const paths = (list: readonly { path: string }[]): string[] => list.map(({ path }) => path)
    expect(paths(rules.denyRead)).toEqual(expect.arrayContaining(['/Users', '/private/tmp', ground.personHome, ground.lughHome, '/secret/file']))
    expect(paths(rules.allowRead).toSorted()).toEqual([join(ground.personHome, '.nvm'), join(ground.lughHome, 'h'), worktree].toSorted())
    expect(paths(rules.allowWrite).toSorted()).toEqual([join(ground.lughHome, 'h'), worktree].toSorted())
    expect(rules.denyWrite).toEqual([])
  })
  it('makes a profile without any network, and an environment made by hand', async () => {
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' })
    const argv = await seatbeltArgv(command(), ground, { PATH: '/usr/bin', RUN_TOKEN: `a'b` }, GROUP_LIMITS)
    const line = argv[2] ?? ''
    expect(argv.slice(0, 2)).toEqual(['/bin/bash', '-c'])
    expect(line).toMatch(/^exec env /)
    expect(line).toContain('/usr/bin/sandbox-exec -p')
    expect(line).toContain('(deny default')
    expect(line).not.toMatch(/\(allow network/)
    expect(line).toContain(`(subpath "${worktree}")`)
    expect(line).toMatch(/\/usr\/bin\/env.*-i.*RUN_TOKEN=a/s)
  })
})
