/** Where a project's own git things lie under LUGH_HOME. Knows names only; must never touch the disk. */
import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import type { ProjectId } from '#core'

export type Places = {
  readonly root: string
  /** What was fetched, read-only for agents. */
  readonly base: string
  /** Snapshots, merges and commits; in no agent's mount. */
  readonly store: string
  /** A git directory without objects of its own: the store's, read and written byte for byte, whatever a repository's attributes say. */
  readonly raw: string
  /** Agent-writable, disposable; nothing in it is believed. */
  readonly workshop: string
  /** Lugh's own record and seed index of each worktree, out of every agent's reach. */
  readonly worktrees: string
  /** Private index files of commands under way. */
  readonly scratch: string
  /** HOME of git when it runs inside the sandbox. */
  readonly sandboxHome: string
  /** The fast-forward of a checkout under way, so that a killed one can be finished. */
  readonly landing: string
}

/** The places of one project under `home` (LUGH_HOME). */
export function placesOf(home: string, projectId: ProjectId): Places {
  const root = join(home, 'repos', projectId)
  return {
    root,
    base: join(root, 'base.git'),
    store: join(root, 'store.git'),
    raw: join(root, 'raw.git'),
    workshop: join(root, 'workshop.git'),
    worktrees: join(root, 'worktrees'),
    scratch: join(root, 'scratch'),
    sandboxHome: join(root, 'sandbox-home'),
    landing: join(root, 'landing.json'),
  }
}

/** The name a worktree has inside the workshop: readable, and unique per path. */
export function worktreeName(path: string): string {
  const readable = basename(path)
    .replaceAll(/[^\w-]/g, '-')
    .slice(0, 40)
  return `${readable}-${createHash('sha256').update(path).digest('hex').slice(0, 10)}`
}
