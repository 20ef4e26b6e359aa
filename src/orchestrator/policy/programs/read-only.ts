/** Programs that only read. Each entry says what keeps it so; whatever is not spelled out here is not read-only. */
import { leavesTree } from '../paths.ts'
import type { ShellWord } from '../shell-word.ts'
import { isReadingAwk, isReadingSed } from './text-scripts.ts'
import { isReadingFind } from './find.ts'

type Reader = {
  /** Flags that make it write or run something. */
  readonly never?: RegExp
  /** Only these flags; stronger than `never`. */
  readonly only?: RegExp
  /** More words without a dash than this, and one of them is written to. */
  readonly operands?: number
  /** Its words are text and never opened. */
  readonly text?: boolean
  /** The first operand is a pattern, not a path. */
  readonly pattern?: boolean
  /** Its words may be anything at all, even unknown. */
  readonly any?: boolean
  readonly check?: (args: readonly ShellWord[]) => boolean
}

const ANY: Reader = {}
const NONE: Reader = { operands: 0, only: /^$/u }
const VERSION: Reader = { operands: 0, only: /^(?:--version|-v|-V|-version)$/u, check: ({ length }) => length === 1 }
const GREP: Reader = { pattern: true }
const TEXT: Reader = { text: true, any: true }
const SUM: Reader = {}

const READERS: Readonly<Record<string, Reader>> = {
  ls: ANY,
  pwd: { operands: 0 },
  cat: ANY,
  head: ANY,
  tail: { never: /^(?:-[a-zA-Z0-9]*[fF]|--f|--retry|--pid)/u },
  wc: { never: /^--f/u },
  stat: ANY,
  file: { only: /^-(?:[bhiLkNprsv0]+|-brief|-mime(?:-type|-encoding)?|-dereference)$/u },
  du: { never: /^--f/u },
  df: ANY,
  echo: TEXT,
  // An unknown word could be `-v`, and `-v` runs what stands in a name's brackets.
  printf: { text: true, never: /^-v/u },
  true: TEXT,
  false: TEXT,
  ':': { text: true },
  date: {
    only: /^(?:-[uRI]|-I[a-z]+|--utc|--iso-8601.*|-d.*|--date=.*)$/u,
    check: (args) => args.every((arg) => !/^\d/u.test(arg.value)),
    text: true,
  },
  basename: { text: true },
  dirname: { text: true },
  grep: GREP,
  egrep: GREP,
  fgrep: GREP,
  rg: { pattern: true, never: /^(?:--pre|--hostname-bin|--search-zip|--ignore-file|-[a-zA-Z]*z)/u },
  which: { text: true },
  type: { text: true },
  diff: { never: /^(?:-[a-zA-Z]*l|--pag)/u },
  cmp: ANY,
  cut: ANY,
  tr: { text: true },
  nl: ANY,
  tac: ANY,
  rev: ANY,
  paste: ANY,
  comm: ANY,
  join: ANY,
  fold: ANY,
  fmt: ANY,
  column: ANY,
  expand: ANY,
  uniq: { operands: 1, only: /^(?:-[cduiz]+|--count|--repeated|--unique|--ignore-case)$/u },
  sort: { only: /^-(?:[bdfghiMnRrVcCmsuz]+|[kt].*|-(?:reverse|unique|numeric-sort|version-sort|human-numeric-sort|ignore-case|stable|key=.*))$/u },
  seq: { text: true },
  sleep: { text: true, only: /^$/u },
  tree: { only: /^-(?:[adfilpsughDFrtUvnCAQNL]+|-(?:dirsfirst|noreport|gitignore|prune|filelimit=\d+))$/u },
  md5sum: SUM,
  sha1sum: SUM,
  sha256sum: SUM,
  sha512sum: SUM,
  shasum: SUM,
  cksum: SUM,
  base64: ANY,
  readlink: ANY,
  realpath: ANY,
  od: ANY,
  hexdump: ANY,
  xxd: { operands: 1, only: /^-(?:[bcuip]+|[lsc]\d+)$/u },
  strings: ANY,
  test: { never: /^-[vR]$/u },
  '[': { never: /^-[vR]$/u },
  // A module is looked for wherever its name says.
  jq: {
    check: (args) => !args.some(({ value }) => /\b(?:import|include|modulemeta)\b/u.test(value)),
    pattern: true,
    only: /^-(?:[rcnseSjaMC]+|-(?:raw-output|compact-output|slurp|sort-keys|null-input|exit-status|tab|arg|argjson))$/u,
  },
  id: NONE,
  whoami: NONE,
  uname: { operands: 0 },
  nproc: NONE,
  uptime: NONE,
  arch: NONE,
  ps: { text: true },
  free: { operands: 0 },
  env: NONE,
  printenv: { text: true },
  // `-v` and `-V` only name a program.
  command: { check: ([flag]) => flag?.value === '-v' || flag?.value === '-V', text: true },
  set: { check: (args) => args.length > 0 && args.every(({ value }) => /^(?:[-+][eufxvo]+|pipefail)$/u.test(value)), text: true },
  exit: { text: true, operands: 1 },
  cd: { operands: 1, only: /^$/u, check: ([to, ...more]) => to !== undefined && to.value !== '-' && more.length === 0 },
  sed: { check: isReadingSed, text: true },
  awk: { check: isReadingAwk, text: true },
  find: { check: isReadingFind, text: true },
  node: VERSION,
  npm: VERSION,
  python: VERSION,
  python3: VERSION,
  gcc: VERSION,
  bash: VERSION,
  make: VERSION,
  ruby: VERSION,
  php: VERSION,
  java: VERSION,
}

export type Reading = 'read' | 'elsewhere' | undefined

/** Whether the call only reads: inside the worktree, elsewhere, or not at all (undefined). */
export function readingOf(program: string, args: readonly ShellWord[]): Reading {
  const reader = Object.hasOwn(READERS, program) ? READERS[program] : undefined
  if (reader === undefined) return undefined
  if (reader.any !== true && args.some((arg) => !arg.known && !isTameGlob(arg, reader))) return undefined
  const flags = args.filter(isFlag)
  const operands = args.filter((arg) => !isFlag(arg))
  if (operands.length > (reader.operands ?? Infinity) || reader.check?.(args) === false) return undefined
  if (flags.some(({ value }) => reader.never?.test(value) === true || reader.only?.test(value) === false)) return undefined
  if (reader.text === true) return 'read'
  return opened(reader, args).some(leavesTree) ? 'elsewhere' : 'read'
}

/** The words that may be opened; a pattern is not, unless it is handed over by a flag and the first operand is a path. */
function opened({ pattern }: Reader, args: readonly ShellWord[]): readonly ShellWord[] {
  const first = pattern === true ? args.findIndex((arg) => !isFlag(arg)) : -1
  const byFlag = args.some(({ value }) => /^(?:-[a-zA-Z]*[ef]|--regexp|--file|--from-file)/u.test(value))
  return byFlag ? args : args.filter((_, index) => index !== first)
}

export function isFlag({ value }: ShellWord): boolean {
  return value.startsWith('-') && value !== '-'
}

/** A glob that cannot become a flag, or a program to which no flag matters. */
function isTameGlob(word: ShellWord, { never, only }: Reader): boolean {
  return word.glob && (/^[\w./]/u.test(word.text) || (never === undefined && only === undefined))
}
