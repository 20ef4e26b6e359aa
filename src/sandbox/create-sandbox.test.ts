/** What a start makes of a machine with walls, without, and with some that do not stand. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LeakWatch, watchLeaks } from '../../test/support/leaks.ts'
import { noWalls, silent, TEST_PATH } from '../../test/support/sandbox.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from './index.ts'
import { probeBubblewrap } from './probe.ts'

let leaks: LeakWatch
let home: string
let open: Sandbox[]
beforeEach(() => {
  leaks = watchLeaks()
  home = leaks.directory('create')
  open = []
})
afterEach(async () => {
  for (const sandbox of open) await sandbox.close()
  await leaks.end()
})

async function create(mode: SandboxOptions['mode'], path = TEST_PATH): Promise<Sandbox> {
  const sandbox = await createSandbox({ mode, home, host: { path, home: join(home, 'person'), lang: 'C' }, log: silent })
  open.push(sandbox)
  return sandbox
}

/** A bubblewrap of our own making, first on PATH. */
function fakeBubblewrap(script: string): string {
  const bin = join(home, 'fake')
  mkdirSync(bin)
  writeFileSync(join(bin, 'bwrap'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'bwrap'), 0o755)
  return `${bin}:${TEST_PATH}`
}

describe('the start', () => {
  it('says that the walls are off because they were switched off', async () => {
    const { status } = await create('off')
    expect(status).toEqual({ walls: 'none', why: 'the sandbox is switched off (LUGH_SANDBOX=off)', fix: 'Set LUGH_SANDBOX=auto.' })
  })
  it.runIf(process.platform === 'linux')('goes on without walls that do not stand when that is allowed, and says why', async () => {
    const path = fakeBubblewrap(
      '[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit; echo "bwrap: setting up uid map: Permission denied" >&2; exit 1',
    )
    const { status } = await create('auto', path)
    expect(status).toEqual({
      walls: 'none',
      why: 'bubblewrap cannot start here: bwrap: setting up uid map: Permission denied',
      fix: expect.any(String),
    })
  })
  it.runIf(process.platform === 'linux')('is refused without walls when they are required', async () => {
    const path = fakeBubblewrap('exit 1')
    await expect(create('required', path)).rejects.toMatchObject({ code: 'sandbox.missing', say: expect.stringContaining('bubblewrap') })
  })
  it.skipIf(noWalls('sandbox: start') !== undefined)('proves the walls within half a second', async () => {
    const before = performance.now()
    const { status } = await create('required')
    expect(status).toEqual({
      walls: 'up',
      how: expect.stringMatching(/^bubblewrap \d/),
      network: { ok: true },
      processes: expect.stringMatching(/^(?:control-group|user-limit|counted)$/),
    })
    expect(performance.now() - before).toBeLessThan(500)
  })
})

describe.runIf(process.platform === 'linux')('the probe', () => {
  it('finds an old bubblewrap too old', async () => {
    expect(await probeBubblewrap(fakeBubblewrap('echo bubblewrap 0.4.1'))).toMatchObject({
      ok: false,
      why: expect.stringContaining('older than 0.5'),
    })
  })
  it('does without what a kernel forbids, if the walls stand without it', async () => {
    const script = `[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit; tr '\\0' '\\n' <&4 | grep -q -- --disable-userns && exit 1; exit 0`
    expect(await probeBubblewrap(fakeBubblewrap(script))).toMatchObject({ ok: true, abilities: { disableUserns: false, sizedTmpfs: true } })
  })
})

describe.runIf(process.platform === 'linux')('walls that stood at the start and fall later', () => {
  it('are an error; the command is not run bare instead', async () => {
    const path = fakeBubblewrap(
      '[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit; for last; do :; done; [ "$last" = : ] && exit 0; echo "bwrap: boom" >&2; exit 1',
    )
    const sandbox = await create('required', path)
    const worktree = join(home, 'fake')
    const attempt = sandbox.run({ command: 'touch ran', cwd: worktree, writable: [worktree], readable: [], home: join(home, 'h') })
    await expect(attempt).rejects.toMatchObject({ code: 'sandbox.failed', message: expect.stringContaining('bwrap: boom') })
    expect(readdirSync(worktree)).toEqual(['bwrap'])
  })
})

describe('without walls', () => {
  it('a command runs bare, with the same environment and home', async () => {
    const sandbox = await create('off')
    const worktree = join(home, 'tree')
    mkdirSync(worktree)
    const done = await sandbox.run({
      command: 'pwd; echo $HOME; env | cut -d= -f1 | sort | tr "\\n" " "; echo x > $TMPDIR/y',
      cwd: worktree,
      writable: [worktree],
      readable: [],
      home: join(home, 'h'),
    })
    expect(done.stdout).toBe(`${worktree}\n${join(home, 'h')}\nCI HOME LANG LUGH_SPAWN PATH PWD SHLVL TERM TMPDIR _ `)
    expect(readFileSync(join(home, 'h/tmp/y'), 'utf8')).toBe('x\n')
  })
  it.runIf(process.platform === 'linux')('what a command started and hid is ended by its mark', async () => {
    const sandbox = await create('off')
    const run = (command: string): Promise<unknown> => sandbox.run({ command, cwd: home, writable: [home], readable: [], home: join(home, 'h') })
    await run(`(setsid bash -c "trap '' TERM HUP; sleep 60010" > /dev/null 2>&1 &)`)
    await run('nohup sleep 60011 > /dev/null 2>&1 & disown')
    expect(await leaks.leaks()).toEqual([])
  })
  it.runIf(process.platform === 'linux')('a fork bomb is ended, all of it', async () => {
    const sandbox = await createSandbox({ mode: 'off', home, host: { path: TEST_PATH, home, lang: 'C' }, log: silent, limits: { processes: 40 } })
    open.push(sandbox)
    const done = await sandbox.run({
      command: 'bomb() { sleep 5 & bomb; sleep 5; }; bomb',
      cwd: home,
      writable: [home],
      readable: [],
      home: join(home, 'h'),
    })
    expect(done).toMatchObject({ endedBy: 'limit', limit: 'more than 40 processes' })
    expect(await leaks.leaks()).toEqual([])
  })
})

describe('a full disk', () => {
  it.runIf(process.platform === 'linux' && process.getuid?.() === 0)('is called by its name', async () => {
    const sandbox = await create('off')
    const full = join(home, 'full')
    mkdirSync(full)
    const mount = await sandbox.trusted({ argv: ['mount', '-t', 'tmpfs', '-o', 'size=64k,nr_inodes=3', 'none', full], cwd: '/' })
    expect(mount).toMatchObject({ exitCode: 0 })
    for (const name of ['a', 'b']) mkdirSync(join(full, name))
    const attempts = await Promise.allSettled([
      sandbox.run({ command: 'true', cwd: home, writable: [], readable: [], home: join(full, 'home') }),
      createSandbox({ mode: 'off', home: join(full, 'lugh'), host: { path: TEST_PATH, home, lang: 'C' }, log: silent }),
    ])
    await sandbox.trusted({ argv: ['umount', full], cwd: '/' })
    expect(readdirSync(full)).toEqual([])
    expect(attempts).toEqual([1, 2].map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'disk.full', retryable: true }) })))
  })
})
