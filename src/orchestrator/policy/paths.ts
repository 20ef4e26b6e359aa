/** Whether a word can name something outside the worktree. It looks at text only: what a link leads to is the sandbox's business. */
import type { ShellWord } from './shell-word.ts'

/** Devices that keep nothing. */
const DEVICES = ['/dev/null', '/dev/stdout', '/dev/stderr', '/dev/stdin']

export function isDevice(word: ShellWord | undefined): boolean {
  return word?.known === true && DEVICES.includes(word.value)
}

/** Absolute paths, `~`, `..`, also behind a flag or a `=`; and every word that is not known. */
export function leavesTree(word: ShellWord): boolean {
  if (isDevice(word)) return false
  if (!word.known && !word.glob) return true
  const value = word.glob ? word.text.replaceAll(/["'\\]/gu, '') : word.value
  return (
    /(?:^|[=:,@])[/~]|^-[^/]*\/|^file:/iu.test(value) ||
    value.split(/[/=:,]/u).some((part) => part === '..' || (word.glob && part.startsWith('.') && canBeParent(part))) ||
    /^-[a-z]+\.\.(?:\/|$)/iu.test(value)
  )
}

/** Whether a glob could be `..`: before bash 5.2, and in other shells still, `.*` and `.?` are. A bracket of more than letters may hold anything. */
function canBeParent(glob: string): boolean {
  const plain = glob.replaceAll(/\[[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\]/gu, 'x')
  const letters = plain.replaceAll('*', '')
  return plain.includes('[') || (/^[.?]{0,2}$/u.test(letters) && (letters !== plain || letters.length === 2))
}

/** Git's own files of the worktree: writing there changes what git runs. */
export function isGitInternal(word: ShellWord): boolean {
  return word.value.split('/').some((part) => part.toLowerCase() === '.git')
}
