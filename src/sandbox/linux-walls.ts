/** Behind bubblewrap: view and environment of one command become its arguments. Nothing is shared between two commands. */
import { LughError } from '#core'
import { type BubblewrapAbilities, bubblewrapArguments, bubblewrapCall } from './bubblewrap.ts'
import { MARK } from './environment.ts'
import { walledKin } from './kin.ts'
import type { GroupLimits } from './limits.ts'
import type { Ended } from './running.ts'
import { type Ground, viewFor } from './view.ts'
import { environmentFor, limitedArgv, type Walls } from './walls.ts'
import type { Watcher } from './watcher.ts'

/** Walls by bubblewrap. */
export function linuxWalls(abilities: BubblewrapAbilities, ground: Ground, lang: string, limits: GroupLimits, watcher: Watcher): Walls {
  return {
    prepare: async (command, mark) => {
      const env = environmentFor(command, ground.toolchains, lang)
      const inside = bubblewrapArguments({ abilities, view: viewFor(command, ground), cwd: command.cwd, env })
      return {
        ...bubblewrapCall(abilities, inside, limitedArgv(command.command, limits)),
        cwd: '/',
        env: { [MARK]: mark },
        kin: walledKin(watcher, [...command.writable, command.home]),
        judge,
      }
    },
    close: () => Promise.resolve(),
  }
}

/** Bubblewrap reports an exit code only of a command that did start; its own failure looks like exit code 1 otherwise. */
function judge(ended: Ended): void {
  if (ended.endedBy !== null || ended.signal !== null || ended.status.includes('"exit-code"')) return
  throw new LughError('sandbox.failed', 'The sandbox could not be put up, so nothing was run.', { detail: ended.stderr.trim().slice(0, 500) })
}
