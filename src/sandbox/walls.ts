/** What every kind of wall (bubblewrap, seatbelt, none) answers to, and what they have in common. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sandboxedEnvironment } from './environment.ts'
import type { GroupLimits } from './limits.ts'
import type { SandboxedCommand } from './port.ts'
import type { Ended, Kin } from './running.ts'
import type { Traffic } from './network/index.ts'
import type { Toolchains } from './toolchains.ts'

/** A command made ready to be started. */
export type Prepared = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly letters?: readonly (string | Uint8Array)[]
  readonly kin: Kin
  /** Throws `sandbox.failed` when the walls, not the command, ended it. */
  readonly judge?: (ended: Ended) => void
  /** Shuts what was opened for this command alone; answers what went over the network when it had one. To be called whatever happened. */
  readonly end?: () => Promise<Traffic>
}

export type Walls = {
  /** `mark`: the value that names this very command among all that Lugh started. */
  prepare(command: SandboxedCommand, mark: string): Promise<Prepared>
  close(): Promise<void>
}

/**
 * Runs in front of every sandboxed command (a shell that replaces itself, about 1 ms): no core dumps of what may hold secrets,
 * no single file over the disk limit (the watcher looks only four times a second).
 */
const PREAMBLE = 'ulimit -c 0; ulimit -f "$1" 2>/dev/null; shift; exec "$@"'

/** `ulimit -f` counts in these. */
const ULIMIT_BLOCK = 512

/** The number of tasks of one user, in one namespace. Shells call it differently: dash and busybox `-p`, bash `-u`. */
const taskLimit = (tasks: number): string => `{ ulimit -p ${tasks} || ulimit -u ${tasks}; } 2>/dev/null`

/**
 * The words to start: a shell line by bash where there is one, an argv as it is; limits first, and before them what else the shell shall do.
 * `tasks`: how many processes and threads; only where they are counted apart from those of the person.
 */
export function limitedArgv(command: SandboxedCommand['command'], limits: GroupLimits, first = '', tasks?: number): [string, ...string[]] {
  const blocks = String(Math.ceil(limits.diskBytes / ULIMIT_BLOCK))
  const words = typeof command === 'string' ? [existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh', '-c', command] : command
  const steps = [...(first === '' ? [] : [first]), ...(tasks === undefined ? [] : [taskLimit(tasks)]), PREAMBLE]
  return ['/bin/sh', '-c', steps.join('; '), 'sh', blocks, ...words]
}

/** The environment of a sandboxed command, the same behind every wall; `way` tells programs of the network, where there is one. */
export function environmentFor(
  command: SandboxedCommand,
  toolchains: Toolchains,
  lang: string,
  way: Record<string, string> = {},
): Record<string, string> {
  const given = { ...way, ...command.env }
  return sandboxedEnvironment({ path: toolchains.path, lang, home: command.home, tmp: join(command.home, 'tmp'), toolchains: toolchains.env, given })
}
