/** Puts the room together: probe, view, limits → the port. Never runs an agent's command bare when walls were promised. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LughError } from '#core'
import { bareWalls } from './bare-walls.ts'
import { type ControlGroups, findControlGroups } from './control-groups.ts'
import { MARK, sandboxedEnvironment, trustedEnvironment } from './environment.ts'
import { bareKin, homeMark, killMarked, ownAncestors } from './kin.ts'
import {
  GROUP_LIMITS,
  type GroupLimits,
  HARD_OUTPUT_BYTES,
  kernelTasks,
  LASTING_OUTPUT_BYTES,
  SANDBOXED_OUTPUT_BYTES,
  TIMEOUT_MS,
  TRUSTED_OUTPUT_BYTES,
} from './limits.ts'
import { createLauncher } from './launcher.ts'
import { type LinuxParts, linuxWalls } from './linux-walls.ts'
import { type Gate, isSeenInside, openGate } from './network/index.ts'
import type { SandboxOptions } from './options.ts'
import { realPath } from './paths.ts'
import { createPipes, removeEarlier } from './pipes.ts'
import type {
  Finished,
  NetworkAccess,
  NetworkStatus,
  ProcessBound,
  Sandbox,
  SandboxedCommand,
  SandboxStatus,
  TrustedCommand,
  TrustedResult,
} from './port.ts'
import { findProgram, installCommand, type NoWalls, probeBubblewrap } from './probe.ts'
import { type Ended, type Job, runJob } from './running.ts'
import { macWalls, probeSeatbelt } from './seatbelt.ts'
import { findToolchains, type Toolchains } from './toolchains.ts'
import { type Ground, spaceError, systemView } from './view.ts'
import { userLimitBinds } from './user-limit.ts'
import type { Walls } from './walls.ts'
import { createWatcher, type Watcher } from './watcher.ts'

const SWITCHED_OFF: NoWalls = { ok: false, why: 'the sandbox is switched off (LUGH_SANDBOX=off)', fix: 'Set LUGH_SANDBOX=auto.' }

/**
 * Answers the sandbox of one LUGH_HOME, after proving that its walls stand (all in all about 50 ms). Throws `sandbox.missing` when
 * they do not and the mode is `required`, `disk.full` when there is no room for its directory.
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const emptyHome = makeEmptyHome(options.home)
  const pipes = createPipes(join(options.home, 'sandbox'))
  const limits = { ...GROUP_LIMITS, ...options.limits }
  const watcher = createWatcher(limits)
  const life = randomBytes(6).toString('hex')
  const sockets = join(options.home, 'sandbox', `net-${life}`)
  const toolchains = findToolchains(options.host.path, options.host.home, options.home)
  const { status: raised, walls } = await raiseWalls(options, toolchains, { watcher, sockets })
  const groups = await findControlGroups(life, kernelTasks(limits))
  const status: SandboxStatus = raised.walls === 'up' ? { ...raised, processes: processBound(groups) } : raised
  const launcher = createLauncher()
  options.log.info({ ...status, mode: options.mode }, 'sandbox.status')
  const home = homeMark(realPath(options.home) ?? options.home)
  const closing = new AbortController()
  const running = new Set<Promise<Ended>>()
  let count = 0

  const run = async (job: Omit<Job, 'signal'>, signal: AbortSignal | undefined): Promise<Ended> => {
    const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
    const ended = runJob({ ...job, start: launcher.start, signal: either })
    running.add(ended)
    return ended.finally(() => running.delete(ended))
  }
  const nextMark = (): string => `${home}.${life}.${++count}.`

  return {
    status,
    environment: sandboxedEnvironment({ path: toolchains.path, lang: options.host.lang, home: '', tmp: '', toolchains: toolchains.env, given: {} }),
    trusted: (command) => {
      const mark = nextMark()
      const env = { ...trustedEnvironment(options.host, emptyHome, command.env ?? {}, command.credentials ?? false), [MARK]: mark }
      return run(trustedJob(command, env, mark), command.signal).then(trustedResult)
    },
    run: async (command) => {
      const mark = nextMark()
      const { judge, end, ...prepared } = await walls.prepare(command, mark)
      const group = groups?.open()
      const confinement = { processes: limits.processes, group }
      const ended = await run({ ...walledJob(command), ...prepared, confinement, pipes }, command.signal)
        .catch(async (error: unknown) => {
          await end?.()
          throw error
        })
        .finally(() => (group === undefined ? undefined : groups?.remove(group)))
      const traffic = await end?.()
      judge?.(ended)
      return { ...finished(ended), ...(traffic === undefined ? {} : { traffic }) }
    },
    sweep: async () => {
      await pipes.sweep()
      await removeEarlier(join(options.home, 'sandbox'), 'net-', sockets)
      const killed = sweep(home, life)
      groups?.sweep()
      return killed
    },
    close: async () => {
      closing.abort()
      await Promise.allSettled(running)
      await launcher.close()
      watcher.close()
      await groups?.close()
      await pipes.close()
      await walls.close()
      await rm(sockets, { recursive: true, force: true })
    },
  }
}

function makeEmptyHome(lughHome: string): string {
  const path = join(lughHome, 'sandbox', 'no-home')
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  } catch (error) {
    throw spaceError(error) ?? error
  }
}

/** The strongest that holds; the weaker ones are there too. */
function processBound(groups: ControlGroups | undefined): ProcessBound {
  if (process.platform !== 'linux') return 'none' // no /proc to count in
  if (groups !== undefined) return 'control-group'
  return userLimitBinds() ? 'user-limit' : 'counted'
}

