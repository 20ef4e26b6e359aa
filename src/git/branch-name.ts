/** Branch names as full references. A name git would not take must never become part of a command line. */
import { LughError } from '#core'

/** What git's own `check-ref-format` refuses, and nothing that a refspec would read as more than a name. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const REFUSED = /^[-/.]|\.\.|\/\/|\/\.|@\{|[\u0000-\u0020\u007f~^:?*[\\]|\.lock(\/|$)|[/.]$|^@$|^$/

/** `refs/heads/<branch>`. Throws `input.invalid` for what is no branch name. */
export function refOf(branch: string): string {
  if (REFUSED.test(branch)) throw new LughError('input.invalid', `"${branch.slice(0, 100)}" is no name for a branch.`)
  return `refs/heads/${branch}`
}

/** Names to try for a branch that must not take another's place: the name itself, numbered ones, and flat ones where `lugh` itself is a branch. */
export function* branchNames(branch: string): Generator<string> {
  /** A person keeps far fewer than this many results of one task. */
  const tries = 50
  for (const stem of [branch, branch.replaceAll('/', '-')]) {
    yield stem
    for (let n = 2; n <= tries; n++) yield `${stem}-${n}`
  }
}

/** A name for a result nobody named: short, and the same for the same commit. */
export function fallbackName(commit: string): string {
  return `lugh/${commit.slice(0, 10)}`
}
