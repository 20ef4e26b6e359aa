/** Finds out, by doing it, whether walls can be put up on this machine, and if not, what would have to be done. */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { bubblewrapArguments, bubblewrapCall, type BubblewrapAbilities } from './bubblewrap.ts'
import { groupKin } from './kin.ts'
import { runJob } from './running.ts'
import { settingAt } from './setting.ts'
import { systemView } from './view.ts'

export type Probe = { readonly ok: true; readonly abilities: BubblewrapAbilities; readonly version: string } | NoWalls
export type NoWalls = { readonly ok: false; readonly why: string; readonly fix: string }

/** A machine under full load took 300 ms for what takes 15 ms; beyond this the walls are of no use anyway. */
const PROBE_TIMEOUT_MS = 5_000

/** The oldest that knows `--clearenv` and `--perms`. */
const OLDEST = [0, 5] as const

/** Starts `true` behind the very walls commands get: kernels and containers may forbid any part of them. Never throws. */
export async function probeBubblewrap(hostPath: string): Promise<Probe> {
  const path = findProgram('bwrap', hostPath)
  if (path === undefined) return { ok: false, why: 'bubblewrap is not installed', fix: installCommand() }
  const version = await versionOf(path)
  if (version === undefined || isBefore(version, OLDEST))
    return { ok: false, why: `bubblewrap at ${path} is older than ${OLDEST.join('.')}`, fix: installCommand() }
  const abilities = { path, sizedTmpfs: !isBefore(version, [0, 7]), disableUserns: !isBefore(version, [0, 8]) }
  const trouble = await tryWalls(abilities)
  if (trouble === undefined) return { ok: true, abilities, version: version.join('.') }
  // A kernel that allows one user namespace may forbid to close the door behind it; the walls stand without that too.
  const plainer = { ...abilities, disableUserns: false }
  if (abilities.disableUserns && (await tryWalls(plainer)) === undefined) return { ok: true, abilities: plainer, version: version.join('.') }
  return { ok: false, why: `bubblewrap cannot start here: ${trouble}`, fix: fixFor() }
}

/** Where a program is on PATH, or in the usual places. */
export function findProgram(name: string, hostPath: string): string | undefined {
  return [...hostPath.split(':'), '/usr/local/bin', '/usr/bin', '/bin'].map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  if (!path.startsWith('/')) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // absence is the answer asked for
  }
}

async function versionOf(path: string): Promise<number[] | undefined> {
  const stdout = await new Promise<string>((resolve) => {
    execFile(path, ['--version'], { env: {}, cwd: '/', timeout: PROBE_TIMEOUT_MS, killSignal: 'SIGKILL' }, (_error, said) => resolve(said))
  })
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout)
  return found === null ? undefined : found.slice(1).map((part) => Number(part ?? 0))
}

function isBefore(version: readonly number[], other: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version
  return major < other[0] || (major === other[0] && minor < other[1])
}

/** The trouble in bubblewrap's words, or undefined when it worked. */
async function tryWalls(abilities: BubblewrapAbilities): Promise<string | undefined> {
  const args = bubblewrapArguments({ abilities, view: systemView(), cwd: '/', env: { PATH: '/usr/bin:/bin' } })
  const { argv, letters } = bubblewrapCall(abilities, args, ['/bin/sh', '-c', ':'])
  const job = { argv, letters, cwd: '/', env: {}, kin: groupKin, timeoutMs: PROBE_TIMEOUT_MS, outputBytes: 4096, hardOutputBytes: 65_536 }
  const { exitCode, stderr } = await runJob(job)
  return exitCode === 0 ? undefined : stderr.trim().split('\n')[0]?.slice(0, 200) || 'it was stopped'
}

const INSTALL: readonly (readonly [RegExp, string])[] = [
  [/\b(debian|ubuntu)\b/, 'sudo apt install bubblewrap'],
  [/\b(fedora|rhel|centos)\b/, 'sudo dnf install bubblewrap'],
  [/\barch\b/, 'sudo pacman -S bubblewrap'],
  [/\balpine\b/, 'sudo apk add bubblewrap'],
  [/\b(suse|opensuse)\b/, 'sudo zypper install bubblewrap'],
]

/** The exact command for this distribution. `osRelease`: the text of /etc/os-release. */
export function installCommand(osRelease: string = settingAt('/etc/os-release')): string {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].map((match) => match[1]).join(' ')
  return INSTALL.find(([pattern]) => pattern.test(ids))?.[1] ?? 'Install the package "bubblewrap" with your package manager.'
}

/** What forbids user namespaces on this kernel, and the command that allows them. */
export function fixFor(setting: (path: string) => string = (path) => settingAt(path).trim(), inContainer: boolean = isContainer()): string {
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1')
    return 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (and the same line in /etc/sysctl.d/60-lugh.conf to keep it)'
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0')
    return 'sudo sysctl -w kernel.unprivileged_userns_clone=1 (and the same line in /etc/sysctl.d/60-lugh.conf to keep it)'
  if (setting('/proc/sys/user/max_user_namespaces') === '0') return 'sudo sysctl -w user.max_user_namespaces=15000'
  if (inContainer)
    return 'Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.'
  return `Try it by hand: bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev true`
}

function isContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv')
}
