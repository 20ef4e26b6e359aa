/**
 * Package managers, build tools and interpreters: what a call of them does, and the fixed words by which it may be allowed for
 * good. Only calls that run what the worktree already holds get such words.
 */
import { isDevice, leavesTree } from '../paths.ts'
import type { RiskClass } from '../risk-class.ts'
import type { Rule } from '../rule.ts'
import type { ShellWord } from '../shell-word.ts'
import { reachingClass } from './reaching.ts'
import { isRewriter, isShell, isStarter } from './starters.ts'

export type Run = { readonly risk: RiskClass; readonly rule?: Rule }

const set = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const INSTALLS = set(
  'i in install ci add update up upgrade create init x dlx exec import link ln rebuild rb dedupe audit fetch get sync tool require self-update download wheel env use plugin patch-commit it install-test cit install-ci-test clean-install outdated pack-get',
)
const PUBLISHES = set(
  'publish unpublish deprecate dist-tag owner access token login logout adduser star team hook org profile deploy release yank push whoami trust',
)
const NODE_MANAGERS = set('npm pnpm yarn bun')
const SHORTHANDS = set('test t lint build typecheck type-check check format start')
const OTHER_MANAGERS = set('pip pip3 uv poetry pipenv cargo go gem bundle bundler composer deno dotnet mvn gradle mix rebar3 swift flutter dart pub')
/** Their subcommands that build or test what is there. */
const BUILDS: Readonly<Record<string, ReadonlySet<string>>> = {
  cargo: set('test check clippy build fmt bench doc'),
  go: set('test vet build fmt'),
  dotnet: set('test build format'),
  mix: set('test format compile'),
  swift: set('test build'),
  dart: set('test analyze format'),
  flutter: set('test analyze'),
  mvn: set('test verify compile'),
  gradle: set('test check build'),
  deno: set('test lint fmt check'),
}
/** Words after which other code than the worktree's would run, or the tool would look elsewhere. */
const BENDS =
  /^(?:-C|--prefix|--dir|--cwd|--config|--userconfig|--globalconfig|--script-shell|--shell|--registry|--node-options|--require|--import|--loader|--experimental-loader|-r|-e|-p|-c|--eval|--print|--exec|-exec|-toolexec|-vettool|--toolexec|--manifest-path|--rootdir|--plugin|--global|-g|--workspace-dir|--use-node-version|--pre|--init-script|-I|-f|--file|--makefile|--directory|-o|--override-ini|--pdbcls|--script-shell)(?:=|$)/u
const RISKY_SCRIPT = /deploy|publish|release|push|upload|migrate:prod/iu

/** A package manager or build tool; undefined for every other program. */
export function managerRun(program: string, args: readonly ShellWord[]): Run | undefined {
  if (!NODE_MANAGERS.has(program) && !OTHER_MANAGERS.has(program)) return undefined
  const [first, second] = args
  if (first === undefined) return { risk: program === 'yarn' || program.startsWith('bun') ? 'install' : 'project' }
  if (args.length === 1 && /^(?:--version|-v|--help|-h)$/u.test(first.value) && first.known) return { risk: 'project' }
  // A flag in front hides which word is the subcommand: the worst of all of them.
  if (!first.known || first.value.startsWith('-') || first.value.startsWith('+'))
    return { risk: args.some(({ value }) => /^(?:-[ep]|--eval|--print)$/u.test(value)) ? 'hidden' : worstOfWords(args) }
  const name = first.value
  // They set what later calls run, or start what stands behind them.
  if (NODE_MANAGERS.has(program) && (name === 'explore' || (/^(?:config|c)$/u.test(name) && !/^(?:get|list|ls)$/u.test(second?.value ?? ''))))
    return { risk: 'hidden' }
  if (PUBLISHES.has(name)) return { risk: 'publish' }
  // These two start what is installed already and never fetch it.
  if (name === 'exec' && (program === 'pnpm' || program === 'yarn')) return { risk: startedByExec(second) }
  if (INSTALLS.has(name)) return { risk: 'install' }
  if (program === 'uv' || (program === 'go' && name === 'run' && second?.value.includes('@') === true)) return { risk: 'install' }
  if ((program === 'pip' || program === 'pip3') && !/^(?:list|show|freeze|check)$/u.test(name)) return { risk: 'install' }
  if (args.some(({ value }) => /^https?:|^npm:|^jsr:/u.test(value))) return { risk: 'install' }
  if (NODE_MANAGERS.has(program)) return scriptRun(program, args)
  return BUILDS[program]?.has(name) === true ? ruled(program, [name], args.slice(1)) : { risk: worstOfWords(args) }
}

function startedByExec(started: ShellWord | undefined): RiskClass {
  if (started?.known !== true || started.value.startsWith('-') || started.value === 'git') return 'hidden'
  return reachingClass(started.value) ?? (isShell(started.value) || isStarter(started.value) || isRewriter(started.value) ? 'hidden' : 'project')
}

