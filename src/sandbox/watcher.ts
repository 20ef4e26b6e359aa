/**
 * Holds every running group of processes to its limits: memory, number of processes, disk taken. One timer for all of them.
 * It looks on Lugh's own thread, four times a second: enough for memory and disk. A fork bomb is quicker, so the number of processes is
 * also counted by the launcher (crowd.ts) and, where it can be had, bound by the kernel (control-groups.ts, `ulimit -u` in walls.ts).
 */
import { lstatSync, opendirSync, statfsSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { type GroupLimits, tooManyProcesses, WATCH_EVERY_MS } from './limits.ts'
import { familyOf, listProcesses, type Process, proportionalBytes, writtenBytes } from './processes.ts'

export type Watched = {
  /** The first process of the group. */
  readonly pid: number
  readonly writable: readonly string[]
  /** Called once, with the limit in words. */
  readonly exceeded: (limit: string) => void
}

export type Watcher = {
  /** Watches until the answered function is called. */
  watch(watched: Watched): () => void
  close(): void
}

type Entry = Watched & { readonly startedAt: number; readonly freeAtStart: ReadonlyMap<string, number> }

export function createWatcher(limits: GroupLimits): Watcher {
  const entries = new Set<Entry>()
  let timer: NodeJS.Timeout | undefined
  const tick = (): void => {
    const all = listProcesses()
    for (const entry of entries) {
      const limit = overLimit(entry, membersOf(entry.pid, all), limits)
      if (limit === undefined) continue
      entries.delete(entry)
      entry.exceeded(limit)
    }
  }
  const stopIfIdle = (): void => {
    if (entries.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return {
    watch: (watched) => {
      const entry = { ...watched, startedAt: Date.now(), freeAtStart: freeBytes(watched.writable) }
      entries.add(entry)
      timer ??= setInterval(tick, WATCH_EVERY_MS)
      return () => {
        entries.delete(entry)
        stopIfIdle()
      }
    },
    close: () => {
      entries.clear()
      stopIfIdle()
    },
  }
}

/** The family, and without walls also those that left it for another parent but kept group or session. */
function membersOf(pid: number, all: readonly Process[]): Process[] {
  const members = new Map(familyOf(pid, all).map((each) => [each.pid, each]))
  for (const each of all) if (each.group === pid || each.session === pid) members.set(each.pid, each)
  return [...members.values()].filter((each) => !each.zombie)
}

function overLimit(entry: Entry, members: readonly Process[], limits: GroupLimits): string | undefined {
  if (members.length > limits.processes) return tooManyProcesses(limits.processes)
  if (usesMoreMemory(members, limits.memoryBytes)) return `more than ${inUnits(limits.memoryBytes)} of memory`
  if (tookMoreDisk(entry, members, limits.diskBytes)) return `more than ${inUnits(limits.diskBytes)} of disk`
  return undefined
}

/** Resident sizes count shared pages once for each process: a cheap bound, and only above it the exact figure. */
function usesMoreMemory(members: readonly Process[], limit: number): boolean {
  const bound = members.reduce((sum, each) => sum + each.residentBytes, 0)
  return bound > limit && (proportionalBytes(members) ?? bound) > limit
}

/**
 * A walk of the writable directories costs 300 ms and more on a large project, so it is the last question. First the file
 * system is asked how much less is free than at the start (one call, microseconds; others may have taken that), then the
 * kernel what this family has written (files deleted while open count too), and last, for space taken without writing, the
 * files changed since the start.
 */
function tookMoreDisk(entry: Entry, members: readonly Process[], limit: number): boolean {
  const now = freeBytes(entry.writable)
  const taken = [...entry.freeAtStart].some(([directory, free]) => free - (now.get(directory) ?? free) > limit)
  if (!taken) return false
  const written = members.reduce((sum, each) => sum + writtenBytes(each.pid), 0)
  return written > limit || changedSince(entry.startedAt, entry.writable, limit) > limit
}

function freeBytes(directories: readonly string[]): Map<string, number> {
  return new Map(
    directories.flatMap((directory) => {
      try {
        const { bfree, bsize } = statfsSync(directory)
        return [[directory, bfree * bsize]]
      } catch {
        return [] // removed meanwhile: nothing can be written there any more
      }
    }),
  )
}

/** At most this many entries are looked at, so that a tree of a million empty files cannot stop the clock: about 1 s. */
const WALK_ENTRIES = 200_000

function changedSince(since: number, directories: readonly string[], enough: number): number {
  const pending = [...directories]
  let bytes = 0
  let budget = WALK_ENTRIES
  for (let directory = pending.pop(); directory !== undefined && bytes <= enough; directory = pending.pop()) {
    for (const entry of entriesOf(directory)) {
      if (--budget < 0) return bytes
      const path = join(directory, entry.name)
      if (entry.isDirectory()) pending.push(path)
      else bytes += bytesIfChanged(path, since)
    }
  }
  return bytes
}

function* entriesOf(directory: string): Generator<Dirent> {
  try {
    const handle = opendirSync(directory)
    try {
      for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) yield entry
    } finally {
      handle.closeSync()
    }
  } catch {
    return // the command removes directories while they are read
  }
}

function bytesIfChanged(path: string, since: number): number {
  try {
    const { ctimeMs, blocks } = lstatSync(path)
    return ctimeMs >= since ? blocks * 512 : 0
  } catch {
    return 0 // removed meanwhile
  }
}

/** `4294967296` → `4 GiB`. */
function inUnits(bytes: number): string {
  const gib = bytes / 1024 ** 3
  return gib >= 1 ? `${Number(gib.toFixed(1))} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`
}
