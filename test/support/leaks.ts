/**
 * Finds what a test left behind: processes, open descriptors, temporary directories. Looks only at what the test itself
 * owns (its directories, its descendants), so that tests side by side never accuse each other; never kills anything.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What was killed may take this long to be gone; the same promise the product makes. */
const PATIENCE_MS = 2_000

/** Lives as long as its sandbox. */
const LAUNCHER = /^process \d+: .*\/launcher-process\.ts $/

export type LeakWatch = {
  /** A new, empty directory for the test (its real path), removed by `end`. `under`: where, if not in the system's temporary directory. */
  directory(name: string, under?: string): string
  /** Processes and descriptors of this test that are still there after two seconds of patience, one line each. A sandbox still open may have its launcher. */
  leaks(): Promise<string[]>
  /** Removes the directories, then throws when there was a leak, naming each. */
  end(): Promise<void>
}

/** Begins to watch. What already runs below this process is none of the test's. */
export function watchLeaks(): LeakWatch {
  const before = new Set(descendants().map(({ pid }) => pid))
  const directories: string[] = []
  const left = async (spared?: RegExp): Promise<string[]> => {
    const look = (): string[] =>
      [...leftProcesses(directories, before), ...leftDescriptors(directories)].filter((line) => spared?.test(line) !== true)
    for (const until = performance.now() + PATIENCE_MS; look().length > 0 && performance.now() < until;) await delay(20)
    return look()
  }
  return {
    directory: (name, under = tmpdir()) => {
      const path = realpathSync(mkdtempSync(join(under, `lugh-${name}-`)))
      directories.push(path)
      return path
    },
    leaks: () => left(LAUNCHER),
    end: async () => {
      const found = await left()
      for (const path of directories) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
      const kept = directories.filter((path) => existsSync(path)).map((path) => `directory ${path}`)
      if (found.length + kept.length > 0) throw new Error(`the test left behind:\n${[...found, ...kept].join('\n')}`)
    },
  }
}

type Kin = { readonly pid: number; readonly parent: number; readonly zombie: boolean }

function processes(): Kin[] {
  if (!existsSync('/proc/self/stat')) return []
  return readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined
    if (stat === undefined) return []
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [{ pid: Number(name), parent: Number(parent), zombie: state === 'Z' || state === 'X' }]
  })
}

function descendants(): Kin[] {
  const all = processes()
  const family = all.filter(({ parent }) => parent === process.pid)
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid))
  return family
}

/** Below this process since the watch began, or at work in one of the directories: by working directory, command line or environment. */
function leftProcesses(directories: readonly string[], before: ReadonlySet<number>): string[] {
  const family = new Set(descendants().map(({ pid }) => pid))
  return processes()
    .filter(({ pid, zombie }) => !zombie && pid !== process.pid && !before.has(pid))
    .filter(({ pid }) => family.has(pid) || worksIn(pid, directories))
    .map(({ pid }) => `process ${pid}: ${(read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').slice(0, 200)}`)
}

function worksIn(pid: number, directories: readonly string[]): boolean {
  const said = [link(`/proc/${pid}/cwd`), read(`/proc/${pid}/cmdline`), read(`/proc/${pid}/environ`)].join('\0')
  return directories.some((directory) => said.includes(directory))
}

function leftDescriptors(directories: readonly string[]): string[] {
  if (!existsSync('/proc/self/fd')) return []
  const targets = readdirSync('/proc/self/fd').map((name) => link(`/proc/self/fd/${name}`) ?? '')
  return targets.filter((target) => directories.some((directory) => target.startsWith(`${directory}/`))).map((target) => `descriptor of ${target}`)
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // it ended while it was looked at
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined // as above
  }
}
