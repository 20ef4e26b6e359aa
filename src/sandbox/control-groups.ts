/**
 * A control group for each command, so that the kernel itself refuses a process too many. Only where this process may make groups: as
 * root with the `pids` hierarchy of version 1, or with version 2 where a group that is already divided takes one more. Changes no group
 * but its own, and moves nobody but commands. Where none can be had, other limits hold (`ProcessBound`).
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { sleep } from '#core'
import { FUNERAL_MS } from './limits.ts'
import { readProcess } from './processes.ts'
import { settingAt } from './setting.ts'
import { MEMBERS } from './start-process.ts'

export type ControlGroups = {
  /** A group for one command, or undefined when it could not be made. */
  open(): string | undefined
  /** Removes a command's group; what is still dying in it is waited for by a later call. */
  remove(group: string): void
  /** Removes what lives that are over have left. */
  sweep(): void
  close(): Promise<void>
}

/** Where a group for this process's commands may be made, and whether by the rules of version 2. */
export type Place = { readonly base: string; readonly version: 1 | 2 }

const PREFIX = 'lugh-'

/** Answers groups that have been proven by putting a process into one, or undefined. `tasks`: how many each may hold. Takes about 3 ms. */
export async function findControlGroups(life: string, tasks: number, places: readonly Place[] = placesHere()): Promise<ControlGroups | undefined> {
  const started = readProcess(process.pid)?.started
  for (const place of places) {
    const groups = groupsAt(place, `${PREFIX}${process.pid}-${started}-${life}`, tasks)
    if (await holds(groups)) return groups
    await groups.close()
  }
  return undefined
}

function groupsAt({ base, version }: Place, name: string, tasks: number): ControlGroups {
  const own = join(base, name)
  const left = new Set<string>()
  let count = 0
  const make = (): string => {
    const group = join(own, String(++count))
    mkdirSync(group)
    left.add(group)
    writeFileSync(join(group, 'pids.max'), String(tasks))
    left.delete(group)
    return group
  }
  const bury = (): void => {
    for (const group of left) if (removed(group)) left.delete(group)
  }
  return {
    open: () => {
      try {
        return make()
      } catch {
        // The first, or another Lugh took it for one of the dead.
      }
      try {
        if (!existsSync(own)) mkdirSync(own) // not `recursive`, which never ends where the kernel answers ENOENT, as in /proc
        if (version === 2) writeFileSync(join(own, 'cgroup.subtree_control'), '+pids')
        return make()
      } catch {
        return undefined // read-only, or not ours: said by `SandboxStatus`
      }
    },
    remove: (group) => {
      left.add(group)
      bury()
    },
    sweep: () => {
      for (const other of namesIn(base)) if (other !== name && isOver(other)) removeWhole(join(base, other))
    },
    close: async () => {
      bury()
      for (const until = performance.now() + FUNERAL_MS; left.size > 0 && performance.now() < until; bury()) await sleep(5)
      removed(own)
    },
  }
}

/** Whether a process can be put there: permissions of the groups between matter too, and only trying tells. */
async function holds(groups: ControlGroups): Promise<boolean> {
  const group = groups.open()
  if (group === undefined) return false
  const script = `echo $$ > "$1/${MEMBERS}"`
  const trouble = await new Promise((resolve) => {
    execFile('/bin/sh', ['-ec', script, 'sh', group], { env: {}, cwd: '/', timeout: FUNERAL_MS, killSignal: 'SIGKILL' }, (error) => resolve(error))
  })
  groups.remove(group)
  return trouble === null
}

/** Names tell the process that made them: its number and when it began. */
function isOver(name: string): boolean {
  const [, pid, started] = /^lugh-(\d+)-(\d+)-/.exec(name) ?? []
  return pid !== undefined && readProcess(Number(pid))?.started !== Number(started)
}

function removeWhole(path: string): void {
  for (const group of namesIn(path)) removed(join(path, group))
  removed(path)
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return [] // removed by another Lugh meanwhile
  }
}

/** A group with somebody in it cannot be removed. Answers whether it is gone. */
function removed(group: string): boolean {
  try {
    rmdirSync(group)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
  }
}

/** The groups to try on this machine: own and, in version 2, the one above, since a group that holds processes cannot be divided. */
function placesHere(): Place[] {
  return placesIn(settingAt('/proc/self/mountinfo'), settingAt('/proc/self/cgroup'))
}

/** From what the kernel says of mounts and of this process's groups (`/proc/self/mountinfo`, `/proc/self/cgroup`; see cgroups(7)). */
export function placesIn(mounts: string, groups: string): Place[] {
  return mounts.split('\n').flatMap((line): Place[] => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root = '/', mount = ''] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    if (type === 'cgroup' && options.split(',').includes('pids')) {
      const own = /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]
      return own === undefined ? [] : [{ base: within(mount, root, own), version: 1 }]
    }
    const own = /^0::(.*)$/m.exec(groups)?.[1]
    if (type !== 'cgroup2' || own === undefined) return []
    const base = within(mount, root, own)
    return [...new Set([base, base === mount ? mount : dirname(base)])].map((each) => ({ base: each, version: 2 }))
  })
}

/** A container sees a part of the tree: its root is then mounted as the whole. */
function within(mount: string, root: string, path: string): string {
  const inside = relative(root, path)
  return inside === '' || inside.startsWith('..') ? mount : join(mount, inside)
}
