/**
 * How everything a command started is reached and ended: by its namespace where there are walls, by process group and by
 * the mark in its environment where there are none. Never touches a process that does not carry this LUGH_HOME's mark.
 */
import { createHash } from 'node:crypto'
import { sleep } from '#core'
import { MARK } from './environment.ts'
import { FUNERAL_MS } from './limits.ts'
import { familyOf, listProcesses, readProcess, sendSignal, signalProcess, withEnvironment } from './processes.ts'
import type { Kin } from './running.ts'
import type { Watcher } from './watcher.ts'

/** How often the dead are looked for; most are gone at the first look. */
const LOOK_EVERY_MS = 5

/** Begins every mark of one LUGH_HOME. */
export function homeMark(realHome: string): string {
  return createHash('sha256').update(realHome).digest('hex').slice(0, 16)
}

/** Of a trial that starts nothing else. */
export const groupKin: Kin = {
  terminate: (pid) => void sendSignal(-pid, 'SIGKILL'),
  kill: (pid) => void sendSignal(-pid, 'SIGKILL'),
  bury: () => Promise.resolve(),
  watch: () => () => undefined,
}

/** Behind walls: bubblewrap is two processes (one outside, one as the first inside), and the kernel kills the rest with the second. */
export function walledKin(watcher: Watcher, writable: readonly string[]): Kin {
  return {
    terminate: (pid) => {
      // Bubblewrap itself would not pass a SIGTERM on, it would die of it: those inside are told one by one.
      for (const member of familyOf(pid, listProcesses()).slice(2)) signalProcess(member, 'SIGTERM')
    },
    kill: (pid) => {
      // Both by name: on a machine full of a bomb it may take long until the first one's death is noticed by the second.
      for (const member of familyOf(pid, listProcesses()).slice(0, 2)) signalProcess(member, 'SIGKILL')
      sendSignal(-pid, 'SIGKILL')
    },
    bury: async (_pid, status) => {
      const first = Number(/"child-pid":\s*(\d+)/.exec(status)?.[1] ?? Number.NaN)
      const identity = readProcess(first)
      if (Number.isNaN(first) || identity === undefined) return
      for (const until = performance.now() + FUNERAL_MS; performance.now() < until; await sleep(LOOK_EVERY_MS)) {
        const now = readProcess(first)
        if (now === undefined || now.zombie || now.started !== identity.started) return
      }
    },
    watch: (pid, exceeded) => watcher.watch({ pid, writable, exceeded }),
  }
}

/** Without walls: the group, and whoever carries the mark of this very command. */
export function bareKin(mark: string, watch: Kin['watch'] = () => () => undefined): Kin {
  return {
    terminate: (pid) => void sendSignal(-pid, 'SIGTERM'),
    kill: (pid) => {
      sendSignal(-pid, 'SIGKILL')
      killMarked(mark, { after: pid })
    },
    bury: async (pid) => {
      sendSignal(-pid, 'SIGKILL')
      // Each look finds those forked since the one before; a fork bomb is stopped first, so that it cannot outrun the looking.
      for (const until = performance.now() + FUNERAL_MS; killMarked(mark, { after: pid }) > 0 && performance.now() < until;)
        await sleep(LOOK_EVERY_MS)
    },
    watch,
  }
}

/** Kills all that carry a mark beginning so, but not those for which `spare` holds; `after` as in `withEnvironment`. Answers how many. */
export function killMarked(markStart: string, which: { spare?: (value: string, pid: number) => boolean; after?: number } = {}): number {
  const found = withEnvironment(MARK, markStart, which.after).filter(({ value, process: { pid } }) => !which.spare?.(value, pid))
  for (const { process } of found) signalProcess(process, 'SIGSTOP')
  return found.filter(({ process }) => signalProcess(process, 'SIGKILL')).length
}

/** The pids of this process and of all above it. */
export function ownAncestors(): Set<number> {
  const line = new Set<number>()
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = readProcess(pid)?.parent ?? 0) line.add(pid)
  return line
}
