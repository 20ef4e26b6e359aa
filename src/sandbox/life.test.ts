/** The life of a sandboxed command: what goes in, what comes out, how it ends, and that nothing of it outlives it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchLeaks } from '../../test/support/leaks.ts'
import { type Machine, noWalls, plantMachine, silent, TEST_PATH } from '../../test/support/sandbox.ts'
import { createSandbox } from './index.ts'

const skip = noWalls('sandbox: life') !== undefined
const MIB = 1024 * 1024

let machine: Machine
let small: Machine
beforeAll(async () => {
  if (skip) return
  machine = await plantMachine()
  small = await plantMachine({ limits: { memoryBytes: 200 * MIB, processes: 40, diskBytes: 64 * MIB } })
})
afterAll(async () => {
  if (skip) return
  // The later one first: its launcher began while the other was watching.
  await small.end()
  await machine.end()
})

/** Milliseconds until no process has this word in its command line; fails the test after two seconds. */
async function goneAfter(word: string): Promise<number> {
  const start = performance.now()
  while (running(word)) {
    if (performance.now() - start > 2_000) throw new Error(`${word} still runs`)
    await delay(10)
  }
  return performance.now() - start
}

function running(word: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
    } catch {
      return false // ended meanwhile
    }
  })
}

/** A number of seconds nobody else sleeps. */
let naps = 70_000 + (process.pid % 10_000)
const nap = (): string => `${++naps}.125`

describe.skipIf(skip)('what goes in and comes out', () => {
  it('passes exit codes on', async () => {
    const codes = await Promise.all(['exit 0', 'exit 7', 'no-such-program', 'kill -9 $$', 'kill -SEGV $$'].map((line) => machine.sh(line)))
    expect(codes.map(({ exitCode, endedBy }) => [exitCode, endedBy])).toEqual([0, 7, 127, 137, 139].map((code) => [code, null]))
  })
  it('runs an argv without a shell', async () => {
    const done = await machine.sandbox.run({
      command: ['printf', '%s|', 'a b', '$HOME', '*', ''],
      cwd: machine.worktree,
      writable: [machine.worktree],
      readable: [],
      home: machine.taskHome,
    })
    expect(done).toEqual({ exitCode: 0, signal: null, endedBy: null, stdout: 'a b|$HOME|*||', stderr: '', truncated: false, ms: expect.any(Number) })
  })
  it('feeds stdin, text or bytes, also through its name', async () => {
    const text = await machine.sh('cat', { stdin: 'grüß 🌍\n' })
    const bytes = await machine.sh('od -An -tx1 /dev/stdin', { stdin: new Uint8Array([0, 255, 10]) })
    const none = await machine.sh('cat; echo end')
    expect([text.stdout, bytes.stdout.trim(), none.stdout]).toEqual(['grüß 🌍\n', '00 ff 0a', 'end\n'])
  })
  it('survives a command that does not read its stdin', async () => {
    expect(await machine.sh('exec true', { stdin: 'x'.repeat(5 * MIB) })).toMatchObject({ exitCode: 0 })
  })
  it('lets scripts open their streams by name', async () => {
    const done = await machine.sh('echo out > /dev/stdout; echo err > /dev/stderr; echo both | tee /dev/stderr')
    expect(done).toMatchObject({ exitCode: 0, stdout: 'out\nboth\n', stderr: 'err\nboth\n' })
  })
  it('tells of output as it comes, and never splits a character', async () => {
    const heard: string[] = []
    const done = await machine.sh(`printf 'gr\\303'; sleep 0.1; printf '\\274n \\360\\237'; sleep 0.1; printf '\\214\\215'`, {
      onOutput: (text) => heard.push(text),
    })
    expect([heard.join(''), done.stdout]).toEqual(['grün 🌍', 'grün 🌍'])
    expect(heard.filter((text) => text.includes('�'))).toEqual([])
    expect(heard.length).toBeGreaterThan(1)
  })
  it('keeps head and tail of 50 MB', async () => {
    const done = await machine.sh('echo first; yes grüß | head -c 50000000; echo; echo last', {
      limits: { outputBytes: 10_000 },
    })
    expect(done).toMatchObject({ exitCode: 0, endedBy: null, truncated: true })
    expect(done.stdout).toMatch(/^first\n[^]*\n… \d+ bytes left out …\n[^]*\nlast\n$/)
    expect(Buffer.byteLength(done.stdout)).toBeLessThan(10_200)
  })
  it('kills a command that never stops talking', async () => {
    expect(await machine.sh('yes')).toMatchObject({ endedBy: 'output-cap', truncated: true })
  })
  it('answers 127 when there is no such program', async () => {
    const attempt = await machine.sandbox.run({
      command: ['/no/such/program'],
      cwd: machine.worktree,
      writable: [machine.worktree],
      readable: [],
      home: machine.taskHome,
    })
    expect(attempt).toMatchObject({ exitCode: 127 })
  })
})

