/** One call of a program → its class, and the rule by which a person may allow it for good, if any. Nothing is run or looked up: text alone decides. */
import { isAscii } from './disguise.ts'
import { isDevice, isGitInternal, leavesTree } from './paths.ts'
import { parseCommand } from './parse-command.ts'
import { startedByFind } from './programs/find.ts'
import { gitClass } from './programs/git.ts'
import { mentionsReaching, reachingClass } from './programs/reaching.ts'
import { isFlag, readingOf } from './programs/read-only.ts'
import { interpreterRun, isProjectFile, managerRun, toolRun, type Run } from './programs/runners.ts'
import { isSearchingFind } from './programs/searching-find.ts'
import { isRewriter, isShell, isStarter, possibleLines, possibleStarts, readsCommands } from './programs/starters.ts'
import { writingClass } from './programs/writers.ts'
import { FLOOR, worst, type RiskClass } from './risk-class.ts'
import type { Assignment, CallSegment, Redirection, Segment } from './segment.ts'
import type { ShellWord } from './shell-word.ts'

/** Command lines within command lines; deeper is hiding something. */
const MAX_DEPTH = 4
/** Variables that change what a name means, what an interpreter loads or what git and npm run. */
const BENDING =
  /^(?:PATH|CDPATH|IFS|ENV|BASH.*|SHELL.*|PS\d|PROMPT_COMMAND|LD_.*|DYLD_.*|NODE_.*|PYTHON.*|PERL.*|RUBY.*|GIT_.*|npm_.*|NPM_.*|YARN_.*|PNPM_.*|.*PAGER|.*EDITOR|LESS.*|.*_OPTS?|.*_OPTIONS|.*FLAGS|HOME|TMPDIR|XDG_.*|RUSTC.*|CARGO_.*|GO.*|MAKE.*|CC|CXX|AR|JAVA_.*|MAVEN_.*|GRADLE_.*|.*_PROXY|.*_proxy|OLDPWD|PWD)$/u
/** Variables that only tell a tool how to speak; not even `NODE_ENV` bends what runs. */
const HARMLESS = /^(?:CI|NODE_ENV|FORCE_COLOR|NO_COLOR|TZ|LANG|LC_[A-Z]+|DEBUG|VERBOSE|COLUMNS|LINES|TERM)$/u
/** A starter with more words would take long to judge, and nobody would read it. */
const MAX_STARTER_WORDS = 200

/** How deep in command lines within command lines, and whether this is one of several readings of a starter's words. */
type At = { readonly depth: number; readonly tail: boolean }
const TOP: At = { depth: 0, tail: false }

/** Judges one segment. */
export function classifySegment(segment: Segment, at: At = TOP): Run {
  if (segment.kind === 'odd') return { risk: segment.risk }
  const around = [...segment.redirections.map(redirectionClass), ...segment.assignments.map(assignmentClass)]
  const called: Run = segment.words.length === 0 ? { risk: 'read' } : callRun(segment, at)
  const risk = worst([called.risk, ...around])
  const plain = segment.assignments.length === 0 && around.every((found) => found === 'read') && !segment.fed
  return called.rule !== undefined && risk === 'project' && plain ? { risk, rule: called.rule } : { risk }
}

/** The class of a whole command line found inside another. */
function lineClass(line: ShellWord, at: At): RiskClass {
  if (!line.known || at.depth >= MAX_DEPTH) return 'hidden'
  const parsed = parseCommand(line.value)
  return parsed.readable ? worst(parsed.segments.map((segment) => classifySegment(segment, { depth: at.depth + 1, tail: false }).risk)) : 'unreadable'
}

