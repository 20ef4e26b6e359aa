/**
 * The walls on Linux: one bubblewrap command line, every flag with its reason. Never lets a flag be chosen by what a
 * repository or a model says; only paths and the environment come from outside, and those come from Lugh's callers.
 *
 * Why bubblewrap itself and not `@anthropic-ai/sandbox-runtime` here (which builds a bubblewrap line too, and is used on macOS):
 * - a command took 118 ms through it (bridges for a proxy that is off, a ripgrep walk for its own deny list), 23 ms through this, and
 *   7 ms through the barest bubblewrap line (medians on one busy machine of two cores);
 * - it starts from the whole disk read-only and hides what it is told of; this starts from nothing and shows what is needed;
 * - its deny list is relative to Lugh's own working directory, not the command's, and puts twelve empty files there while commands run; an agent's `.vscode/settings.json` is data here, shown in the diff like every other file;
 * - its state (cleanup counter, proxies) is one per process, and commands with different mounts run side by side here.
 */
import { existsSync } from 'node:fs'
import { assertNever } from '#core'
import { SHM_BYTES, TMPFS_BYTES } from './limits.ts'
import { seccompFilter } from './seccomp.ts'
import type { Mount } from './view.ts'

export type BubblewrapAbilities = {
  readonly path: string
  /** `--size` came with 0.7, `--disable-userns` with 0.8. */
  readonly sizedTmpfs: boolean
  readonly disableUserns: boolean
}

/**
 * The arguments, to be written NUL-separated to the descriptor of `--args`: on the command line every user of the host
 * could read the environment in `ps`.
 */
export function bubblewrapArguments(input: {
  abilities: BubblewrapAbilities
  view: readonly Mount[]
  cwd: string
  env: Readonly<Record<string, string>>
}): string[] {
  return [...namespaceFlags(input.abilities), ...rootFlags(input.abilities, input.view), ...processFlags(input.cwd, input.env)]
}

/** How bubblewrap is called with these arguments: its status on descriptor 3, the arguments on 4, the filter on 5. */
export function bubblewrapCall(
  abilities: BubblewrapAbilities,
  args: readonly string[],
  command: readonly string[],
): { argv: [string, ...string[]]; letters: (string | Uint8Array)[] } {
  return {
    argv: [abilities.path, '--json-status-fd', '3', '--args', '4', '--seccomp', '5', '--', ...command],
    letters: [args.map((word) => `${word}\0`).join(''), seccompFilter()],
  }
}

function namespaceFlags(abilities: BubblewrapAbilities): string[] {
  return [
    '--unshare-user', // rights over the mounts exist only inside, also when Lugh runs as root
    ...(abilities.disableUserns ? ['--disable-userns'] : []), // no second user namespace: the kernel's largest attack surface stays shut
    '--unshare-pid', // others cannot be seen or signalled, and when the first process dies the kernel kills all that is left
    '--unshare-net', // no interface but a loopback of its own; abstract unix sockets of the host are out of reach too
    '--unshare-ipc', // no shared memory or message queues with others
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--hostname',
    'localhost', // the host's name is nobody's business, and programs want their own to have an address
    '--die-with-parent', // Lugh killed: the walls and all within them die
    '--new-session', // no terminal to type into (TIOCSTI)
    '--cap-drop',
    'ALL', // as root bubblewrap would keep some
  ]
}

/** What the kernel tells root (and so Lugh run as root) about the whole machine. The list of container engines, and the boot line, which may hold keys. */
const KERNEL_FILES = 'kcore keys key-users timer_list sched_debug latency_stats kmsg vmallocinfo slabinfo interrupts cmdline kallsyms mtrr'
  .split(' ')
  .map((name) => `/proc/${name}`)
  .filter((path) => existsSync(path))

function rootFlags(abilities: BubblewrapAbilities, view: readonly Mount[]): string[] {
  const tmpfs = (path: string, bytes: number): string[] => [...(abilities.sizedTmpfs ? ['--size', String(bytes)] : []), '--tmpfs', path]
  return [
    ['--proc', '/proc'], // of the own PID namespace only
    ...KERNEL_FILES.map((path) => ['--ro-bind', '/dev/null', path]),
    // Bubblewrap leaves /proc/sys writable to its owner, and Lugh as root is that: core_pattern alone would be a way out.
    ['--remount-ro', '/proc'],
    ['--dev', '/dev'], // null, zero, full, random, urandom, tty: no disks
    tmpfs('/dev/shm', SHM_BYTES), // memory: capped, since no process's own size shows it
    ['--remount-ro', '/dev'],
    ['--perms', '1777', ...tmpfs('/tmp', TMPFS_BYTES)], // for what insists on /tmp; TMPDIR is on disk and lasts from command to command
    // A directory of its own and no link to /tmp: what lies below it must have the same real path inside as outside.
    ['--perms', '1777', ...tmpfs('/var/tmp', TMPFS_BYTES)],
    ['--dir', '/etc', '--dir', '/run', '--dir', '/var', '--dir', '/home'], // empty, for those who look whether they are there
    ...view.map(mountFlags),
    ...view.map((mount) => (mount.kind === 'hide-directory' ? ['--remount-ro', mount.to] : [])),
    ['--remount-ro', '/'], // the empty root is memory too: nothing may be written between the mounts
  ].flat()
}

function mountFlags(mount: Mount): string[] {
  switch (mount.kind) {
    case 'read':
      return ['--ro-bind', mount.from, mount.to]
    case 'write':
      return ['--bind', mount.from, mount.to]
    case 'link':
      return ['--symlink', mount.from, mount.to]
    case 'hide-directory':
      return ['--tmpfs', mount.to]
    case 'hide-file':
      return ['--ro-bind', '/dev/null', mount.to]
    default:
      return assertNever(mount)
  }
}

function processFlags(cwd: string, env: Readonly<Record<string, string>>): string[] {
  return ['--chdir', cwd, '--clearenv', ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value])]
}
