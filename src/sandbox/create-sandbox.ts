/** Puts the room together: probe, view, limits → the port. Never runs an agent's command bare when walls were promised. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LughError } from '#core'
import { bareWalls } from './bare-walls.ts'
import { MARK, trustedEnvironment } from './environment.ts'
import { bareKin, homeMark, killMarked, ownAncestors } from './kin.ts'
import { GROUP_LIMITS, type GroupLimits, HARD_OUTPUT_BYTES, SANDBOXED_OUTPUT_BYTES, TIMEOUT_MS, TRUSTED_OUTPUT_BYTES } from './limits.ts'
import { createLauncher } from './launcher.ts'
import { linuxWalls } from './linux-walls.ts'
import type { SandboxOptions } from './options.ts'
import { realPath } from './paths.ts'
import { createPipes } from './pipes.ts'
import type { Finished, Sandbox, SandboxStatus, TrustedCommand, TrustedResult } from './port.ts'
import { type NoWalls, probeBubblewrap } from './probe.ts'
import { type Ended, type Job, runJob } from './running.ts'
import { macWalls, probeSeatbelt } from './seatbelt.ts'
import { findToolchains, type Toolchains } from './toolchains.ts'
import { type Ground, spaceError, systemView } from './view.ts'
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
  const { status, walls } = await raiseWalls(options, watcher)
  const launcher = createLauncher()
  options.log.info({ ...status, mode: options.mode }, 'sandbox.status')
  const home = homeMark(realPath(options.home) ?? options.home)
  const life = randomBytes(6).toString('hex')
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
    trusted: (command) => {
      const mark = nextMark()
      const env = { ...trustedEnvironment(options.host, emptyHome, command.env ?? {}, command.credentials ?? false), [MARK]: mark }
      return run(trustedJob(command, env, mark), command.signal).then(trustedResult)
    },
    run: async (command) => {
      const mark = nextMark()
      const { judge, ...prepared } = await walls.prepare(command, mark)
      const { timeoutMs = TIMEOUT_MS, outputBytes = SANDBOXED_OUTPUT_BYTES } = command.limits ?? {}
      const { stdin, onOutput } = command
      const job = { ...prepared, pipes, expendable: true, stdin, onOutput, timeoutMs, outputBytes, hardOutputBytes: HARD_OUTPUT_BYTES }
      const ended = await run(job, command.signal)
      judge?.(ended)
      return finished(ended)
    },
    sweep: async () => {
      await pipes.sweep()
      return sweep(home, life)
    },
    close: async () => {
      closing.abort()
      await Promise.allSettled(running)
      await launcher.close()
      watcher.close()
      await pipes.close()
      await walls.close()
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

async function raiseWalls(options: SandboxOptions, watcher: Watcher): Promise<{ status: SandboxStatus; walls: Walls }> {
  const limits = { ...GROUP_LIMITS, ...options.limits }
  const { host, home } = options
  const toolchains = findToolchains(host.path, host.home, home)
  const raised = options.mode === 'off' ? SWITCHED_OFF : await raise(options, groundOf(options, toolchains), limits, watcher)
  if (!('ok' in raised)) return raised
  if (options.mode === 'required')
    throw new LughError('sandbox.missing', `Lugh needs its sandbox and has none: ${raised.why}. ${raised.fix}`, { detail: 'LUGH_SANDBOX=required' })
  return { status: { walls: 'none', why: raised.why, fix: raised.fix }, walls: bareWalls(toolchains, host.lang, limits, watcher) }
}

function groundOf(options: SandboxOptions, toolchains: Toolchains): Ground {
  // Lugh's own settings, with its keys, lie where it was started.
  const secrets = [...(options.secrets ?? []), join(process.cwd(), '.env')]
  return { lughHome: options.home, personHome: options.host.home, secrets, toolchains, system: systemView() }
}

async function raise(
  options: SandboxOptions,
  ground: Ground,
  limits: GroupLimits,
  watcher: Watcher,
): Promise<{ status: SandboxStatus; walls: Walls } | NoWalls> {
  const { lang, path } = options.host
  if (process.platform === 'darwin') {
    const trouble = await probeSeatbelt(ground, limits, join(options.home, 'sandbox', 'no-home'))
    return trouble ?? { status: { walls: 'up', how: 'seatbelt' }, walls: macWalls(ground, lang, limits) }
  }
  const probe = await probeBubblewrap(path)
  if (!probe.ok) return probe
  return { status: { walls: 'up', how: `bubblewrap ${probe.version}` }, walls: linuxWalls(probe.abilities, ground, lang, limits, watcher) }
}

function trustedJob(command: TrustedCommand, env: Readonly<Record<string, string>>, mark: string): Omit<Job, 'signal'> {
  const { timeoutMs = TIMEOUT_MS, outputBytes = TRUSTED_OUTPUT_BYTES } = command.limits ?? {}
  const raw = command.raw ?? false
  return {
    argv: command.argv,
    cwd: command.cwd,
    env,
    stdin: command.stdin,
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
