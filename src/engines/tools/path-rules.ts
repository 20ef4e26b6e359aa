/**
 * Which paths a tool may name: relative to the worktree, inside it, and never git's own. Pure text rules; that no component is a
 * symbolic link is seen to when the path is opened (worktree-files.ts).
 */
import { posix } from 'node:path'
import { LughError, oneLine } from '#core'

/** Longest path a tool takes; Linux refuses more than 4096 bytes in all. */
const PATH_MAX = 1024
/** Characters that some file systems ignore in names, so that `.g\u200cit` would be `.git` there. */
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g

/** The path, normalised and relative to the worktree (`.` for itself). Throws LughError `input.invalid` with what is allowed. */
export function worktreePath(raw: string): string {
  if (raw.includes('\0') || raw.length > PATH_MAX) throw refuse(raw, 'is no path')
  const path = posix.normalize(raw).replace(/(?<=.)\/+$/, '')
  if (posix.isAbsolute(path) || path === '..' || path.startsWith('../'))
    throw refuse(raw, 'is outside the project: paths are relative to it, as in src/index.js')
  if (path.split('/').some(isGitName)) throw refuse(raw, "belongs to git, which is not the agent's to read or change")
  return path
}

/** Whether a name is `.git` on any file system Lugh may meet (case, ignored characters, trailing dots, DOS short name). */
export function isGitName(name: string): boolean {
  const plain = name
    .normalize('NFKC')
    .replace(IGNORED, '')
    .toLowerCase()
    .replace(/[. ]+$/, '')
  return plain === '.git' || /^git~\d+$/.test(plain)
}

function refuse(raw: string, why: string): LughError {
  return new LughError('input.invalid', `${oneLine(raw, 120)} ${why}.`)
}
