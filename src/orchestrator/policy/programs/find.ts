/** `find` reads, deletes, writes or runs, all by its own words. Only tests and plain printing count as reading. */
import { leavesTree } from '../paths.ts'
import type { ShellWord } from '../shell-word.ts'

/** Tests and actions, each with whether it takes a word that is text. */
const READING = new Set(
  `! ( ) , -a -and -o -or -not -true -false -print -print0 -ls -prune -quit -empty -executable -readable -writable -nouser -nogroup -depth -xdev -mount -daystart -noleaf`.split(
    ' ',
  ),
)
const WITH_TEXT = new Set(
  `-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size -mtime -mmin -atime -amin -ctime -cmin -perm -user -group -uid -gid -links -inum -maxdepth -mindepth -printf`.split(
    ' ',
  ),
)

/** Starting points inside the worktree, and nothing but known tests. */
export function isReadingFind(args: readonly ShellWord[]): boolean {
  const start = args.findIndex(({ value }) => /^[-(!]/u.test(value))
  const paths = start === -1 ? args : args.slice(0, start)
  if (paths.some(leavesTree)) return false
  const rest = start === -1 ? [] : args.slice(start)
  for (let i = 0; i < rest.length; i += 1) {
    const word = rest[i]?.value ?? ''
    if (WITH_TEXT.has(word)) i += 1
    else if (/^-(?:a|c)?newer$|^-samefile$/u.test(word)) {
      const path = rest[(i += 1)]
      if (path === undefined || leavesTree(path)) return false
    } else if (!READING.has(word)) return false
  }
  return true
}

/** What `find` would start: the words after each `-exec` and its kin. */
export function startedByFind(args: readonly ShellWord[]): readonly ShellWord[][] {
  return args.flatMap(({ value }, index) => (/^-(?:exec|execdir|ok|okdir)$/u.test(value) ? [args.slice(index + 1)] : []))
}
