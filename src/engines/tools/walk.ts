/** Goes through a directory of the worktree by handle, in order of names. Never follows a symbolic link, never enters git's own. */
import type { Dirent } from 'node:fs'
import { errorCode } from './file-errors.ts'
import { isGitName } from './path-rules.ts'
import { entriesOf, withDirectory } from './worktree-files.ts'

/** Directories that hold what others made: entering them would drown the project's own files. They can be named outright. */
export const SKIPPED: ReadonlySet<string> = new Set(['node_modules', '.venv', 'venv', '__pycache__', '.cache', '.next', '.turbo', '.pytest_cache'])
/** Entries visited at most in one walk: more than the largest repositories hold, but not a disk gone through by mistake. */
const VISITED_MAX = 200_000

export type Visit = {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symbolic link' | 'special file'
  /** A directory that is not entered. */
  readonly skipped: boolean
}

/** Visits everything under the directory `path` (normalised, relative), at most `depth` levels down. Throws the system's error when `path` cannot be listed. */
export async function* walk(
  worktree: string,
  path: string,
  depth: number,
  left: { entries: number } = { entries: VISITED_MAX },
): AsyncGenerator<Visit> {
  for (const entry of await withDirectory(worktree, path, false, entriesOf)) {
    if (isGitName(entry.name)) continue
    if (left.entries-- <= 0) return
    const visit = visitOf(entry, path === '.' ? entry.name : `${path}/${entry.name}`)
    yield visit
    if (visit.kind === 'directory' && !visit.skipped && depth > 1) yield* inside(worktree, visit.path, depth - 1, left)
  }
}

/** A directory that went away or may not be read is passed by: the rest is still worth seeing. */
async function* inside(worktree: string, path: string, depth: number, left: { entries: number }): AsyncGenerator<Visit> {
  try {
    yield* walk(worktree, path, depth, left)
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(errorCode(error) ?? '')) throw error
  }
}

function visitOf(entry: Dirent, path: string): Visit {
  const kind = entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'symbolic link' : 'special file'
  return { path, kind, skipped: kind === 'directory' && SKIPPED.has(entry.name) }
}
