/**
 * How this room runs git: every spawn goes through the sandbox's port, with a hand-made environment. Trusted commands work
 * in Lugh's own repositories and the person's; nothing here may ever name a workshop to a trusted command.
 */
import { LughError, ObjectName } from '#core'
import type { Sandbox, TrustedResult } from '#sandbox'
import { GitFailed, redact } from './failure.ts'
import type { GitConfigFiles } from './git-config.ts'
import type { Queue } from './queue.ts'

/** What every function of this room is given. */
export type Context = {
  readonly home: string
  readonly sandbox: Sandbox
  readonly config: GitConfigFiles
  readonly oneAtATime: Queue
  /** How many commands of this process run in each of Lugh's own repositories now. */
  readonly running: Map<string, number>
}

export type Options = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  /** Exit codes that are answers, not failures (0 always is). */
  readonly answers?: readonly number[]
  readonly timeoutMs?: number
  readonly outputBytes?: number
  /** Output over `outputBytes` is an error unless this is set. */
  readonly mayTruncate?: boolean
  /** Given: it takes stdout piece by piece, and nothing of it is kept. */
  readonly onStdout?: (chunk: Uint8Array) => void
}

/** Local git on a large repository takes seconds; two minutes means that something is stuck. */
const LOCAL_TIMEOUT_MS = 120_000
/** Lists of files and single blobs; a patch asks for its own cap. */
const OUTPUT_BYTES = 64 * 1024 * 1024

/** Said on every command line, where no repository's own configuration can win over it. */
const PINNED = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.writeCommitGraph=false',
  'protocol.ext.allow=never',
  'submodule.recurse=false',
].flatMap((setting) => ['-c', setting])

/**
 * Said besides in Lugh's own repositories: names mean the same wherever it runs. Batched fsync is as durable and halves the
 * time of taking in 100 changed files (134 ms against 267).
 */
const PINNED_OWN = [
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.quotePath=false',
  'diff.ignoreSubmodules=all',
  'core.fsyncMethod=batch',
].flatMap((setting) => ['-c', setting])

const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  GIT_COMMITTER_NAME: 'Lugh',
  GIT_COMMITTER_EMAIL: 'lugh@localhost',
  LC_ALL: 'C',
}

/** Runs git on one of Lugh's own repositories (base or store). Throws `GitFailed` on any exit code not named in `answers`. */
export async function own(context: Context, gitDir: string, args: readonly string[], options: Options = {}): Promise<TrustedResult> {
  const count = (by: number): Map<string, number> => context.running.set(gitDir, (context.running.get(gitDir) ?? 0) + by)
  count(1)
  try {
    return await run(
      context,
      ['git', `--git-dir=${gitDir}`, ...PINNED, ...PINNED_OWN, ...args],
      { cwd: gitDir, ...options },
      ownEnvironment(context),
      false,
    )
  } finally {
    count(-1)
  }
}

/** Files, a private index, the git directory that judges them, and where objects lie when not in that. */
export type At = { readonly gitDir: string; readonly workTree: string; readonly index: string; readonly objects?: string }

/** As `own`, with `workTree` as the place of files and `index` as a private index file. The working tree's `.git` is never read. */
export function ownIn(context: Context, at: At, args: readonly string[], options: Options = {}): Promise<TrustedResult> {
  const env = { ...options.env, GIT_INDEX_FILE: at.index, ...(at.objects === undefined ? {} : { GIT_OBJECT_DIRECTORY: at.objects }) }
  return own(context, at.gitDir, [`--work-tree=${at.workTree}`, ...args], { cwd: at.workTree, ...options, env })
}

/** Runs git in the person's repository at `where` with Lugh's configuration beside the repository's own: for looking and for moving refs. */
export function theirs(context: Context, where: string, args: readonly string[], options: Options = {}): Promise<TrustedResult> {
  return run(
    context,
    ['git', ...PINNED, ...args],
    { cwd: where, ...options },
    { ...ownEnvironment(context), GIT_CEILING_DIRECTORIES: parent(where) },
    false,
  )
}

/** As `theirs`, with the person's own settings and credentials: their filters while files are written, their author, their servers. */
export function asPerson(context: Context, where: string, args: readonly string[], options: Options = {}): Promise<TrustedResult> {
  const env = { ...ENVIRONMENT, GIT_CONFIG_GLOBAL: context.config.person, GIT_CEILING_DIRECTORIES: parent(where) }
  return run(context, ['git', ...PINNED, ...args], { cwd: where, ...options }, env, true)
}

async function run(
  context: Context,
  argv: readonly [string, ...string[]],
  options: Options & { cwd: string },
  env: Readonly<Record<string, string>>,
  credentials: boolean,
): Promise<TrustedResult> {
  const result = await context.sandbox.trusted({
    argv,
    cwd: options.cwd,
    env: { ...env, ...options.env },
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    ...(options.onStdout === undefined ? {} : { onStdout: options.onStdout }),
    limits: { timeoutMs: options.timeoutMs ?? LOCAL_TIMEOUT_MS, outputBytes: options.outputBytes ?? OUTPUT_BYTES },
    raw: true,
    credentials,
  })
  if (result.truncated || result.endedBy === 'output-cap') {
    if (options.mayTruncate === true) return { ...result, truncated: true }
    throw new LughError('git.failed', 'git had more to say than Lugh can hold; the repository is too large.', { detail: redact(argv.join(' ')) })
  }
  if (result.exitCode === 0 || (result.exitCode !== null && options.answers?.includes(result.exitCode) === true)) return result
  throw new GitFailed(argv, result)
}

function ownEnvironment(context: Context): Record<string, string> {
  return { ...ENVIRONMENT, GIT_CONFIG_GLOBAL: context.config.own, GIT_CONFIG_NOSYSTEM: '1', GIT_ATTR_NOSYSTEM: '1' }
}

function parent(path: string): string {
  return path.replace(/\/+[^/]*\/*$/, '') || '/'
}

/** The one object name a command printed. */
export function objectName(result: TrustedResult): ObjectName {
  return ObjectName.parse(result.stdout.trim())
}
