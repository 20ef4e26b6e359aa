/** Puts the room together: probe, view, limits → the port. Never runs an agent's command bare when walls were promised. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LughError } from '#core'
import { bareWalls } from './bare-walls.ts'
import { MARK, trustedEnvironment } from './environment.ts'
import { bareKin, homeMark, killMarked, ownAncestors } from './kin.ts'
import { GROUP_LIMITS, HARD_OUTPUT_BYTES, SANDBOXED_OUTPUT_BYTES, TIMEOUT_MS, TRUSTED_OUTPUT_BYTES } from './limits.ts'
import { linuxWalls } from './linux-walls.ts'
import type { SandboxOptions } from './options.ts'
import { realPath } from './paths.ts'
import type { Finished, Sandbox, SandboxStatus, TrustedCommand, TrustedResult } from './port.ts'
import { type NoWalls, probeBubblewrap } from './probe.ts'
import { type Ended, type Job, runJob } from './running.ts'
import { findToolchains } from './toolchains.ts'
import { spaceError, systemView } from './view.ts'
import type { Walls } from './walls.ts'
import { createWatcher, type Watcher } from './watcher.ts'

const SWITCHED_OFF: NoWalls = { ok: false, why: 'the sandbox is switched off (LUGH_SANDBOX=off)', fix: 'Set LUGH_SANDBOX=auto.' }

/**
 * Answers the sandbox of one LUGH_HOME, after proving (about 20 ms) that its walls stand. Throws `sandbox.missing` when
 * they do not and the mode is `required`, `disk.full` when there is no room for its directory.
 */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const emptyHome = makeEmptyHome(options.home)
  const limits = { ...GROUP_LIMITS, ...options.limits }
  const watcher = createWatcher(limits)
  const { status, walls } = await raiseWalls(options, watcher)
  options.log.info({ ...status, mode: options.mode }, 'sandbox.status')
  const home = homeMark(realPath(options.home) ?? options.home)
  const life = randomBytes(6).toString('hex')
  const closing = new AbortController()
  const running = new Set<Promise<Ended>>()
  let count = 0

  const run = async (job: Omit<Job, 'signal'>, signal: AbortSignal | undefined): Promise<Ended> => {
    const either = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal])
    const ended = runJob({ ...job, signal: either })
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
      const ended = await run({ ...prepared, stdin, onOutput, timeoutMs, outputBytes, hardOutputBytes: HARD_OUTPUT_BYTES }, command.signal)
      judge?.(ended)
      return finished(ended)
    },
    sweep: () => Promise.resolve(sweep(home, life)),
    close: async () => {
      closing.abort()
      await Promise.allSettled(running)
      watcher.close()
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
  const toolchains = findToolchains(options.host.path, options.host.home, options.home)
  const probe = options.mode === 'off' ? SWITCHED_OFF : await probeBubblewrap(options.host.path)
  if (probe.ok) {
    const secrets = [...(options.secrets ?? []), join(process.cwd(), '.env')]
    const ground = { lughHome: options.home, personHome: options.host.home, secrets, toolchains, system: systemView() }
    const walls = linuxWalls(probe.abilities, ground, options.host.lang, limits, watcher)
    return { status: { walls: 'up', how: `bubblewrap ${probe.version}` }, walls }
  }
  if (options.mode === 'required')
    throw new LughError('sandbox.missing', `Lugh needs its sandbox and has none: ${probe.why}. ${probe.fix}`, { detail: 'LUGH_SANDBOX=required' })
  const walls = bareWalls(toolchains, options.host.lang, limits, watcher)
  return { status: { walls: 'none', why: probe.why, fix: probe.fix }, walls }
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
  return killMarked(`${home}.`, (value, pid) => value.startsWith(`${home}.${life}.`) || spared.has(pid))
}
