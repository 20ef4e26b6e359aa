/** Lugh's own commands: no walls, but nothing of Lugh's environment either, and an end to what they start. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type LeakWatch, watchLeaks } from '../../test/support/leaks.ts'
import { silent, TEST_PATH } from '../../test/support/sandbox.ts'
import { createSandbox, type HostFacts, type Sandbox } from './index.ts'

let leaks: LeakWatch
let home: string
let host: HostFacts
let sandbox: Sandbox
beforeAll(async () => {
  vi.stubEnv('GITHUB_TOKEN', 'canary')
  vi.stubEnv('GIT_DIR', '/canary')
  leaks = watchLeaks()
  home = leaks.directory('trusted')
  host = { path: TEST_PATH, home: '/home/person', lang: 'C.UTF-8', user: 'person', sshAuthSock: '/run/agent' }
  sandbox = await createSandbox({ mode: 'off', home, host, log: silent })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await sandbox.close()
  await leaks.end()
})

const variables = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

describe('a trusted command', () => {
  it('has an environment made by hand and an empty home', async () => {
    const { stdout } = await sandbox.trusted({ argv: ['env'], cwd: '/', env: { GIT_TERMINAL_PROMPT: '0', LD_PRELOAD: '/evil.so' } })
    const env = variables(stdout)
    expect(env).toEqual({
      GIT_TERMINAL_PROMPT: '0',
      HOME: join(home, 'sandbox/no-home'),
      LANG: 'C.UTF-8',
      LUGH_SPAWN: expect.stringMatching(/^[0-9a-f]{16}\.[0-9a-f]{12}\.\d+\.$/),
      PATH: TEST_PATH,
      TERM: 'dumb',
    })
    expect(readdirSync(env['HOME'] ?? '')).toEqual([])
  })
  it('has the home and the key agent of the person when credentials are wanted, and nothing else', async () => {
    const { stdout } = await sandbox.trusted({ argv: ['env'], cwd: '/', credentials: true })
    const { LUGH_SPAWN: _, ...env } = variables(stdout)
    expect(env).toEqual({ HOME: '/home/person', LANG: 'C.UTF-8', PATH: TEST_PATH, SSH_AUTH_SOCK: '/run/agent', TERM: 'dumb', USER: 'person' })
  })
  it('takes its words as they are, through no shell', async () => {
    const { stdout } = await sandbox.trusted({ argv: ['printf', '%s|', '$HOME', '`id`', '; id', '*'], cwd: '/' })
    expect(stdout).toBe('$HOME|`id`|; id|*|')
  })
  it('answers bytes untouched', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    const done = await sandbox.trusted({ argv: ['cat'], cwd: '/', stdin: bytes, raw: true })
    expect([...done.raw]).toEqual([...bytes])
  })
  it('is killed when raw bytes run over the cap, with the start kept', async () => {
    const done = await sandbox.trusted({ argv: ['yes'], cwd: '/', raw: true, limits: { outputBytes: 1000 } })
    expect([done.endedBy, done.raw.length, done.truncated]).toEqual(['output-cap', 1000, true])
  })
  it('passes a failure on and does not throw', async () => {
    const done = await sandbox.trusted({ argv: ['sh', '-c', 'echo oh >&2; exit 3'], cwd: '/' })
    expect(done).toEqual({
      exitCode: 3,
      signal: null,
      endedBy: null,
      stdout: '',
      stderr: 'oh\n',
      truncated: false,
      ms: expect.any(Number),
      raw: Buffer.alloc(0),
    })
  })
  it('names the signal that ended it', async () => {
    expect(await sandbox.trusted({ argv: ['sh', '-c', 'kill -KILL $$'], cwd: '/' })).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL',
      endedBy: null,
    })
  })
  it.each([
    ['there is no such program', { argv: ['no-such-program-here'], cwd: '/' }],
    ['there is no such directory', { argv: ['true'], cwd: '/no/such/directory' }],
    ['the words are too long for the system', { argv: ['true', 'x'.repeat(3_000_000)], cwd: '/' }],
  ] as const)('throws sandbox.failed when %s', async (_, command) => {
    await expect(sandbox.trusted(command)).rejects.toMatchObject({ code: 'sandbox.failed', retryable: false })
  })
  it('is ended with its whole group, by time and by abort, within a second', async () => {
    const argv = ['sh', '-c', `trap '' TERM; sh -c "trap '' TERM; sleep 60002" & sleep 60002; sleep 60002`] as const
    const timed = await sandbox.trusted({ argv, cwd: home, limits: { timeoutMs: 100 } })
    expect([timed.endedBy, timed.ms < 1_200]).toEqual(['timeout', true])
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 50)
    const aborted = await sandbox.trusted({ argv, cwd: home, signal: abort.signal })
    expect([aborted.endedBy, aborted.ms < 1_200]).toEqual(['abort', true])
    expect(await leaks.leaks()).toEqual([])
  })
  it('leaves no helper behind that went away from its group', async () => {
    await sandbox.trusted({ argv: ['sh', '-c', 'setsid sleep 60003 > /dev/null 2>&1 &'], cwd: home })
    expect(await leaks.leaks()).toEqual([])
  })
})

describe('the sweep', () => {
  const orphan = (mark: string): ChildProcess =>
    spawn('sleep', ['60004'], { env: { LUGH_SPAWN: mark, PATH: TEST_PATH }, detached: true, stdio: 'ignore' })
  const markOf = async (): Promise<string> => variables((await sandbox.trusted({ argv: ['env'], cwd: '/' })).stdout)['LUGH_SPAWN'] ?? ''

  it('kills what an earlier life of this LUGH_HOME left, once, and nothing of others', async () => {
    const [own = '', life = ''] = (await markOf()).split('.')
    const [mine, foreign] = [orphan(`${own}.aaaaaaaaaaaa.1.`), orphan(`${'0'.repeat(16)}.${life}.1.`)]
    const ended = once(mine, 'exit')
    expect([await sandbox.sweep(), await ended]).toEqual([1, [null, 'SIGKILL']])
    expect([await sandbox.sweep(), foreign.exitCode, foreign.signalCode]).toEqual([0, null, null])
    foreign.kill()
    await once(foreign, 'exit')
  })
  it('spares what this life runs', async () => {
    const running = sandbox.trusted({ argv: ['sleep', '0.5'], cwd: '/' })
    expect(await sandbox.sweep()).toBe(0)
    expect(await running).toMatchObject({ exitCode: 0 })
  })
  it('removes the pipes of earlier lives', async () => {
    mkdirSync(join(home, 'sandbox/pipes-old'), { recursive: true })
    writeFileSync(join(home, 'sandbox/pipes-old/x'), '')
    await sandbox.sweep()
    expect(readdirSync(join(home, 'sandbox'))).toEqual(['no-home'])
  })
})