describe.skipIf(skip)('the end', () => {
  it.each([
    ['in the background', (word: string) => `sleep ${word} & echo started`],
    ['with nohup', (word: string) => `nohup sleep ${word} >/dev/null 2>&1 & echo started`],
    ['with setsid', (word: string) => `setsid sleep ${word} </dev/null >/dev/null 2>&1 & echo started`],
    ['by a double fork', (word: string) => `(setsid bash -c 'sleep ${word} & disown' >/dev/null 2>&1 &) ; echo started`],
    [
      'disguised and deaf',
      (word: string) => `(trap '' TERM HUP INT; setsid bash -c "trap '' TERM HUP; sleep ${word}" >/dev/null 2>&1 &) ; echo started`,
    ],
  ])('leaves nothing that was started %s', async (_, line) => {
    const word = nap()
    const done = await machine.sh(line(word))
    expect(done).toMatchObject({ exitCode: 0, stdout: 'started\n' })
    expect(await goneAfter(word)).toBeLessThan(2_000)
  })
  it('comes within a second of an abort, for all that ignore it too', async () => {
    const word = nap()
    const abort = new AbortController()
    const started = Promise.withResolvers<void>()
    const run = machine.sh(
      `trap '' TERM INT; (setsid bash -c "trap '' TERM; sleep ${word}; sleep ${word}" &); echo ready; sleep ${word}; sleep ${word}`,
      {
        signal: abort.signal,
        onOutput: () => started.resolve(),
      },
    )
    await started.promise
    const at = performance.now()
    abort.abort()
    const done = await run
    expect(performance.now() - at).toBeLessThan(1_000)
    expect(done).toMatchObject({ endedBy: 'abort', stdout: 'ready\n' })
    await goneAfter(word)
  })
  it('gives those who listen half a second for their goodbyes', async () => {
    const abort = new AbortController()
    const run = machine.sh(`trap 'echo bye > goodbye; exit 0' TERM; echo ready; while :; do sleep 0.05; done`, {
      signal: abort.signal,
      onOutput: () => abort.abort(),
    })
    expect(await run).toMatchObject({ endedBy: 'abort' })
    expect(readFileSync(join(machine.worktree, 'goodbye'), 'utf8')).toBe('bye\n')
  })
  it('has come before it began when the signal was aborted already', async () => {
    expect(await machine.sh('touch ran', { signal: AbortSignal.abort() })).toMatchObject({ endedBy: 'abort', exitCode: null })
    expect(existsSync(join(machine.worktree, 'ran'))).toBe(false)
  })
  it('comes at the time limit', async () => {
    const word = nap()
    const done = await machine.sh(`sleep ${word}`, { limits: { timeoutMs: 200 } })
    expect(done).toMatchObject({ endedBy: 'timeout' })
    expect(done.ms).toBeLessThan(1_500)
    await goneAfter(word)
  })
  it('comes when Lugh itself is killed with SIGKILL', async () => {
    const word = nap()
    const script = `import { createSandbox } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
      const [home, worktree] = process.argv.slice(2)
      const log = { info() {}, warn() {} }
      const sandbox = await createSandbox({ mode: 'required', home, host: { path: process.env.PATH, home: '/nonexistent', lang: 'C' }, log })
      await sandbox.run({ command: 'echo up; (setsid sleep ${word} &); sleep ${word}', cwd: worktree, writable: [worktree], readable: [], home: home + '/h', onOutput: (text) => process.stdout.write(text) })`
    writeFileSync(join(machine.personHome, 'lugh.mjs'), script)
    const lugh = spawn(process.execPath, [join(machine.personHome, 'lugh.mjs'), machine.lughHome, machine.worktree], {
      env: { PATH: TEST_PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(lugh.stdout, 'data')
    expect(running(word)).toBe(true)
    lugh.kill('SIGKILL')
    expect(await goneAfter(word)).toBeLessThan(2_000)
  })
  it('comes for all when the sandbox is closed', async () => {
    const word = nap()
    const other = await plantMachine()
    const started = Promise.withResolvers<void>()
    const run = other.sh(`echo ready; sleep ${word}`, { onOutput: () => started.resolve() })
    await started.promise
    await other.end()
    expect(await run).toMatchObject({ endedBy: 'abort' })
    expect(running(word)).toBe(false)
  })
})

describe.skipIf(skip)('limits', () => {
  it('bound a fork bomb', async () => {
    const done = await small.sh('bomb() { sleep 5 & bomb; sleep 5; }; bomb')
    expect(done).toMatchObject({ endedBy: 'limit', limit: 'more than 40 processes' })
  })
  it('bound memory', async () => {
    const done = await small.sh(`node -e "const keep = []; setInterval(() => keep.push(Buffer.alloc(20e6, 1)), 20)"`)
    expect(done).toMatchObject({ endedBy: 'limit', limit: 'more than 200 MiB of memory' })
  })
  it('bound one file of 10 GB', async () => {
    const done = await small.sh('head -c 10G /dev/zero > big; echo code=$?; stat -c %s big; rm big')
    expect(done.stdout).toBe(`code=153\n${64 * MIB}\n`)
  })
  it('bound many files of 10 GB together', async () => {
    const done = await small.sh('for i in $(seq 200); do head -c 50M /dev/zero > big$i || exit 1; done')
    expect(done).toMatchObject({ endedBy: 'limit', limit: 'more than 64 MiB of disk' })
    await small.sh('rm -f big*')
  })
  it('bound space that is taken without writing', async () => {
    const done = await small.sh('for i in $(seq 8); do fallocate -l 50M big$i; done; sleep 5')
    await small.sh('rm -f big*')
    expect(done).toMatchObject({ endedBy: 'limit', limit: 'more than 64 MiB of disk' })
  })
  it('do not count what is written and removed again', async () => {
    const done = await small.sh('for i in $(seq 30); do head -c 5M /dev/zero > churn; sync churn; rm churn; done; echo fine')
    expect(done).toMatchObject({ endedBy: null, stdout: 'fine\n' })
  })
  it('bound the directories in memory', async () => {
    const done = await machine.sh(
      'for d in /tmp /var/tmp /dev/shm; do for i in 1 2 3; do head -c 1900M /dev/zero > $d/big$i; done; du -smc $d/big* | tail -n 1 | cut -f1; rm $d/big*; done 2>/dev/null',
    )
    const sizes = done.stdout.trim().split('\n').map(Number)
    expect(sizes.map((size) => size > 100 && size <= 513)).toEqual([true, true, true])
  })
})

describe.skipIf(skip)('commands side by side', () => {
  it('eight with different mounts see each their own and nothing of the others', async () => {
    const places = Array.from({ length: 8 }, (_, i) => join(machine.lughHome, 'worktrees', `side-${i}`))
    for (const path of places) mkdirSync(path)
    const runs = places.map((path, i) =>
      machine.sh(`echo ${i} > mine; echo ${i} > /tmp/shared; sleep 0.2; ls ..; cat mine /tmp/shared; hostname`, {
        cwd: path,
        writable: [path],
        home: join(machine.lughHome, 'homes', `side-${i}`),
      }),
    )
    const done = await Promise.all(runs)
    expect(done.map(({ stdout }) => stdout)).toEqual(places.map((_, i) => `side-${i}\n${i}\n${i}\nlocalhost\n`))
  })
})

describe.skipIf(skip)('work as usual', () => {
  const git = (line: string): string => `git -c user.name=A -c user.email=a@b.c -c init.defaultBranch=main ${line}`

  it('git makes worktrees and commits in a bare workshop, hooks and config included', async () => {
    const workshop = join(machine.lughHome, 'projects/p/workshop.git')
    const tree = join(machine.lughHome, 'worktrees/fresh')
    for (const path of [workshop, tree]) mkdirSync(path, { recursive: true })
    const lines = [
      `cd ${workshop} && ${git('init -q --bare .')}`,
      `${git('commit-tree -m start $(git hash-object -t tree -w /dev/null)')} > start`,
      `git update-ref refs/heads/main $(cat start)`,
      `git worktree add -q -b task ${tree} main && git config core.bigFileThreshold 1m && echo exit 0 > hooks/pre-commit && chmod +x hooks/pre-commit`,
      `cd ${tree} && mkdir -p .vscode .claude .git-hooks && echo {} | tee .vscode/settings.json .mcp.json .claude/settings.json .gitmodules.bak > .npmrc`,
      `${git('add -A')} && ${git('commit -qm one')} && git log --format=%s && git status --porcelain`,
    ]
    const done = await machine.sh(lines.join(' && '), { cwd: workshop, writable: [workshop, tree] })
    expect(done).toMatchObject({ exitCode: 0, stdout: 'one\nstart\n', stderr: '' })
    const status = await machine.sandbox.trusted({ argv: ['git', '-c', 'safe.directory=*', 'status', '--porcelain', '--ignored'], cwd: tree })
    expect(status).toMatchObject({ exitCode: 0, stdout: '' })
  })
  it('leaves no placeholder behind, in the worktree or anywhere else in LUGH_HOME', async () => {
    const other = await plantMachine({ secrets: ['/nonexistent/secret', '/etc/nothing-here'] })
    const list = async (): Promise<string> =>
      (await other.sandbox.trusted({ argv: ['find', other.personHome, '!', '-path', '*/sandbox/*'], cwd: '/' })).stdout
    await other.sh('true')
    const before = await list()
    await Promise.all(Array.from({ length: 4 }, () => other.sh('ls -la > /dev/null')))
    expect(await list()).toBe(before)
    expect(readdirSync(other.worktree)).toEqual([])
    await other.end()
  })
  it('node --test and npm test run', async () => {
    writeFileSync(join(machine.worktree, 'package.json'), JSON.stringify({ name: 'p', type: 'module', scripts: { test: 'node --test' } }))
    writeFileSync(join(machine.worktree, 'a.test.js'), `import test from 'node:test'; test('adds', (t) => t.assert?.equal(1 + 1, 2))`)
    const node = await machine.sh('node --test')
    expect(node).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/pass 1/) })
    const npm = await machine.sh('command -v npm > /dev/null || exit 99; npm test --silent')
    expect([0, 99]).toContain(npm.exitCode)
  }, 30_000)
  it('finds a Node that lies in the home of the person, and nothing else there', async () => {
    const leaks = watchLeaks()
    const root = leaks.directory('nvm')
    const bin = join(root, '.nvm/versions/node/v1.2.3/bin')
    mkdirSync(join(root, '.nvm/versions/node/v1.2.3/lib'), { recursive: true })
    mkdirSync(bin)
    mkdirSync(join(root, 'work/project/bin'), { recursive: true })
    mkdirSync(join(root, 'work/project/.git'))
    for (const name of ['.nvm/.npmrc', 'work/project/.env', '.nvm/versions/node/v1.2.3/lib/module']) writeFileSync(join(root, name), 'secret')
    writeFileSync(join(bin, 'node'), '#!/bin/sh\necho the person’s node; cat "$(dirname "$0")/../lib/module"\n')
    chmodSync(join(bin, 'node'), 0o755)
    const home = join(root, '.lugh')
    const worktree = join(home, 'worktrees/a')
    mkdirSync(worktree, { recursive: true })
    const path = [join(home, 'node_modules/.bin'), join(root, 'work/project/bin'), bin, dirname(process.execPath), '/usr/bin', '/bin'].join(':')
    const sandbox = await createSandbox({ mode: 'auto', home, host: { path, home: root, lang: 'C' }, log: silent })
    const line = 'node; cat ~/../.nvm/.npmrc; ls -A "$0" "$1/work/project"; cat "$1/.nvm/.npmrc" "$1/work/project/.env"; true'
    const done = await sandbox.run({
      command: ['/bin/sh', '-c', line, root, root],
      cwd: worktree,
      writable: [worktree],
      readable: [],
      home: join(home, 'h'),
    })
    await sandbox.close()
    await leaks.end()
    expect(done.stdout.replace(/^the.*\n/, '')).toBe(`secret${root}:\n.lugh\n.nvm\nwork\n\n${root}/work/project:\nbin\n`)
  })
})
