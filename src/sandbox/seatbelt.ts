/**
 * The walls on macOS: seatbelt by way of `@anthropic-ai/sandbox-runtime`, which keeps up with what each release of macOS needs.
 * Its network proxies are never started, so nothing is reachable, this machine's loopback included. Never used on Linux (see
 * bubblewrap.ts). Seatbelt has no namespaces: processes are ended by group and mark, and limits other than time and output do not bind.
 */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { LughError } from '#core'
import { MARK } from './environment.ts'
import { bareKin } from './kin.ts'
import type { GroupLimits } from './limits.ts'
import type { SandboxedCommand } from './port.ts'
import type { NoWalls } from './probe.ts'
import { runJob } from './running.ts'
import { type Ground, makeHome, viewFor } from './view.ts'
import { environmentFor, limitedArgv, type Walls } from './walls.ts'

type Literal = { path: string; literal: true }
const literal = (path: string): Literal => ({ path, literal: true })

/** Where people and programs keep data on a Mac; what a command may see of it is allowed again by name. */
const MAC_DATA = ['/Users', '/Volumes', '/private/tmp', '/private/var/folders', '/private/var/root', '/private/etc/ssh', '/opt', '/Library/Keychains']

/** What a command may read and write, as the runtime's file rules: the same view as on Linux, turned from "shown" to "denied but for". */
export function seatbeltRules(
  command: SandboxedCommand,
  ground: Ground,
): { denyRead: Literal[]; allowRead: Literal[]; allowWrite: Literal[]; denyWrite: Literal[] } {
  const view = viewFor(command, ground)
  const paths = (...kinds: readonly string[]): Literal[] => view.flatMap((mount) => (kinds.includes(mount.kind) ? [literal(mount.to)] : []))
  const hidden = [...MAC_DATA, ground.personHome, ground.lughHome, ...ground.secrets, ...ground.toolchains.hidden]
  return { denyRead: hidden.map(literal), allowRead: paths('read', 'write'), allowWrite: paths('write'), denyWrite: [] }
}

/** The words that run the command behind seatbelt. Throws `sandbox.failed` when the runtime cannot make a profile. */
export async function seatbeltArgv(
  command: SandboxedCommand,
  ground: Ground,
  env: Readonly<Record<string, string>>,
  limits: GroupLimits,
): Promise<[string, ...string[]]> {
  // Loaded only where it is used: 160 ms on Linux for nothing.
  const { SandboxManager } = await import('@anthropic-ai/sandbox-runtime')
  // The runtime points TMPDIR and a few tools at its own places; the environment made by hand is put back inside.
  const line = [['/usr/bin/env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)], limitedArgv(command.command, limits)]
  const inside = line.flat().map(quote).join(' ')
  const network = { allowedDomains: [], deniedDomains: [] }
  const filesystem = seatbeltRules(command, ground)
  try {
    const wrapped = await SandboxManager.wrapWithSandbox(`exec ${inside}`, '/bin/bash', { network, filesystem })
    return ['/bin/bash', '-c', `exec ${wrapped}`]
  } catch (error) {
    throw new LughError('sandbox.failed', 'The sandbox could not be put up, so nothing was run.', { cause: error })
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Runs `true` behind seatbelt. Answers what is wrong, or undefined. */
export async function probeSeatbelt(ground: Ground, limits: GroupLimits, home: string): Promise<NoWalls | undefined> {
  const fix = 'Seatbelt is part of macOS; start Lugh outside of other sandboxes (an App Store app, another agent).'
  if (!existsSync('/usr/bin/sandbox-exec')) return { ok: false, why: 'this macOS has no /usr/bin/sandbox-exec', fix }
  const { cwd, argv, env, kin } = await macWalls(ground, 'C', limits).prepare(
    { command: ['/usr/bin/true'], cwd: home, writable: [], readable: [], home },
    '',
  )
  const ended = await runJob({ argv, env, kin, cwd: dirname(cwd), timeoutMs: 5_000, outputBytes: 4096, hardOutputBytes: 65_536 })
  return ended.exitCode === 0 ? undefined : { ok: false, why: `seatbelt cannot start here: ${ended.stderr.trim().slice(0, 200)}`, fix }
}

/** Walls by seatbelt. */
export function macWalls(ground: Ground, lang: string, limits: GroupLimits): Walls {
  return {
    prepare: async (command, mark) => {
      makeHome(command.home)
      const env = { ...environmentFor(command, ground.toolchains, lang), [MARK]: mark }
      const argv = await seatbeltArgv(command, ground, env, limits)
      return { argv, cwd: command.cwd, env, kin: bareKin(mark) }
    },
    close: () => Promise.resolve(),
  }
}
