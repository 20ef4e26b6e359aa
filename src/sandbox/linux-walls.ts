/** Behind bubblewrap: view and environment of one command become its arguments. Nothing is shared between two commands. */
import { LughError } from '#core'
import { type BubblewrapAbilities, bubblewrapArguments, bubblewrapCall } from './bubblewrap.ts'
import { MARK } from './environment.ts'
import { walledKin } from './kin.ts'
import { forwarderPreamble, type Gate, INNER_SOCKET, proxyEnvironment } from './network/index.ts'
import type { Ended } from './running.ts'
import type { NetworkAccess, SandboxedCommand } from './port.ts'
import { type Ground, type Mount, viewFor } from './view.ts'
import { countsTasksApart } from './user-limit.ts'
import { environmentFor, limitedArgv, type Prepared, type Walls } from './walls.ts'
import { type GroupLimits, kernelTasks } from './limits.ts'
import type { Watcher } from './watcher.ts'

export type LinuxParts = {
  readonly abilities: BubblewrapAbilities
  readonly ground: Ground
  readonly lang: string
  readonly limits: GroupLimits
  readonly watcher: Watcher
  /** How commands are let out to the network; left out where this machine cannot. */
  readonly way?: { readonly socat: string; readonly open: (access: NetworkAccess) => Promise<Gate> }
}

const COUNTS_APART = countsTasksApart()

/** Walls by bubblewrap. */
export function linuxWalls(parts: LinuxParts): Walls {
  return {
    prepare: async (command, mark) => {
      if (command.network === undefined || parts.way === undefined) return prepare(parts, command, mark, undefined)
      const gate = await parts.way.open(command.network)
      try {
        return { ...prepare(parts, command, mark, { socket: gate.socket, socat: parts.way.socat }), end: () => gate.close() }
      } catch (error) {
        await gate.close()
        throw error
      }
    },
    close: () => Promise.resolve(),
  }
}

function prepare(parts: LinuxParts, command: SandboxedCommand, mark: string, way: { socket: string; socat: string } | undefined): Prepared {
  const { abilities, ground, lang, limits, watcher } = parts
  const env = environmentFor(command, ground.toolchains, lang, way === undefined ? {} : proxyEnvironment())
  const door: Mount[] = way === undefined ? [] : [{ kind: 'read', from: way.socket, to: INNER_SOCKET }]
  const inside = bubblewrapArguments({ abilities, view: [...viewFor(command, ground), ...door], cwd: command.cwd, env })
  const words = limitedArgv(
    command.command,
    limits,
    way === undefined ? '' : forwarderPreamble(way.socat),
    COUNTS_APART ? kernelTasks(limits) : undefined,
  )
  return {
    ...bubblewrapCall(abilities, inside, words),
    cwd: '/',
    env: { [MARK]: mark },
    kin: walledKin(watcher, [...command.writable, command.home]),
    judge,
  }
}

/** Bubblewrap reports an exit code only of a command that did start; its own failure looks like exit code 1 otherwise. */
function judge(ended: Ended): void {
  if (ended.endedBy !== null || ended.signal !== null || ended.status.includes('"exit-code"')) return
  throw new LughError('sandbox.failed', 'The sandbox could not be put up, so nothing was run.', { detail: ended.stderr.trim().slice(0, 500) })
}