function redirectionClass({ operator, target }: Redirection): RiskClass {
  if (target === undefined || operator === '<<<') return 'read'
  if (target.known && /^(?:\d+|-|\d+-)$/u.test(target.value) && operator.endsWith('&')) return 'read'
  if (isDevice(target)) return 'read'
  if (/^\/dev\/(?:tcp|udp)\//u.test(target.value)) return 'network'
  const outside = !target.known || leavesTree(target)
  if (operator === '<') return outside ? 'elsewhere' : 'read'
  return isGitInternal(target) ? 'history' : outside ? 'outside' : 'write'
}

function assignmentClass({ name, value, words }: Assignment): RiskClass {
  // Kept for later: a sum, `${x@P}` or a prompt runs it.
  if (words.some((word) => word.known && /\$\(|`/u.test(word.value))) return 'hidden'
  if (HARMLESS.test(name) && value?.known === true) return 'project'
  return BENDING.test(name) ? 'hidden' : 'project'
}

function callRun(segment: CallSegment, at: At): Run {
  const [first, ...args] = segment.words
  if (first?.known !== true) return { risk: 'hidden' }
  if (!isAscii(first.value) || args.some((arg) => isFlag(arg) && !isAscii(arg.value.split('=')[0] ?? ''))) return { risk: 'unreadable' }
  // Names are compared without case, since some disks do not tell `SUDO` from `sudo`.
  const path = first.value
  const name = (path.split('/').at(-1) ?? '').toLowerCase()
  const called = namedRun(path, name, args, segment, at)
  // Called by an absolute path it is whatever lies there.
  return path.startsWith('/') || path.startsWith('~') || path.split('/').includes('..') ? { risk: worst([called.risk, 'project']) } : called
}

function namedRun(path: string, name: string, args: readonly ShellWord[], segment: CallSegment, at: At): Run {
  if (path === name) {
    const reading = readingOf(name, args)
    if (name === 'cd' || name === 'pushd') return { risk: reading === 'read' ? 'read' : 'outside' }
    if (reading !== undefined) return { risk: reading }
  }
  const reaching = reachingClass(name)
  if (reaching !== undefined) return { risk: reaching }
  if (name === 'git') return { risk: gitClass(args) }
  if (isRewriter(name)) return { risk: 'hidden' }
  if (isShell(name)) return shellRun(path, args, segment.fed, at)
  if (name === '.' || name === 'source') return { risk: args[0] !== undefined && isProjectFile(args[0]) ? 'project' : 'hidden' }
  if (isStarter(name) || name === 'find') return { risk: segment.fed && readsCommands(name, args) ? 'hidden' : starterClass(name, args, at) }
  const writing = writingClass(name, args)
  if (writing !== undefined) return { risk: writing }
  const run = managerRun(name, args) ?? interpreter(name, args, segment) ?? toolRun(path, args)
  if (run !== undefined && run.risk !== 'project') return { risk: run.risk }
  if (segment.fed && readsCommands(name, args)) return { risk: 'hidden' }
  // `make deploy`: what a known tool or a script of the project is told to do counts as much as what an unknown one is.
  const told = worst([
    unknownClass(args),
    ...possibleLines(args)
      .map((line) => lineClass(line, at))
      .filter(isFloor),
  ])
  if (run === undefined || told !== 'project') return { risk: told }
  return path === name || path === run.rule?.program ? run : { risk: run.risk }
}

/** What a line among the words would do beyond the worktree, if it is one: words that are none are everywhere. */
function isFloor(risk: RiskClass): boolean {
  return FLOOR.includes(risk) && risk !== 'unreadable' && risk !== 'hidden'
}

/** A program nothing is known of: the project's own, most likely. Words that name the floor make it ask. */
function unknownClass(args: readonly ShellWord[]): RiskClass {
  return args.some(({ known, value }) => known && /^(?:push|publish|deploy|release|upload)$/iu.test(value)) ? 'publish' : 'project'
}

function interpreter(name: string, args: readonly ShellWord[], segment: CallSegment): Run | undefined {
  const run = interpreterRun(name, args, segment.fed)
  if (run?.risk !== 'inline') return run
  // Code fed from a pipe is not in the text; code in the text is read for words that reach out.
  if (args.every((arg) => isFlag(arg) || arg.value === '-') && segment.fed && !segment.redirections.some(({ operator }) => operator.startsWith('<<')))
    return { risk: 'hidden' }
  return {
    risk:
      mentionsReaching([segment.text, ...segment.redirections.map(({ body }) => body ?? '')].join('\n')) || args.some((arg) => !arg.known)
        ? 'hidden'
        : 'inline',
  }
}

function shellRun(path: string, args: readonly ShellWord[], fed: boolean, at: At): Run {
  const [first, second] = args
  if (first === undefined) return { risk: fed ? 'hidden' : 'project' }
  if (!first.known) return { risk: 'hidden' }
  if (/^-[a-z]*c[a-z]*$/u.test(first.value)) {
    return { risk: second === undefined ? 'hidden' : worst([lineClass(second, at), 'inline']) }
  }
  const script = args.find((arg) => !/^-[euxvf]+$/u.test(arg.value))
  if (script === undefined) return { risk: fed ? 'hidden' : 'project' }
  if (script.value.startsWith('-') || script.value.startsWith('+'))
    return { risk: args.some((arg) => /^-[a-z]*[cis]/u.test(arg.value)) ? 'hidden' : 'project' }
  if (!isProjectFile(script)) return { risk: script.known ? 'elsewhere' : 'hidden' }
  if (unknownClass(args) === 'publish') return { risk: 'publish' }
  const exact = args.every((arg) => arg.known && !leavesTree(arg) && /^[\w@%+=:,./-]+$/u.test(arg.value)) && !path.includes('/')
  return exact ? { risk: 'project', rule: { program: path, args: args.map(({ value }) => value), more: false } } : { risk: 'project' }
}

/** What a program that starts others could start; at least it starts something. */
function starterClass(name: string, args: readonly ShellWord[], at: At): RiskClass {
  const found = name === 'find'
  if (found && isSearchingFind(args)) return 'read'
  // What xargs and its kin add is in no text, and with a placeholder it may stand anywhere.
  const feeds = FEEDERS.has(name)
  if (feeds && args.some(({ value }) => /^-[iIJ]|^--replace|\{/u.test(value))) return 'hidden'
  if ((name === 'parallel' || name === 'sem') && args.some(({ value }) => /^-a|^--arg-f|^::::/u.test(value))) return 'hidden'
  const starts = found ? startedByFind(args) : possibleStarts(args).map((words) => (feeds ? [...words, UNKNOWN] : words))
  if (args.length > MAX_STARTER_WORDS) return 'hidden'
  if ((!found || starts.length > 0) && args.some((arg) => !arg.known && !arg.glob)) return 'hidden'
  // The tails of a tail are among the tails already.
  const classes = at.tail
    ? []
    : starts.map((words) => classifySegment({ kind: 'call', text: textOf(words), words, ...BARE }, { ...at, tail: true }).risk)
  const lines = at.tail ? [] : possibleLines(args).map((line) => lineClass(line, at))
  const deletes = found && args.some(({ value }) => /^-(?:delete|fprint|fls)/u.test(value))
  return worst([
    found && !deletes && starts.length === 0 ? elsewhereOr(args) : 'project',
    ...classes,
    ...lines.filter((risk) => risk !== 'unreadable'),
    ...(deletes ? [args.some(leavesTree) ? ('outside' as const) : ('delete' as const)] : []),
  ])
}

function elsewhereOr(args: readonly ShellWord[]): RiskClass {
  return args.some(leavesTree) ? 'elsewhere' : 'project'
}

const FEEDERS: ReadonlySet<string> = new Set(['xargs', 'parallel', 'sem', 'entr', 'fd', 'fdfind', 'watchexec'])
const UNKNOWN: ShellWord = { text: '…', value: '', known: false, glob: false }

const BARE = { assignments: [], redirections: [], fed: true }

function textOf(words: readonly ShellWord[]): string {
  return words.map(({ text }) => text).join(' ')
}
