/** A hostile command against the walls: what it may not reach, read or write. Each case tries, and a witness outside says whether it got through. */
import { createServer, type Server } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { createSocket } from 'node:dgram'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HOME_SECRETS, LUGH_SECRETS, type Machine, noWalls, plantMachine } from '../../test/support/sandbox.ts'

const skip = noWalls('sandbox: escape') !== undefined

let machine: Machine
let listeners: Server[] = []
/** Connections that reached a listener on the host. */
let reached = 0

async function listen(where: { port: number; host: string } | { path: string }): Promise<number> {
  const server = createServer((socket) => {
    reached++
    socket.destroy()
  })
  server.listen(where)
  await once(server, 'listening')
  listeners.push(server)
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** Runs a script of Node inside; what it prints is the answer. */
function inNode(script: string): Promise<string> {
  writeFileSync(join(machine.worktree, 'attack.mjs'), script)
  return machine.sh('node attack.mjs').then((done) => done.stdout.trim() + done.stderr.trim().slice(0, 500))
}

beforeAll(async () => {
  vi.stubEnv('GITHUB_TOKEN', 'canary-of-the-environment')
  vi.stubEnv('NODE_OPTIONS', '--no-warnings')
  vi.stubEnv('GIT_DIR', '/canary-of-the-environment')
  if (!skip) machine = await plantMachine()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  for (const server of listeners) server.close()
  listeners = []
  if (!skip) await machine.end()
})

describe.skipIf(skip)('the network', () => {
  it('has no interface but a loopback of its own', async () => {
    const { stdout } = await machine.sh("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
    expect(stdout).toBe('lo\n')
  })
  it.each(['curl -sS -m 3', 'wget -q -T 3 -t 1 -O -'])('is out of reach of %s, on the loopback of the host too', async (tool) => {
    const port = await listen({ port: 0, host: '127.0.0.1' })
    const before = reached
    const done = await machine.sh(`${tool} http://127.0.0.1:${port}/; echo first=$?; ${tool} http://1.1.1.1/; echo second=$?`)
    expect(done.stdout).not.toMatch(/=0$/m)
    expect(reached).toBe(before)
  })
  it('is out of reach of /dev/tcp and /dev/udp', async () => {
    const port = await listen({ port: 0, host: '0.0.0.0' })
    const udp = createSocket('udp4')
    let heard = 0
    udp.on('message', () => heard++)
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const before = reached
    const line = `(echo x > /dev/tcp/127.0.0.1/${port}) 2>&1; echo tcp=$?; (echo x > /dev/udp/127.0.0.1/${udp.address().port}) 2>&1; (echo x > /dev/tcp/1.1.1.1/80) 2>&1; echo out=$?`
    const done = await machine.sh(line)
    expect(done.stdout).toMatch(/Connection refused[^]*tcp=1[^]*Network is unreachable[^]*out=1/)
    udp.close()
    expect({ reached, heard }).toEqual({ reached: before, heard: 0 })
  })
  it('answers no name', async () => {
    const done = await machine.sh('getent hosts example.com; echo code=$?')
    expect(done.stdout).toBe('code=2\n')
    expect(await inNode("import dns from 'node:dns'; dns.resolve4('example.com', (e, a) => console.log(e?.code ?? a))")).toMatch(/^E/)
  })
  it('gives no raw sockets', async () => {
    const script =
      'import socket\ntry:\n  socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3); print("OPEN")\nexcept PermissionError: print("refused")'
    writeFileSync(join(machine.worktree, 'raw.py'), script)
    expect((await machine.sh('/usr/bin/python3 raw.py')).stdout).toBe('refused\n')
  })
  it('lets a server and a client inside talk to each other', async () => {
    const script = `import { createServer } from 'node:http'
      const server = createServer((_, answer) => answer.end('inside')).listen(0, '127.0.0.1', async () => {
        console.log(await (await fetch('http://127.0.0.1:' + server.address().port)).text()); server.close() })`
    expect(await inNode(script)).toBe('inside')
  })
  it('reaches no abstract unix socket of the host', async () => {
    const name = `\0lugh-abstract-${process.pid}`
    await listen({ path: name })
    const before = reached
    const script = `import { connect } from 'node:net'; connect('\\0lugh-abstract-${process.pid}').on('connect', () => console.log('OPEN')).on('error', (e) => console.log(e.code))`
    expect(await inNode(script)).toBe('ECONNREFUSED')
    expect(reached).toBe(before)
  })
  it('reaches no unix socket of the host: not the container engine, not the key agent, none in LUGH_HOME', async () => {
    const socket = join(machine.lughHome, 'lugh.sock')
    await listen({ path: socket })
    vi.stubEnv('SSH_AUTH_SOCK', socket)
    const script = `import { connect } from 'node:net'
      for (const path of [${JSON.stringify(socket)}, '/var/run/docker.sock', '/run/docker.sock', '/run/dbus/system_bus_socket', '/var/run/postgresql/.s.PGSQL.5432'])
        connect(path).on('connect', () => console.log('OPEN ' + path)).on('error', (e) => console.log(e.code))
      console.log(process.env.SSH_AUTH_SOCK ?? 'unset')`
    const before = reached
    expect(await inNode(script)).toBe(['unset', ...Array.from({ length: 5 }, () => 'ENOENT')].join('\n'))
    expect(reached).toBe(before)
  })
})

describe.skipIf(skip)('processes and the kernel', () => {
  it('shows nobody else in /proc', async () => {
    const { stdout } = await machine.sh('cat /proc/[0-9]*/cmdline | tr "\\0" " "; echo; ls -d /proc/[0-9]* | wc -l')
    expect(stdout).not.toContain('vitest')
    expect(Number(stdout.trim().split('\n').at(-1))).toBeLessThan(8)
  })
  it('cannot signal Lugh', async () => {
    const { stdout } = await machine.sh(`kill -0 ${process.pid}; echo code=$?; kill -0 ${process.ppid}; echo code=$?`)
    expect(stdout).toBe('code=1\ncode=1\n')
  })
  it('cannot trace what is outside', async () => {
    const done = await machine.sh(
      `strace -p ${process.pid} -o /dev/null 2>&1; gdb -p ${process.pid} -batch 2>&1; cat /proc/${process.pid}/environ 2>&1`,
    )
    expect(done.stdout).not.toContain('canary')
    expect(done.stdout).toMatch(/No such (process|file)/)
  })
  it('holds no capability and cannot gain one', async () => {
    const { stdout } = await machine.sh('grep -E "^(CapEff|CapPrm|CapBnd|CapInh|CapAmb|NoNewPrivs)" /proc/self/status')
    const none = 'CapInh CapPrm CapEff CapBnd CapAmb'.split(' ').map((name) => `${name}:\t0000000000000000`)
    expect(stdout.trim().split('\n')).toEqual([...none, 'NoNewPrivs:\t1'])
  })
  it('gains nothing by a setuid program', async () => {
    const line = 'cp /usr/bin/id ./id; chmod u+s ./id; ./id -u; cat /proc/self/mountinfo | grep -v nosuid | wc -l; su -c id nobody 2>&1; echo code=$?'
    const { stdout } = await machine.sh(line)
    expect(stdout).toMatch(new RegExp(`^${process.getuid?.() ?? 0}\\n0\\n[^]*code=[1-9]`))
  })
  it.each([
    ['a device node', 'mknod disk b 254 0'],
    ['a character device', 'mknod mem c 1 1'],
    ['a mount', 'mount -t tmpfs none /tmp'],
    ['a remount', 'mount -o remount,rw /usr'],
    ['a bind mount', 'mount --bind /usr /tmp'],
    ['an unmount', 'umount -l /tmp'],
    ['a user namespace', 'unshare -U true'],
    ['a mount namespace', 'unshare -m true'],
    ['another root', 'chroot / true'],
    ['a kernel setting', 'echo 1 > /proc/sys/vm/drop_caches'],
    ['the program the kernel starts for a crash', 'echo "|/bin/true" > /proc/sys/kernel/core_pattern'],
    ['the interrupts', 'echo 1 > /proc/irq/default_smp_affinity'],
    ['the magic keys', 'echo h > /proc/sysrq-trigger'],
    ['the clock', 'date -s 2001-01-01'],
    ['the host name', 'hostname evil'],
    ['the kernel log', 'dmesg'],
    ['the terminal', 'echo x > /dev/tty'],
    ['real priority', 'nice -n -5 true 2>&1 | grep . >&2 && false'],
  ])('cannot make or touch %s', async (_, line) => {
    const done = await machine.sh(line)
    expect(done.exitCode).not.toBe(0)
    expect(done.stderr).toMatch(/permitted|denied|Read-only|No space left|superuser|No such (device|file)|must be/i)
  })
  it('finds nothing in /proc that it could write, but for what belongs to its own processes', async () => {
    const line =
      "find /proc -maxdepth 6 ! -type d ! -type l ! -path '/proc/[0-9]*' 2>/dev/null | while read -r f; do (: >> $f) 2>/dev/null && echo $f; done; echo done"
    expect((await machine.sh(line)).stdout).toBe('done\n')
  })
  it('sees no disk, no memory device and nobody’s shared memory', async () => {
    const planted = `/dev/shm/lugh-${process.pid}`
    writeFileSync(planted, 'canary')
    const { stdout } = await machine.sh('ls /dev /dev/shm')
    rmSync(planted)
    expect(stdout.split(/\s+/).filter((name) => /^(vd|sd|nvme|mem|kmem|kmsg|fuse|loop|lugh-)/.test(name))).toEqual([])
  })
  it('is refused the key ring and the calls most ways out begin with, under any numbering', async () => {
    const names = process.arch === 'arm64' ? [219, 217, 218, 280, 241, 282, 425] : [250, 248, 249, 321, 298, 323, 425, 0x4000_0000 + 250]
    const script = `import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nfor n in ${JSON.stringify(names)}:\n  libc.syscall(n, 0, 0, 0, 0, 0)\n  print(ctypes.get_errno())`
    writeFileSync(join(machine.worktree, 'calls.py'), script)
    expect((await machine.sh('/usr/bin/python3 calls.py')).stdout.trim().split('\n')).toEqual(names.map(() => '1'))
  })
  it('inherits no descriptor of Lugh', async () => {
    const { stdout } = await machine.sh('for fd in /proc/self/fd/*; do readlink "$fd"; done')
    const open = stdout.split('\n').filter((target) => target !== '' && !/^\/dev\/null$|^\/proc\/|pipes-[^/]*\/[0-9a-f]+ \(deleted\)$/.test(target))
    expect(open).toEqual([])
  })
})

/** Where LUGH_HOME lies decides what has to be hidden and shown again. */
const layouts = [
  { where: 'all under the temporary directory', under: tmpdir(), lughIn: 'home' },
  { where: 'LUGH_HOME beside the home, in /var/tmp', under: '/var/tmp', lughIn: 'beside' },
  { where: 'all under the real home', under: homedir(), lughIn: 'home' },
] as const

describe.skipIf(skip).each(layouts)('writing, $where', ({ under, lughIn }) => {
  let machine: Machine
  beforeAll(async () => {
    machine = await plantMachine({ under, lughIn })
  })
  afterAll(() => machine.end())

  it('reaches the worktree, the home and the temporary directory of the command', async () => {
    const done = await machine.sh('echo 1 > ./a && echo 2 > ~/b && echo 3 > $TMPDIR/c && echo 4 > /tmp/d && cat ./a ~/b $TMPDIR/c /tmp/d')
    expect(done).toMatchObject({ exitCode: 0, stdout: '1\n2\n3\n4\n', stderr: '' })
    expect([readFileSync(join(machine.worktree, 'a'), 'utf8'), readFileSync(join(machine.taskHome, 'tmp/c'), 'utf8')]).toEqual(['1\n', '3\n'])
    expect(existsSync('/tmp/d')).toBe(false)
  })
  const places: [string, (m: Machine) => string][] = [
    ['the home of the person', (m) => join(m.personHome, 'pwned')],
    ['a new file for ssh', (m) => join(m.personHome, '.ssh/authorized_keys')],
    ['the shell’s start file', (m) => join(m.personHome, '.bashrc')],
    ['LUGH_HOME', (m) => join(m.lughHome, 'pwned')],
    ['the database', (m) => join(m.lughHome, 'db/base/1')],
    ['the worktree of another task', (m) => join(m.sibling, 'pwned')],
    ['the store', (m) => join(m.lughHome, 'projects/p/store.git/hooks/pre-commit')],
    ['beside the worktree', (m) => join(dirname(m.worktree), 'pwned')],
    ['the temporary directory of the host', (m) => join(dirname(m.personHome), 'pwned')],
    ['/etc', () => '/etc/lugh-pwned'],
    ['/usr', () => '/usr/bin/lugh-pwned'],
    ['the root', () => '/lugh-pwned'],
    ['/dev', () => '/dev/lugh-pwned'],
    ['/var', () => '/var/lugh-pwned'],
    ['/run', () => '/run/lugh-pwned'],
  ]
  it.each(places)('does not reach %s', async (_, where) => {
    const path = where(machine)
    const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
    await machine.sh(`echo pwned > '${path}'; mkdir -p '${dirname(path)}' && echo pwned > '${path}'`)
    expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(before)
  })
  it('is refused outright outside of temporary directories', async () => {
    const done = await machine.sh(
      'for f in /etc/x /usr/x /x /dev/x /var/x /run/x /proc/x /home/x; do (echo pwned > $f) 2>/dev/null && echo wrote $f; done; true',
    )
    expect(done.stdout).toBe('')
  })
  it('does not follow a link out of the worktree', async () => {
    const target = join(machine.lughHome, 'db/base/1')
    symlinkSync(target, join(machine.worktree, 'innocent.txt'))
    symlinkSync(machine.sibling, join(machine.worktree, 'folder'))
    const done = await machine.sh('echo pwned > innocent.txt; echo pwned > folder/x; cat innocent.txt folder/secret.txt; true')
    expect(done.stdout).toBe('')
    expect([readFileSync(target, 'utf8').includes('pwned'), existsSync(join(machine.sibling, 'x'))]).toEqual([false, false])
  })
  it('makes no hard link to what it may only read', async () => {
    const { stdout } = await machine.sh('ln /etc/passwd ./passwd 2>&1; ln /usr/bin/env ./env 2>&1; ls passwd env 2>/dev/null')
    expect(stdout).toMatch(/cross-device/i)
    expect(stdout).not.toMatch(/^(passwd|env)$/m)
  })
  it('does not reach a directory it was given for reading', async () => {
    const base = join(machine.lughHome, 'projects/p/base.git')
    const done = await machine.sh(`cat ${base}/config && echo pwned > ${base}/config`, { readable: [base] })
    expect(done.stdout).toContain(machine.canary)
    expect(done.stderr).toMatch(/Read-only file system/)
  })
  it('cannot move or remove its own worktree', async () => {
    const done = await machine.sh(
      `mv ${machine.worktree} ${machine.worktree}-2; rmdir ${machine.worktree}; cd /; rm -rf ${machine.worktree}/../sibling; true`,
    )
    expect(done.exitCode).toBe(0)
    expect([existsSync(machine.worktree), existsSync(join(machine.sibling, 'secret.txt'))]).toEqual([true, true])
  })
})

describe.skipIf(skip)('a mount that was swapped for a link', () => {
  it('is refused, and nothing runs', async () => {
    const path = join(machine.lughHome, 'worktrees/swapped')
    symlinkSync(machine.sibling, path)
    const attempt = machine.sh('cat secret.txt', { cwd: path, writable: [path] })
    await expect(attempt).rejects.toMatchObject({ code: 'sandbox.failed', message: expect.stringContaining('reached by a link') })
  })
  it.each(['personHome', 'lughHome'] as const)('nor is %s ever opened whole', async (which) => {
    await expect(machine.sh('true', { writable: [machine[which]] })).rejects.toMatchObject({ code: 'sandbox.failed' })
    await expect(machine.sh('true', { readable: [dirname(machine.personHome)] })).rejects.toMatchObject({ code: 'sandbox.failed' })
    await expect(machine.sh('true', { readable: ['/'] })).rejects.toMatchObject({ code: 'sandbox.failed' })
  })
  it('a directory that is not there is an error, not an empty one', async () => {
    await expect(machine.sh('true', { writable: [join(machine.lughHome, 'worktrees/none')] })).rejects.toMatchObject({ code: 'sandbox.failed' })
  })
})

describe.skipIf(skip).each(layouts)('secrets, $where', ({ under, lughIn }) => {
  let machine: Machine
  beforeAll(async () => {
    machine = await plantMachine({ under, lughIn })
  })
  afterAll(() => machine.end())

  it('are not readable where they lie', async () => {
    const paths = [...HOME_SECRETS.map((path) => join(machine.personHome, path)), ...LUGH_SECRETS.map((path) => join(machine.lughHome, path))]
    expect(readFileSync(paths[0] ?? '', 'utf8')).toContain(machine.canary)
    const done = await machine.sh(`cat ${paths.map((path) => `'${path}'`).join(' ')}; true`)
    expect(done.stdout).toBe('')
    expect(done.stderr.split('\n').filter((line) => line.includes('No such file'))).toHaveLength(paths.length)
  })
  it('are in no file that can be found', async () => {
    writeFileSync(join(machine.worktree, 'bait.txt'), machine.canary)
    const { stdout } = await machine.sh(`grep -rlsF ${machine.canary} / --exclude-dir=proc --exclude-dir=usr; true`)
    expect(stdout).toBe(`${machine.worktree}/bait.txt\n`)
  })
  it('of the machine are out of sight', async () => {
    const { stdout } = await machine.sh(
      'cat /etc/shadow /etc/gshadow /etc/ssh/* /etc/ssl/private/* /etc/npmrc /etc/gitconfig /root/.npmrc /root/.gitconfig 2>/dev/null; true',
    )
    expect(stdout).toBe('')
  })
  it('named by the caller are hidden even inside the worktree', async () => {
    mkdirSync(join(machine.worktree, 'keys'))
    writeFileSync(join(machine.worktree, 'keys/one'), machine.canary)
    writeFileSync(join(machine.worktree, 'token'), machine.canary)
    const other = await plantMachine({ secrets: [join(machine.worktree, 'keys'), join(machine.worktree, 'token')] })
    const attack = 'cat keys/one token; echo x > token; echo x > keys/two; ls -A keys | grep -v one'
    const done = await other.sh(attack, { cwd: machine.worktree, writable: [machine.worktree] })
    await other.end()
    expect(done.stdout).toBe('')
    expect([readFileSync(join(machine.worktree, 'token'), 'utf8'), readdirSync(join(machine.worktree, 'keys'))]).toEqual([machine.canary, ['one']])
  })
  it('of the environment stay outside: these variables and no others', async () => {
    const { stdout } = await machine.sh('cat /proc/self/environ | tr "\\0" "\\n" | sort', {
      env: { LUGH_TOKEN: 'no', RUN_TOKEN: 'given', LD_PRELOAD: '/evil.so', NODE_OPTIONS: '-r /evil' },
    })
    const variables = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
    expect(variables).toEqual({
      CI: 'true',
      HOME: machine.taskHome,
      LANG: 'C.UTF-8',
      PATH: expect.stringMatching(/\/usr\/bin/),
      PWD: machine.worktree,
      RUN_TOKEN: 'given',
      SHLVL: expect.any(String),
      TERM: 'dumb',
      TMPDIR: join(machine.taskHome, 'tmp'),
      _: expect.any(String),
    })
  })
  it('of the environment are not in what the host shows of the command', async () => {
    const token = `token-${machine.canary}`
    const seen: string[] = []
    await machine.sh('echo ready; sleep 0.3', {
      env: { RUN_TOKEN: token },
      onOutput: () => {
        const lines = readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .map((pid) => commandLine(pid))
        seen.push(...lines.filter((line) => line.includes('bwrap')))
      },
    })
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter((line) => line.includes(token))).toEqual([])
  })
})

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