type Unbound<Status> = Status extends { readonly processes: ProcessBound } ? Omit<Status, 'processes'> : Status
type Raised = { status: Unbound<SandboxStatus>; walls: Walls }
type Inside = { readonly watcher: Watcher; readonly sockets: string }

async function raiseWalls(options: SandboxOptions, toolchains: Toolchains, inside: Inside): Promise<Raised> {
  const limits = { ...GROUP_LIMITS, ...options.limits }
  const raised = options.mode === 'off' ? SWITCHED_OFF : await raise(options, groundOf(options, toolchains), limits, inside)
  if (!('ok' in raised)) return raised
  if (options.mode === 'required')
    throw new LughError('sandbox.missing', `Lugh needs its sandbox and has none: ${raised.why}. ${raised.fix}`, { detail: 'LUGH_SANDBOX=required' })
  return { status: { walls: 'none', why: raised.why, fix: raised.fix }, walls: bareWalls(toolchains, options.host.lang, limits, inside.watcher) }
}

function groundOf(options: SandboxOptions, toolchains: Toolchains): Ground {
  // Whatever Lugh takes from it: where it was started may lie a file with keys.
  const secrets = [...(options.secrets ?? []), join(process.cwd(), '.env')]
  return { lughHome: options.home, personHome: options.host.home, secrets, toolchains, system: systemView() }
}

async function raise(options: SandboxOptions, ground: Ground, limits: GroupLimits, inside: Inside): Promise<Raised | NoWalls> {
  const { lang, path } = options.host
  if (process.platform === 'darwin') {
    const trouble = await probeSeatbelt(ground, limits, join(options.home, 'sandbox', 'no-home'))
    return trouble ?? { status: { walls: 'up', how: 'seatbelt', network: NO_WAY_ON_MAC }, walls: macWalls(ground, lang, limits) }
  }
  const probe = await probeBubblewrap(path)
  if (!probe.ok) return probe
  const { abilities, version } = probe
  const { network, way } = wayOut(options, inside)
  return {
    status: { walls: 'up', how: `bubblewrap ${version}`, network },
    walls: linuxWalls({ abilities, ground, lang, limits, watcher: inside.watcher, ...(way === undefined ? {} : { way }) }),
  }
}

const NO_WAY_ON_MAC: NetworkStatus = { ok: false, why: 'on macOS commands have no network yet', fix: 'Install what a task needs yourself.' }

/** Found by its name in the system's own directories: anything else would not be seen inside. */
function wayOut(options: SandboxOptions, { sockets }: Inside): { network: NetworkStatus; way?: LinuxParts['way'] } {
  const socat = findProgram('socat', '')
  if (socat === undefined || !isSeenInside(socat))
    return { network: { ok: false, why: 'socat is not installed', fix: installCommand().replace('bubblewrap', 'socat') } }
  const lookup = options.lookup === undefined ? {} : { lookup: options.lookup }
  const open = ({ internal = new Map(), ...access }: NetworkAccess): Promise<Gate> => openGate({ directory: sockets, ...access, internal, ...lookup })
  return { network: { ok: true }, way: { socat, open } }
}

/** What of a job the command itself decides, within the caps. */
function walledJob({
  limits,
  stdin,
  onOutput,
  talk,
  lasting,
}: SandboxedCommand): Pick<Job, 'stdin' | 'onOutput' | 'talk' | 'timeoutMs' | 'outputBytes' | 'hardOutputBytes' | 'expendable'> {
  const { timeoutMs = TIMEOUT_MS, outputBytes = SANDBOXED_OUTPUT_BYTES } = limits ?? {}
  const hardOutputBytes = lasting === true ? LASTING_OUTPUT_BYTES : HARD_OUTPUT_BYTES
  return { expendable: true, stdin, onOutput, talk, timeoutMs, outputBytes, hardOutputBytes }
}

function trustedJob(command: TrustedCommand, env: Readonly<Record<string, string>>, mark: string): Omit<Job, 'signal'> {
  const { timeoutMs = TIMEOUT_MS, outputBytes = TRUSTED_OUTPUT_BYTES } = command.limits ?? {}
  const raw = command.raw ?? false
  return {
    argv: command.argv,
    cwd: command.cwd,
    env,
    stdin: command.stdin,
    onStdout: command.onStdout,
    timeoutMs,
    outputBytes,
    // Raw bytes with a hole in the middle are of no use: beyond what was asked for there is nothing to wait for.
    hardOutputBytes: raw ? outputBytes : Math.max(outputBytes, HARD_OUTPUT_BYTES),
    headOnly: raw,
    kin: bareKin(mark),
  }
}

function trustedResult(ended: Ended): TrustedResult {
  return { ...finished(ended), raw: ended.raw }
}

function finished({ raw: _raw, status: _status, ...ended }: Ended): Finished {
  return ended
}

/** Kills what an earlier life of this LUGH_HOME left. Neither this life's processes nor those it was itself started by. */
function sweep(home: string, life: string): number {
  const spared = ownAncestors()
  return killMarked(`${home}.`, { spare: (value, pid) => value.startsWith(`${home}.${life}.`) || spared.has(pid) })
}
