/** Lands in a repository known by its URL: one push with a lease, outside the sandbox, with the host's credentials. A refusal is an answer. */
import { LughError, crashPoint, oneLine } from '#core'
import type { ObjectName } from '#core'
import { branchNames, fallbackName, refOf } from './branch-name.ts'
import { asPerson, theirs } from './command.ts'
import type { Context } from './command.ts'
import { GitFailed, redact } from './failure.ts'
import { placesOf } from './places.ts'
import type { LandOutcome, Repository } from './port.ts'
import type { Landing } from './land.ts'
import { outsideError, tipOf } from './repository.ts'

/** A large push over a slow line. */
const PUSH_TIMEOUT_MS = 15 * 60_000

/**
 * A repository on this machine is received into by a process of this machine: what it brings along (hooks, a command that lists references of
 * its alternates) would run here, and settings of our own command line do not reach that process.
 */
const QUIET_RECEIVER =
  'git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.alternateRefsCommand=true -c gc.auto=0 -c receive.autogc=false receive-pack'

type Pushed = { readonly done: true } | { readonly done: false; readonly lease: boolean; readonly reason: string }

/** Moves the target by compare-and-set; when the server refuses, leaves the result there as a branch. */
export async function pushToTarget(context: Context, repository: Repository, landing: Landing): Promise<LandOutcome> {
  const { targetBranch, old, commit, plan } = landing
  const ref = refOf(targetBranch)
  const tip = await tipOf(context, repository, ref)
  if (tip === commit) return { outcome: 'landed', commit, old, how: 'push' }
  if (tip !== old) return { outcome: 'stale', reason: `${targetBranch} has moved since this was shown` }
  if (plan.how !== 'push') return { outcome: 'stale', reason: 'the project was a folder when this was shown' }
  const pushed = await push(context, repository, commit, ref, old)
  crashPoint('land.after-act')
  if (pushed.done) return { outcome: 'landed', commit, old, how: 'push' }
  if (pushed.lease) return { outcome: 'stale', reason: `${targetBranch} has moved since this was shown` }
  const reason = `the server refused: ${pushed.reason}`
  return { outcome: 'kept', commit, branch: await pushAsBranch(context, repository, commit, plan.otherwise ?? fallbackName(commit)), reason }
}

/** Pushes the commit as a branch that is new there (or already is this commit). Answers its name; throws when the server refuses that too. */
export async function pushAsBranch(context: Context, repository: Repository, commit: ObjectName, wanted: string): Promise<string> {
  for (const branch of branchNames(wanted)) {
    const ref = refOf(branch)
    const tip = await tipOf(context, repository, ref)
    if (tip === commit) return branch
    if (tip !== undefined) continue
    const pushed = await push(context, repository, commit, ref, '')
    crashPoint('land.after-branch')
    if (pushed.done) return branch
    if (!pushed.lease && !/cannot lock ref|directory file conflict/i.test(pushed.reason))
      throw new LughError(
        'git.failed',
        `${redact(repository.location)} refused the push: ${pushed.reason}. Check what this machine's git may do there.`,
      )
  }
  throw new LughError('conflict', `No name is free for a branch like ${wanted}. Delete some old ones, then try again.`)
}

/** Throws `git.unreachable` when the server could not be asked. */
async function push(context: Context, repository: Repository, commit: ObjectName, ref: string, old: string): Promise<Pushed> {
  const { store } = placesOf(context.home, repository.projectId)
  const isLocal = repository.location.startsWith('file://')
  const quiet = ['--porcelain', '--no-verify', '--no-follow-tags', '--signed=no', '--recurse-submodules=no']
  const args = [
    `--git-dir=${store}`,
    '-c',
    'push.pushOption=',
    'push',
    ...quiet,
    ...(isLocal ? [`--receive-pack=${QUIET_RECEIVER}`] : []),
    `--force-with-lease=${ref}:${old}`,
    '--',
    repository.location,
    `${commit}:${ref}`,
  ]
  try {
    const run = isLocal ? theirs : asPerson
    const { stdout } = await run(context, context.home, args, { answers: [1], timeoutMs: PUSH_TIMEOUT_MS })
    const refusal = /^!\t[^\t]*\t\[(?:remote )?rejected\] \((.*)\)$/m.exec(stdout)?.[1]
    return refusal === undefined
      ? { done: true }
      : { done: false, lease: /stale info|fetch first|non-fast-forward/.test(refusal), reason: oneLine(refusal, 200) }
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    if (/403|Permission (to .* )?denied|denied to|not authorized|access denied|protected/i.test(error.stderr))
      return { done: false, lease: false, reason: 'no right to push' }
    throw outsideError(repository, error)
  }
}
