/**
 * git by its subcommand. Reading ones read as long as no flag names a program or a file; its aliases, `-c` and unknown
 * subcommands hide what runs. What a planted configuration could start was planted by a command that asked.
 */
import { leavesTree } from '../paths.ts'
import type { RiskClass } from '../risk-class.ts'
import type { ShellWord } from '../shell-word.ts'
import { isFlag } from './read-only.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const READING = words(
  'status log diff show rev-parse ls-files ls-tree blame annotate shortlog describe cat-file rev-list name-rev merge-base grep for-each-ref count-objects check-ignore check-attr diff-tree diff-index diff-files whatchanged cherry show-ref show-branch range-diff var version',
)
const WRITING = words('add commit restore checkout switch mv merge cherry-pick revert apply am init notes bisect format-patch stash branch tag')
const DELETING = words('rm clean')
const HISTORY = words(
  'rebase reset filter-branch filter-repo replace update-ref gc prune reflog symbolic-ref config worktree remote fast-import pack-refs repack update-index read-tree commit-tree write-tree hash-object mktag mktree sparse-checkout maintenance rerere hook update-server-info unpack-objects index-pack bundle',
)
const NETWORK = words(
  'fetch pull clone ls-remote submodule send-email request-pull archive svn p4 cvsimport imap-send daemon http-fetch fetch-pack lfs',
)
const PUBLISH = words('push send-pack http-push')
/** Flags of reading subcommands that write a file or start a program. */
const NEVER =
  /^(?:--output|--o(?:u|ut|utp|utpu)?(?:=|$)|--ext|--tex|--fi|--op|-[a-zA-Z]*O|--show-s|--conte|--exec|--upload|--paginate|--batch|--help|-h)|%G|%\(signature/u
/** Subcommands that list when they have only such words, and change something otherwise. */
const LISTING: Readonly<Record<string, RegExp>> = {
  branch: /^(?:-a|-r|-v|-vv|--list|--show-current|--all|--remotes|--merged|--no-merged|--sort=.*|--format=.*|--no-color)$/u,
  tag: /^(?:-l|--list|-n\d*|--sort=.*|--format=.*)$/u,
  stash: /^(?:list|show)$/u,
  remote: /^(?:-v|--verbose|show|get-url)$/u,
  worktree: /^(?:list|--porcelain)$/u,
  reflog: /^show$/u,
  config: /^(?:--get|--get-all|--list|-l|--show-origin|--local|get|list)$/u,
}
/** Flags that throw away what was committed or not yet. */
const DESTROYS = /^(?:--amend|--force|-f|--hard|-D|-M|-C|-B|--delete|-d|--discard-changes|drop|clear|--orphan|--mirror|--prune)$/u

/** The class of a call of git. */
export function gitClass(args: readonly ShellWord[]): RiskClass {
  const rest = [...args]
  while (rest[0]?.known === true && /^(?:--no-pager|--no-optional-locks|--literal-pathspecs)$/u.test(rest[0].value)) rest.shift()
  const [subcommand, ...given] = rest
  const name = subcommand?.known === true ? subcommand.value : '-'
  // `git --version` and `git` alone; every other flag in front (-c, -C, --git-dir, --exec-path) changes what runs.
  if (name.startsWith('-')) return args.length === 0 || (args.length === 1 && name === '--version') ? 'read' : changedBefore(args)
  const known = classOf(name, given)
  return known === 'read' || known === 'write' ? placed(known, given) : known
}

function classOf(name: string, given: readonly ShellWord[]): RiskClass {
  if (PUBLISH.has(name)) return 'publish'
  if (NETWORK.has(name)) return 'network'
  if (READING.has(name)) return given.some(({ value }) => NEVER.test(value)) ? 'hidden' : 'read'
  if (Object.hasOwn(LISTING, name) && lists(name, given)) return 'read'
  if (name === 'remote' && given[0]?.value === 'update') return 'network'
  if (HISTORY.has(name)) return 'history'
  if (DELETING.has(name)) return name === 'clean' ? 'history' : 'delete'
  // It starts whatever follows, once for each step.
  if (name === 'bisect' && given[0]?.value === 'run') return 'hidden'
  if (WRITING.has(name)) return given.some(({ value }) => DESTROYS.test(value)) ? 'history' : startsMore(name, given) ? 'hidden' : 'write'
  return 'hidden'
}

/** Flags and words by which a writing subcommand starts a program that settings name: a signer, a viewer, a strategy, a template's hooks. */
function startsMore(name: string, given: readonly ShellWord[]): boolean {
  if (given.some(({ value }) => /^--(?:ext|tex|gpg|sign$|exec|op)|%G|%\(signature/u.test(value))) return true
  if (name === 'commit' || name === 'merge' || name === 'cherry-pick' || name === 'revert' || name === 'am')
    if (given.some(({ value }) => /^-[a-zA-Z]*S/u.test(value))) return true
  if (name === 'tag') return given.some(({ value }) => /^-[a-ln-zA-Z]*[suv]|^--(?:local-user|verify)/u.test(value))
  if (name === 'init') return given.some(({ value }) => /^--(?:templ|sep)/u.test(value))
  if (name === 'bisect') return /^(?:vis|view|replay)/u.test(given[0]?.value ?? '')
  // `-s x` and `--strategy=x` start `git-merge-x`, wherever that lies.
  const strategies = given.flatMap(({ value }, n) =>
    /^(?:-s|--strategy)$/u.test(value) ? [given[n + 1]?.value ?? ''] : [/^(?:-s|--strategy=)(.+)/u.exec(value)?.[1] ?? 'ort'],
  )
  return name === 'merge' && strategies.some((each) => !/^(?:ort|recursive|resolve|octopus|ours|subtree)$/u.test(each))
}

function lists(name: string, given: readonly ShellWord[]): boolean {
  const listing = LISTING[name]
  if (listing === undefined || given.some((arg) => !arg.known || /%G|%\(signature/u.test(arg.value))) return false
  if (name === 'stash' || name === 'reflog' || name === 'config' || name === 'worktree')
    return (
      (given.length === 0 ? name === 'reflog' : listing.test(given[0]?.value ?? '')) &&
      !given.some(({ value }) => NEVER.test(value)) &&
      !/^--?e|^--?set/u.test(given[1]?.value ?? '')
    )
  if (name === 'tag' && given[0]?.value === '-l') return given.every((arg) => !isFlag(arg) || listing.test(arg.value))
  return given.every(({ value }) => listing.test(value))
}

/** Unknown words may be flags; words that leave the worktree reach elsewhere. */
function placed(found: 'read' | 'write', given: readonly ShellWord[]): RiskClass {
  if (given.some((arg) => !arg.known && !(arg.glob && /^[\w./]/u.test(arg.text)))) return found === 'read' ? 'project' : 'hidden'
  const message = given.findIndex(({ value }) => /^-[a-z]*m$|^--message$|^--author$|^--format$|^--grep$|^-[GS]$/u.test(value))
  const paths = given
    .filter((_, index) => index !== message + 1 || message === -1)
    .filter(({ value }) => !/^--(?:message|author|format|pretty|grep|date|since|until)=/u.test(value))
  if (!paths.some(leavesTree)) return found
  return found === 'read' ? 'elsewhere' : 'outside'
}

/** With flags in front: the worst that any word of the call could be as a subcommand. */
function changedBefore(args: readonly ShellWord[]): RiskClass {
  const values = args.map(({ value }) => value)
  if (values.some((value) => PUBLISH.has(value))) return 'publish'
  return 'hidden'
}