function worstOfWords(args: readonly ShellWord[]): RiskClass {
  if (args.some(({ value }) => PUBLISHES.has(value))) return 'publish'
  if (args.some(({ value }) => INSTALLS.has(value))) return 'install'
  return args.some((arg) => !arg.known) ? 'hidden' : 'project'
}

function scriptRun(program: string, args: readonly ShellWord[]): Run {
  const [first, second] = args
  const isRun = first?.value === 'run' || first?.value === 'run-script'
  const script = isRun ? second : first
  if (script === undefined) return { risk: 'project' }
  if (!script.known) return { risk: 'hidden' }
  if (RISKY_SCRIPT.test(script.value)) return { risk: 'publish' }
  if (!/^[\w:.-]+$/u.test(script.value) || script.value.startsWith('-')) return { risk: worstOfWords(args) }
  if (isRun) return ruled(program, ['run', script.value], args.slice(2))
  return SHORTHANDS.has(script.value) ? ruled(program, [script.value], args.slice(1)) : { risk: worstOfWords(args) }
}

/** Whatever follows must be known words inside the worktree, and none that bends the call to something else. */
function ruled(program: string, fixed: readonly string[], rest: readonly ShellWord[], more = true): Run {
  if (rest.some((arg) => !arg.known || leavesTree(arg) || BENDS.test(arg.value) || /[\s;|&$`<>()]/u.test(arg.value))) return { risk: 'project' }
  const rule: Rule = more ? { program, args: fixed, more } : { program, args: [...fixed, ...rest.map(({ value }) => value)], more }
  return { risk: 'project', rule }
}

const INTERPRETERS = set(
  'node nodejs python python2 python3 ruby perl php lua luajit Rscript tclsh julia groovy scala elixir ghc runghc gawk awk mawk jshell irb ts-node tsx esbuild-register',
)
const CODE_FLAG = /^(?:-[a-zA-Z]*[ceEprRmIi]\d*|--eval|--print|--require|--import|--loader|--experimental.*|--run|--exec|-)(?:=.*)?$/u
/** Tools that check or test; their words are exact in a rule, since none of them is fixed. */
const TOOLS = set(
  'pytest tsc eslint prettier jest mocha ava vitest oxlint oxfmt biome stylelint ruff mypy black flake8 pylint isort rspec rubocop rake phpunit phpstan make just gradlew ctest shellcheck knip',
)
const MODULES = set('pytest unittest mypy ruff black flake8 pylint')

/** An interpreter of anything but the shell; undefined for every other program. */
export function interpreterRun(program: string, args: readonly ShellWord[], fed: boolean): Run | undefined {
  if (!INTERPRETERS.has(program) && !/^python\d(?:\.\d+)?$/u.test(program)) return undefined
  const [first, second, ...more] = args
  if (first === undefined) return { risk: fed ? 'inline' : 'project' }
  if (!first.known) return { risk: 'hidden' }
  if (program === 'node' && first.value === '--test')
    return ruled(
      program,
      ['--test'],
      args.slice(1).filter(({ value }) => !/^--test-[\w-]+(?:=[\w-]+)?$/u.test(value)),
    )
  if (first.value === '-m' && second?.known === true) {
    if (MODULES.has(second.value)) return ruled(program, ['-m', second.value], more)
    if (/^(?:pip|ensurepip|venv|pipx|http\.server|poetry|uv)/u.test(second.value)) return { risk: 'install' }
    if (/^(?:ftplib|smtp|telnetlib|webbrowser|xmlrpc|wsgiref|pydoc|urllib|asyncio)/u.test(second.value)) return { risk: 'network' }
    // `-m timeit 'code'`, `-m pdb -c 'code'`: code as much as behind `-c`.
    return { risk: more.some(({ value }) => /[\s;()]/u.test(value)) ? 'inline' : 'project' }
  }
  if (first.value.startsWith('-')) return { risk: args.some(({ value }) => CODE_FLAG.test(value)) ? 'inline' : 'project' }
  if (program.endsWith('awk')) return { risk: 'inline' }
  // Node's debugger takes a script, a process or another machine.
  if (first.value === 'inspect') return { risk: 'project' }
  return isProjectFile(first) ? ruled(program, [first.value], args.slice(1)) : { risk: 'elsewhere' }
}

/** A checking tool, or a program of the worktree called by its path; undefined for every other program. */
export function toolRun(program: string, args: readonly ShellWord[]): Run | undefined {
  if (TOOLS.has(program) || isProjectPath(program)) return ruled(program, [], args, false)
  return undefined
}

function isProjectPath(program: string): boolean {
  return (
    program.includes('/') &&
    /^[\w./-]+$/u.test(program) &&
    !program.startsWith('/') &&
    !program.split('/').includes('..') &&
    !program.includes('node_modules/')
  )
}

export function isProjectFile(word: ShellWord): boolean {
  return word.known && !leavesTree(word) && !isDevice(word) && /^[\w./@-]+$/u.test(word.value) && !word.value.startsWith('-')
}
