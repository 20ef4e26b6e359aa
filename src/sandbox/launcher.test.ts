import { existsSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { startProgram } from '../../test/support/child.ts'
import { eventually } from '../../test/support/eventually.ts'
import { watchLeaks } from '../../test/support/leaks.ts'
import { frame, frameReader, readOrder, writeOrder, type Frame } from './frames.ts'
import { processesNamed } from '../../test/support/remains.ts'
import { createLauncher } from './launcher.ts'
import { LAUNCHER_NICENESS } from './limits.ts'
import { startHere, type Start } from './start-process.ts'

const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin' }
const skip = process.platform !== 'linux'

let over: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of over.splice(0)) await end()
})

function launcher() {
  const leaks = watchLeaks()
  const made = createLauncher()
  over = [() => made.close(), () => leaks.end()]
  return made
}

/** Everything one process says and how it ends. */
async function whole(start: Start, argv: readonly [string, ...string[]], more: { stdin?: string | Uint8Array; letters?: readonly string[] } = {}) {
  const child = await start({ argv, cwd: '/', env: ENV, ...more })
  const said = async (stream: typeof child.stdout): Promise<string | null> => (stream === null ? null : text(stream))
  const [stdout, stderr, status, exit] = await Promise.all([said(child.stdout), said(child.stderr), said(child.status), child.exited])
  return { stdout, stderr, status, exit }
}

const cases: readonly (readonly [string, readonly [string, ...string[]], { stdin?: string; letters?: readonly string[] }])[] = [
  ['nothing said', ['true'], {}],
  ['both streams and a code', ['sh', '-c', 'echo out; echo err >&2; exit 7'], {}],
  ['a signal', ['sh', '-c', 'kill -9 $$'], {}],
  ['what it reads', ['cat'], { stdin: 'ä\n\u{1f600}' }],
  ['letters and a status', ['sh', '-c', 'cat <&4 <&5; cat <&5; echo done >&3'], { letters: ['one ', 'two'] }],
  ['words that look like separators', ['printf', '%s|', '', 'a b', "'\n", '='], {}],
]

describe('frames', () => {
  it('survive any tearing', () => {
    const sent = [frame(1, 7, 'ä'), frame(6, 4_000_000_000), frame(9, 0, Buffer.alloc(70_000, 1))]
    const whole = Buffer.concat(sent)
    for (const size of [1, 2, 9, 10, 1000, whole.length]) {
      const heard: Frame[] = []
      const read = frameReader((one) => heard.push({ ...one, body: Buffer.from(one.body) }))
      for (let at = 0; at < whole.length; at += size) read(whole.subarray(at, at + size))
      expect(heard.map(({ kind, job, body }) => [kind, job, body.length])).toEqual([
        [1, 7, 2],
        [6, 4_000_000_000, 0],
        [9, 0, 70_000],
      ])
    }
  })
  it('carry an order as it was', () => {
    const order = {
      argv: ['sh', '-c', '', 'ä='] as const,
      cwd: '/tmp',
      env: { A: '', B: 'x=y\n' },
      stdin: 4,
      stdout: undefined,
      stderr: 0,
      lettered: true,
      confinement: { processes: 512, group: '/sys/fs/cgroup/pids/lugh-1/2' },
    }
    expect(readOrder(Buffer.from(writeOrder({ ...order, argv: [...order.argv] })))).toEqual(order)
    const free = { ...order, confinement: undefined }
    expect(readOrder(Buffer.from(writeOrder({ ...free, argv: [...free.argv] })))).toEqual(free)
  })
})

describe.skipIf(skip)('the launcher', () => {
  it.each(cases)('starts what this process would start, word for word: %s', async (_, argv, more) => {
    const { start } = launcher()
    expect(await whole(start, argv, more)).toEqual(await whole(startHere, argv, more))
  })
  it('passes on 50 MB without keeping them, and eight at once keep their own words', async () => {
    const { start } = launcher()
    const loud = await whole(start, ['head', '-c', '50000000', '/dev/zero'])
    expect(loud.stdout?.length).toBe(50_000_000)
    const eight = await Promise.all(Array.from({ length: 8 }, (_, i) => whole(start, ['sh', '-c', `echo ${i}; cat`], { stdin: `words ${i}` })))
    expect(eight.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 8 }, (_, i) => `${i}\nwords ${i}`))
  })
  it('says why a program could not be started, with the system’s code', async () => {
    const { start } = launcher()
    const child = await start({ argv: ['no-such-program'], cwd: '/', env: ENV })
    expect(child.pid).toBeUndefined()
    await expect(child.exited).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(start({ argv: ['true', 'x\0y'], cwd: '/', env: ENV }).then(({ exited }) => exited)).rejects.toThrow(/zero byte/)
    const long = await start({ argv: ['true', 'x'.repeat(3_000_000)], cwd: '/', env: ENV })
    await expect(long.exited).rejects.toMatchObject({ code: 'E2BIG' })
  })
  it('gives a process no descriptor but its own', async () => {
    const { start } = launcher()
    const line = "for f in /proc/self/fd/*; do readlink $f; done | grep -v -e '^pipe:' -e '^/dev/null$' -e '^/proc/' -e '^socket:'"
    expect((await whole(start, ['bash', '-c', line])).stdout).toBe('')
    const sockets = 'ls -l /proc/self/fd | grep -c socket:'
    expect((await whole(start, ['sh', '-c', sockets])).stdout).toBe((await whole(startHere, ['sh', '-c', sockets])).stdout)
  })
  it('ends what is behind walls together with Lugh, even what did not get as far as asking for it', async () => {
    const word = `${700_000 + process.pid}.5`
    const text = `import { createLauncher } from ${JSON.stringify(join(import.meta.dirname, 'launcher.ts'))}
      const order = { argv: ['sh', '-c', 'trap "" TERM HUP; echo up >&3; sleep ${word}'], cwd: '/', env: { PATH: '/usr/bin:/bin' }, letters: ['nothing'] }
      const child = await createLauncher().start(order)
      child.status.on('data', () => console.log('up'))`
    const lugh = startProgram(text)
    await lugh.line((line) => line === 'up')
    expect(processesNamed(`sleep ${word}`)).not.toEqual([])
    await lugh.kill()
    await eventually(() => processesNamed(`sleep ${word}`), [], 2_000)
  })
  it.skipIf(process.getuid?.() !== 0 || !existsSync('/proc/self/autogroup'))('has its turn before everybody, and nobody it starts has', async () => {
    const { start } = launcher()
    const nicenessOf = (said: string | null): string => / nice (-?\d+)/.exec(said ?? '')?.[1] ?? ''
    const seen = await whole(start, ['sh', '-c', 'cat /proc/$PPID/autogroup; nice'])
    expect(nicenessOf(seen.stdout)).toBe(String(LAUNCHER_NICENESS))
    expect(seen.stdout?.trim().split('\n').at(-1)).toBe(String(getPriority()))
    expect(nicenessOf((await whole(start, ['cat', '/proc/self/autogroup'])).stdout)).toBe('0')
  })
  it('killed, its processes count as killed, and the next start brings it back', async () => {
    const { start } = launcher()
    const child = await start({ argv: ['sleep', '0.5'], cwd: '/', env: ENV })
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
    process.kill(parent, 'SIGKILL')
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect((await whole(start, ['echo', 'back'])).stdout).toBe('back\n')
  })
})
