/** Programs that write, move or delete files. Inside the worktree the review is their gate; outside, or where that cannot be told, they reach out. */
import { isGitInternal, leavesTree } from '../paths.ts'
import type { RiskClass } from '../risk-class.ts'
import type { ShellWord } from '../shell-word.ts'
import { mentionsReaching } from './reaching.ts'
import { isPlainSed } from './text-scripts.ts'

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const WRITERS = set(
  'mv cp ln touch mkdir tee install chmod dd tar zip unzip gzip gunzip bzip2 bunzip2 xz unxz zstd patch split csplit mktemp rename sed cpio ar 7z mkfifo truncate',
)
const DELETERS = set('rm rmdir unlink shred')
/** Words of archivers by which they start programs, read lists of names or dial: abbreviated, in a bundle (`xIf`), or a place (`host:file`). */
const STARTS: Readonly<Record<string, RegExp>> = {
  tar: /^-[a-zA-Z]*[IFT]|^--(?:us|to-c|checkpoint-|rsh|rmt|unl|fi|inf|ne)|^[\w.@-]+:/u,
  zip: /^-[a-zA-Z]*[T@]|^--(?:unz|te)/u,
  cpio: /^-[a-zA-Z]*[FIO]|^--(?:rsh|to-c)|^[\w.@-]+:/u,
  split: /^--fi/u,
  install: /^--strip-p/u,
  patch: /^-[a-zA-Z]*e|^--ed/u,
}

/** The class of a program that writes; undefined for every other. */
export function writingClass(name: string, args: readonly ShellWord[]): RiskClass | undefined {
  const deletes = DELETERS.has(name)
  if (!deletes && !WRITERS.has(name)) return undefined
  if (args.some(isGitInternal)) return 'history'
  const paths = name === 'chmod' || name === 'sed' ? args.slice(1) : args
  if (paths.some(leavesTree) || (deletes && paths.some(isTree))) return 'outside'
  if (
    Object.hasOwn(STARTS, name) &&
    args.some(({ value }, n) => STARTS[name]?.test(name === 'tar' && n === 0 && !value.startsWith('-') ? `-${value}` : value) === true)
  )
    return 'hidden'
  if (name === 'sed') return sedClass(args)
  if (name === 'dd' && args.some(({ value }) => /^of=[/~]/u.test(value))) return 'outside'
  return deletes ? 'delete' : 'write'
}

/** The worktree itself, with git's own file in it. */
function isTree(word: ShellWord): boolean {
  return /^(?:\.|\.\/|\*|\.\*|\.\/\*)$/u.test(word.value)
}

/** `-i` with plain substitutions, deletions and lines of text only edits; every other script may run (`e`) or write (`w`), so it is code. */
function sedClass(args: readonly ShellWord[]): RiskClass {
  if (isPlainSed(args)) return 'write'
  return args.some((arg) => !arg.known || mentionsReaching(arg.value)) ? 'hidden' : 'inline'
}
