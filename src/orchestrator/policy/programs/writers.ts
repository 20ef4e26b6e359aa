/** Programs that write, move or delete files. Inside the worktree the review is their gate; outside, or where that cannot be told, they reach out. */
import { isGitInternal, leavesTree } from '../paths.ts'
import type { RiskClass } from '../risk-class.ts'
import type { ShellWord } from '../shell-word.ts'

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const WRITERS = set(
  'mv cp ln touch mkdir tee install chmod dd tar zip unzip gzip gunzip bzip2 bunzip2 xz unxz zstd patch split csplit mktemp rename sed cpio ar 7z mkfifo truncate',
)
const DELETERS = set('rm rmdir unlink shred')
/** Flags of writers by which they start programs or read lists of names. */
const STARTS = /^(?:-I|--use-compress|--to-command|--checkpoint-action|--rsh|--unlink-first|-T$|--files-from|-F$|--info-script|--new-volume|-TT)/u

/** The class of a program that writes; undefined for every other. */
export function writingClass(name: string, args: readonly ShellWord[]): RiskClass | undefined {
  const deletes = DELETERS.has(name)
  if (!deletes && !WRITERS.has(name)) return undefined
  if (args.some(isGitInternal)) return 'history'
  const paths = name === 'chmod' || name === 'sed' ? args.slice(1) : args
  if (paths.some(leavesTree) || (deletes && paths.some(isTree))) return 'outside'
  if (name === 'tar' && args.some(({ value }) => STARTS.test(value))) return 'hidden'
  if (name === 'sed') return sedClass(args)
  if (name === 'dd' && args.some(({ value }) => /^of=[/~]/u.test(value))) return 'outside'
  return deletes ? 'delete' : 'write'
}

/** The worktree itself, with git's own file in it. */
function isTree(word: ShellWord): boolean {
  return /^(?:\.|\.\/|\*|\.\*|\.\/\*)$/u.test(word.value)
}

/** A script of sed that may run (`e`) or write (`w`) is code; `-i` with a plain substitution only edits. */
function sedClass(args: readonly ShellWord[]): RiskClass {
  const harmless = args.every((arg) => arg.known && !/(?:^|[;}\n/|#,\d$ ])[ewWrR](?:\s|$|;)/u.test(arg.value))
  return harmless ? 'write' : 'inline'
}
