/** What a stopped Lugh may leave behind: nothing. Looks at the system itself, not at what Lugh believes. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

export type Seen = Readonly<{ pid: number; command: string }>

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return '' // gone meanwhile, or a kernel thread
  }
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

/** Processes (but this one) that work in the folder or name it in their command or environment. Zombies do not count: they hold nothing. */
export function processesOf(folder: string): Seen[] {
  return processes((pid, command) => command.includes(folder) || cwdOf(pid).startsWith(folder) || readProc(pid, 'environ').includes(folder))
}

/** Processes whose command line holds these words. */
export function processesNamed(words: string): Seen[] {
  return processes((_, command) => command.includes(words))
}

function processes(wanted: (pid: string, command: string) => boolean): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => ({ pid, command: readProc(pid, 'cmdline').trim() }))
    .filter(({ pid, command }) => command !== '' && wanted(pid, command))
    .map(({ pid, command }) => ({ pid: Number(pid), command: command.slice(0, 200) }))
}

/** git's lock files anywhere under a folder. */
export function locksUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lock'))
}

/** Worktrees of tasks under LUGH_HOME, the homes their commands had and what was attached to them. */
export function worktreesUnder(home: string): string[] {
  return ['worktrees', 'homes', 'attached'].flatMap((part) =>
    existsSync(join(home, part)) ? readdirSync(join(home, part)).map((name) => `${part}/${name}`) : [],
  )
}

/** Worktrees that a git repository under the home still knows, beside itself. */
export function registeredWorktrees(home: string): string[] {
  try {
    return readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => /(?:^|\/)worktrees\/[^/]+\/gitdir$/.test(name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ['one that is being removed right now']
    throw error
  }
}
