import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LeakWatch, watchLeaks } from '../../test/support/leaks.ts'
import { findToolchains } from './toolchains.ts'

let leaks: LeakWatch
let home: string
beforeEach(() => {
  leaks = watchLeaks()
  home = leaks.directory('tools')
})
afterEach(() => leaks.end())

/** What of the home is shown for a PATH of directories in it, and PATH itself without the system's part. */
function shown(...directories: string[]): { path: string[]; readable: string[]; env: Record<string, string>; hidden: string[] } {
  for (const directory of directories) mkdirSync(join(home, directory), { recursive: true })
  const path = [...directories.map((directory) => join(home, directory)), '/usr/bin'].join(':')
  const found = findToolchains(path, home, join(home, '.lugh'))
  const inHome = (paths: readonly string[]): string[] => paths.filter((each) => each.startsWith(home)).map((each) => each.slice(home.length + 1))
  const env = Object.fromEntries(Object.entries(found.env).map(([name, value]) => [name, value.slice(home.length + 1)]))
  return { path: inHome(found.path.split(':')), readable: inHome(found.readable), env, hidden: inHome(found.hidden) }
}

describe('toolchains', () => {
  it.each([
    ['.nvm/versions/node/v22.1.0/bin', ['.nvm'], {}],
    ['.pyenv/shims', ['.pyenv'], { PYENV_ROOT: '.pyenv' }],
    ['.volta/bin', ['.volta'], { VOLTA_HOME: '.volta' }],
    ['.asdf/shims', ['.asdf'], { ASDF_DATA_DIR: '.asdf' }],
    ['go/bin', ['go/bin'], {}],
    ['.cargo/bin', ['.cargo/bin'], { RUSTUP_HOME: '.rustup' }],
    ['.local/bin', ['.local/bin'], {}],
    ['some/tool/bin', ['some/tool/bin'], {}],
    ['scripts', ['scripts'], {}],
    ['bin', ['bin'], {}],
  ])('of %s show %j', (directory, readable, env) => {
    expect(shown(directory)).toEqual({ path: [directory], readable, env, hidden: [] })
  })
  it('show of an unknown prefix its parts, of a repository only the programs', () => {
    for (const part of ['tool/lib', 'tool/data', 'repo/.git', 'repo/lib']) mkdirSync(join(home, part), { recursive: true })
    expect(shown('tool/bin', 'repo/bin').readable).toEqual(['tool/bin', 'tool/lib', 'repo/bin'])
  })
  it('hide the keys that lie among them', () => {
    mkdirSync(join(home, '.nvm/.git'), { recursive: true })
    writeFileSync(join(home, '.nvm/.npmrc'), 'token')
    expect(shown('.nvm/versions/node/v1/bin').hidden.toSorted()).toEqual(['.nvm/.git', '.nvm/.npmrc'])
  })
  it('are none of Lugh’s own, nor what npm put on PATH, nor the home itself, nor what is missing', () => {
    expect(shown('work/node_modules/.bin', '.lugh/bin', '.npm/lib/node-gyp-bin', '')).toEqual({ path: [''], readable: [], env: {}, hidden: [] })
    expect(findToolchains(`relative:${home}/missing:/usr/bin`, home, join(home, '.lugh')).path).toBe('/usr/bin:/usr/local/bin:/bin')
  })
  it('are followed to where they really are', () => {
    mkdirSync(join(home, '.nvm/versions/node/v2/bin'), { recursive: true })
    symlinkSync(join(home, '.nvm/versions/node/v2'), join(home, 'current'))
    expect(shown('current/bin')).toMatchObject({ path: ['.nvm/versions/node/v2/bin'], readable: ['.nvm'] })
  })
})
