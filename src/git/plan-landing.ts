/** Says where a landing would go, for the card. Looks at the person's repository and changes nothing in it. */
import { existsSync } from 'node:fs'
import { refOf, branchNames } from './branch-name.ts'
import { changedPaths, listCheckouts, workUnderWay } from './checkout-state.ts'
import type { Checkout } from './checkout-state.ts'
import { theirs } from './command.ts'
import type { Context } from './command.ts'
import { GitFailed, redact } from './failure.ts'
import type { LandingPlan, Repository } from './port.ts'

/** See `Git.planLanding`. */
export async function planLanding(
  context: Context,
  repository: Repository,
  targetBranch: string,
  options: { fastForward: boolean; branch: string },
): Promise<LandingPlan> {
  refOf(options.branch)
  const way = await wayTo(context, repository, targetBranch)
  if (!('reason' in way) && options.fastForward) return way.how === 'ref' ? way : { ...way, otherwise: options.branch }
  return asBranch(context, repository, options.branch, 'reason' in way ? way.reason : 'fast-forward is off for this project')
}

type Way = Exclude<LandingPlan, { how: 'branch' }> | { readonly reason: string }

/** How the target could move now, or why it cannot. */
export async function wayTo(context: Context, repository: Repository, targetBranch: string): Promise<Way> {
  const ref = refOf(targetBranch)
  if (repository.kind === 'url') {
    const remote = redact(repository.location)
    return { how: 'push', remote, say: `Merge pushes to ${targetBranch} of ${remote}.` }
  }
  const { location } = repository
  const found = await theirs(context, location, ['for-each-ref', '--format=%(refname) %(symref)', ref])
  const line = found.stdout.split('\n').find((line) => line.startsWith(`${ref} `))
  if (line === undefined) return { reason: `there is no branch ${targetBranch}` }
  if (line !== `${ref} `) return { reason: `${targetBranch} is another name for ${line.slice(ref.length + 1)}` }
  return wayInCheckouts(context, location, targetBranch, ref)
}

async function wayInCheckouts(context: Context, location: string, branch: string, ref: string): Promise<Way> {
  const checkouts = await listCheckouts(context, location)
  const present = checkouts.filter((checkout) => !checkout.bare && existsSync(checkout.path))
  const away = checkouts.find((checkout) => checkout.branch === ref && checkout.locked && !existsSync(checkout.path))
  if (away !== undefined) return { reason: `${branch} is checked out in ${away.path}, which is locked and not there now` }
  for (const checkout of present) {
    const busy = await underWay(context, checkout)
    if (busy !== undefined && (checkout.branch === ref || busy.ref === ref)) return { reason: `${busy.what} is under way in ${checkout.path}` }
  }
  const [only, second] = present.filter((checkout) => checkout.branch === ref)
  if (only === undefined) return { how: 'ref', say: `Merge moves ${branch} in ${location}; it is checked out nowhere.` }
  if (second !== undefined) return { reason: `${branch} is checked out twice, in ${only.path} and ${second.path}` }
  const changed = await changedPaths(context, only.path)
  if (changed.length > 0) return { reason: `${only.path} has uncommitted changes` }
  return { how: 'checkout', checkout: only.path, say: `Merge moves ${branch} and its files in ${only.path} (clean now).` }
}

/** A foreign checkout that is broken says nothing about this branch; the branch's own is then best left alone. */
async function underWay(context: Context, checkout: Checkout): Promise<{ what: string; ref: string | undefined } | undefined> {
  try {
    return await workUnderWay(context, checkout.path)
  } catch (error) {
    if (error instanceof GitFailed) return { what: 'something git cannot make sense of', ref: checkout.branch }
    throw error
  }
}

async function asBranch(context: Context, repository: Repository, wanted: string, reason: string): Promise<LandingPlan> {
  const branch = repository.kind === 'path' ? await freeBranch(context, repository.location, wanted) : wanted
  const where = redact(repository.location)
  return { how: 'branch', branch, reason, say: `The result stays as branch ${branch} in ${where}: ${reason}.` }
}

/** The first of the names that no branch of theirs has or stands in the way of. */
async function freeBranch(context: Context, location: string, wanted: string): Promise<string> {
  const { stdout } = await theirs(context, location, ['for-each-ref', '--format=%(refname)', 'refs/heads'])
  const taken = stdout.split('\n')
  const isFree = (ref: string): boolean =>
    !taken.some((other) => other === ref || other.startsWith(`${ref}/`) || (other !== '' && ref.startsWith(`${other}/`)))
  for (const name of branchNames(wanted)) if (isFree(refOf(name))) return name
  return wanted
}
