/** No walls: the same environment, home and limits, and an end to all that was started, but nothing is hidden and nothing is forbidden. */
import { MARK } from './environment.ts'
import { bareKin } from './kin.ts'
import type { GroupLimits } from './limits.ts'
import { makeHome } from './view.ts'
import type { Toolchains } from './toolchains.ts'
import { environmentFor, limitedArgv, type Walls } from './walls.ts'
import type { Watcher } from './watcher.ts'

/** Runs commands bare. Whoever calls has asked a person first. */
export function bareWalls(toolchains: Toolchains, lang: string, limits: GroupLimits, watcher: Watcher): Walls {
  return {
    prepare: async (command, mark) => {
      makeHome(command.home)
      const writable = [...command.writable, command.home]
      return {
        argv: limitedArgv(command.command, limits),
        cwd: command.cwd,
        env: { ...environmentFor(command, toolchains, lang), [MARK]: mark },
        kin: bareKin(mark, (pid, exceeded) => watcher.watch({ pid, writable, exceeded })),
      }
    },
    close: () => Promise.resolve(),
  }
}
