/**
 * Counts what commands have become, from a process that has nothing else to do, and ends a crowd at once. Lugh's own thread looks four
 * times a second when it is idle, and a fork bomb makes thousands in that time.
 */
import { readFileSync } from 'node:fs'
import { CROWD_EVERY_MS } from './limits.ts'
import { familyOf, listProcesses, type Process, sendSignal, signalProcess } from './processes.ts'

export type Crowds = {
  /** Watches until the answered function is called. `crowded` is called once, after the kill. */
  watch(pid: number, limit: number, crowded: () => void): () => void
}

type Entry = { readonly pid: number; readonly limit: number; readonly crowded: () => void; told: boolean }

/** A look at every process costs 15 µs for each, so it waits until the machine has this part of a limit more of them than at the last look. */
const STEP = 4

/** Watches crowds of processes. Where there is no /proc it does nothing. `tasks`: how many processes and threads the machine has. */
export function watchCrowds(tasks: () => number | undefined = tasksOfMachine): Crowds {
  const entries = new Set<Entry>()
  let timer: NodeJS.Timeout | undefined
  let fewest = 0
  const tick = (): void => {
    const now = tasks()
    if (now === undefined) return
    fewest = Math.min(fewest, now)
    if (now - fewest < Math.min(...[...entries].map(({ limit }) => limit)) / STEP) return
    // While a crowd is dying, every tick looks again.
    fewest = endCrowds(entries) ? 0 : now
  }
  return {
    watch: (pid, limit, crowded) => {
      const entry = { pid, limit, crowded, told: false }
      entries.add(entry)
      if (timer === undefined) {
        fewest = tasks() ?? 0
        timer = setInterval(tick, CROWD_EVERY_MS)
      }
      return () => {
        entries.delete(entry)
        if (entries.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}

/** Answers whether there was any. The dead that nobody has noticed yet count: they hold a process number each. */
function endCrowds(entries: ReadonlySet<Entry>): boolean {
  const all = listProcesses()
  const crowds = [...entries].flatMap((entry) => {
    const family = familyOf(entry.pid, all)
    return family.length > entry.limit ? [{ entry, family }] : []
  })
  for (const { entry, family } of crowds) {
    end(entry.pid, family)
    if (!entry.told) entry.crowded()
    entry.told = true
  }
  return crowds.length > 0
}

/** Behind walls the death of the second (the first inside) is the death of all, in one stroke; without, all are stopped before any is killed. */
function end(pid: number, family: readonly Process[]): void {
  for (const member of family.slice(0, 2)) signalProcess(member, 'SIGKILL')
  sendSignal(-pid, 'SIGKILL')
  for (const member of family.slice(2)) signalProcess(member, 'SIGSTOP')
  for (const member of family.slice(2)) signalProcess(member, 'SIGKILL')
}

/** `0.20 0.18 0.12 1/80 11206`: of the fourth, what stands behind the stroke. */
function tasksOfMachine(): number | undefined {
  try {
    const count = Number(/\/(\d+) /.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1])
    return Number.isNaN(count) ? undefined : count
  } catch {
    return undefined // no /proc
  }
}
