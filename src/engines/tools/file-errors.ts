/** The file system's errors in words a model can act on; a full disk is nobody's to mend here and is thrown on. */
import { LughError, type ErrorCode } from '#core'

/** The system's code (`ENOENT`, …) of a thrown value, if it has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

export function refusal(code: ErrorCode, say: string, cause?: unknown): LughError {
  return new LughError(code, say, { cause })
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist: use list_files to see what is there.',
  ELOOP: 'is or leads through a symbolic link, which these tools do not follow.',
  ENOTDIR: 'leads through something that is no directory (a file, or a symbolic link, which these tools do not follow).',
  EISDIR: 'is a directory.',
  EACCES: 'may not be accessed.',
  EPERM: 'may not be accessed.',
  EROFS: 'cannot be written: the file system is read-only.',
  ENAMETOOLONG: 'is too long a name.',
  ENXIO: 'is no regular file.',
}

/** What a file error means: `input.invalid` or `not-found` for what the model can mend, `disk.full`, or the error itself. */
export function fileError(error: unknown, path: string): unknown {
  const code = errorCode(error)
  if (code === undefined || error instanceof LughError) return error
  if (code === 'ENOSPC' || code === 'EDQUOT') return refusal('disk.full', 'The disk is full: make room, then resume the task.', error)
  const words = WORDS[code]
  return words === undefined ? error : refusal(code === 'ENOENT' ? 'not-found' : 'input.invalid', `${path} ${words}`, error)
}
