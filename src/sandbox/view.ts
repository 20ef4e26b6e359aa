/**
 * What a sandboxed command sees of the disk: an empty root into which system directories, toolchains and the named
 * directories are put. Nothing is visible because somebody forgot to hide it.
 */
import { lstatSync, mkdirSync, readlinkSync, statSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { LughError } from '#core'
import { depth, isInside, realPath } from './paths.ts'
import { SYSTEM_ROOTS, type Toolchains } from './toolchains.ts'
import type { SandboxedCommand } from './port.ts'

/** One thing put into the root. Later ones lie over earlier ones. */
export type Mount =
  | { readonly kind: 'read' | 'write'; readonly from: string; readonly to: string }
  | { readonly kind: 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'hide-directory' | 'hide-file'; readonly to: string }

/**
 * Of /etc, what programs need to run; none of it is secret. Everything else (shadow, ssh host keys, VPN and database
 * configuration, npmrc and gitconfig of the host) stays out, which matters because root, and so Lugh run as root, could read it.
 * Kept short: each mount costs 0.17 ms of every command.
 */
const ETC = `
  passwd group nsswitch.conf hosts host.conf resolv.conf services protocols ld.so.cache alternatives os-release
  localtime timezone locale.alias locale.conf default/locale ssl/certs ssl/openssl.cnf pki/tls/certs pki/ca-trust/extracted pki/java
  crypto-policies mime.types magic fonts mtab perl python3 python3.11 python3.12 python3.13 php java-17-openjdk java-21-openjdk maven dotnet
`
  .trim()
  .split(/\s+/)

/** The part of the view that is the same for every command; made once, at start. */
export function systemView(): Mount[] {
  const roots = SYSTEM_ROOTS.flatMap((path) => systemMount(path))
  const etc = ETC.flatMap((name) => systemMount(join('/etc', name)))
  return [...roots, ...etc, { kind: 'link', from: '../run', to: '/var/run' }]
}

function systemMount(path: string): Mount[] {
  try {
    if (lstatSync(path).isSymbolicLink()) return [{ kind: 'link', from: readlinkSync(path), to: path }]
    return [{ kind: 'read', from: path, to: path }]
  } catch {
    return [] // not every system has every file
  }
}

export type Ground = {
  readonly lughHome: string
  /** HOME of the person. */
  readonly personHome: string
  readonly secrets: readonly string[]
  readonly toolchains: Toolchains
  readonly system: readonly Mount[]
}

/**
 * The whole view for one command, in the order it is to be put together. Makes `home` and its `tmp` when missing.
 * Throws `sandbox.failed` when a named directory is missing, is reached by a link inside LUGH_HOME (an agent could have
 * put it there), or would open LUGH_HOME or the person's home; `disk.full` when there is no room for `home`.
 */
export function viewFor(command: SandboxedCommand, ground: Ground): Mount[] {
  makeHome(command.home)
  const writable = [...command.writable, command.home].flatMap((path) => placesOf(path, 'write', ground))
  const readable = command.readable.flatMap((path) => placesOf(path, 'read', ground))
  const covered = [...writable, ...readable, ...ground.system].some((mount) => isInside(command.cwd, mount.to))
  const cwd = covered ? [] : placesOf(command.cwd, 'read', ground)
  const shown: Mount[] = ground.toolchains.readable.flatMap((path) => spellings(path).map((to) => ({ kind: 'read' as const, from: path, to })))
  const base = [...ground.system, ...shown]
  const over = [...shown, ...hides(ground, [...base, ...writable, ...readable, ...cwd]), ...cwd, ...readable, ...writable]
  // Parents before children; where two meet at one path the later in this list wins: shown < hidden < readable < writable.
  return [...ground.system, ...over.toSorted((a, b) => depth(a.to) - depth(b.to))]
}

/** Makes the home of a command and the `tmp` in it, open to nobody else. */
export function makeHome(home: string): void {
  try {
    mkdirSync(join(home, 'tmp'), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw (
      spaceError(error) ?? new LughError('sandbox.failed', 'The working directory of a command could not be made.', { cause: error, detail: home })
    )
  }
}

/** `disk.full` when that is what the error says. */
export function spaceError(error: unknown): LughError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined
  return new LughError('disk.full', 'The disk of the machine is full. Free some space and try again.', { cause: error, retryable: true })
}

function placesOf(path: string, kind: 'read' | 'write', ground: Ground): Mount[] {
  const real = isAbsolute(path) ? realPath(path) : undefined
  if (real === undefined) throw refusal(`no such directory: ${path}`)
  const lughHome = realPath(ground.lughHome) ?? ground.lughHome
  const roots = new Set([ground.lughHome, lughHome])
  for (const root of roots) {
    if (isInside(path, root) && real !== join(lughHome, relative(root, path))) throw refusal(`reached by a link: ${path}`)
  }
  for (const forbidden of [...roots, realPath(ground.personHome) ?? ground.personHome]) {
    if (isInside(forbidden, real) && forbidden !== '/') throw refusal(`would open ${forbidden}: ${path}`)
  }
  if (real === '/') throw refusal('would open the whole machine')
  return [...new Set([path, real])].map((to) => ({ kind, from: real, to }))
}

function refusal(detail: string): LughError {
  return new LughError('sandbox.failed', 'The sandbox would not hold, so nothing was run.', { detail })
}

function spellings(path: string): string[] {
  return [...new Set([path, realPath(path) ?? path])]
}

/** The ground to hide, as far as anything in the view would show it. */
function hides(ground: Ground, shown: readonly Mount[]): Mount[] {
  const wanted = [ground.personHome, ground.lughHome, ...ground.secrets, ...ground.toolchains.hidden].flatMap(spellings)
  const isShown = (path: string): boolean => shown.some(({ kind, to }) => kind !== 'link' && isInside(path, to))
  // A service user's HOME may be / or /usr: there is nothing to run without these, and nothing else of / is shown.
  const isSystem = (path: string): boolean => SYSTEM_ROOTS.some((root) => isInside(root, path))
  return [...new Set(wanted)].filter((path) => isShown(path) && !isSystem(path)).flatMap(hide)
}

function hide(to: string): Mount[] {
  try {
    return [{ kind: statSync(to).isDirectory() ? 'hide-directory' : 'hide-file', to }]
  } catch {
    return [] // nothing there, or nothing that this user could read
  }
}
