/** What a failed git command becomes: a `LughError` with a sentence, never with a password in it. */
import { LughError } from '#core'
import type { ErrorCode } from '#core'
import type { Finished } from '#sandbox'

/** Characters of git's own words kept for the log. */
const STDERR_KEPT = 2000

/** A git command ended badly. `stderr` is git's own words (already free of credentials), for callers that know what they mean. */
export class GitFailed extends LughError {
  readonly stderr: string
  readonly exitCode: number | null

  constructor(argv: readonly string[], result: Finished) {
    const stderr = redact(result.stderr.slice(-STDERR_KEPT)).trim()
    const { code, say, retryable } = describe(stderr, result)
    super(code, say, {
      retryable,
      detail: `${redact(argv.join(' ')).slice(0, 500)} → ${result.exitCode ?? result.signal ?? result.endedBy}: ${stderr}`,
    })
    this.name = 'GitFailed'
    this.stderr = stderr
    this.exitCode = result.exitCode
  }
}

/** git says it in many ways, some without the system's own words; those count unless the system named another reason. */
const FULL = /No space left on device|Disk quota exceeded|Out of diskspace/i
const UNWRITTEN = /couldn't write|could not write|unable to write|write error|short write|failed to write/i
const OTHERWISE = /Permission denied|Read-only file system|File too large|Is a directory|Not a directory|Input\/output error/i

function describe(stderr: string, result: Finished): { code: ErrorCode; say: string; retryable: boolean } {
  if (FULL.test(stderr) || (UNWRITTEN.test(stderr) && !OTHERWISE.test(stderr)))
    return { code: 'disk.full', say: 'The disk is full. Free some space on the machine, then try again.', retryable: true }
  if (result.endedBy === 'timeout') return { code: 'git.failed', say: 'git took too long and was stopped. Try again.', retryable: true }
  if (/Unable to create '.*\.lock': File exists|cannot lock ref/i.test(stderr))
    return { code: 'git.failed', say: 'Another git command holds a lock in this repository. Try again when it is done.', retryable: true }
  return { code: 'git.failed', say: 'A git command failed; the log has the details.', retryable: false }
}

/** Takes user names, passwords and tokens out of every URL in a text. */
export function redact(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s'"]+@/gi, '$1')
}
