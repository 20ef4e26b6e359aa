/**
 * Carries a planned landing out: the only writes ever made to the person's repository. Each is a compare-and-set, is safe
 * to repeat after a kill, and does nothing at all when what was shown no longer holds.
 */
import { LughError, crashPoint } from '#core'
import type { ObjectName } from '#core'
import { branchNames, fallbackName, refOf } from './branch-name.ts'
import { theirs } from './command.ts'
import type { Context } from './command.ts'
import { GitFailed } from './failure.ts'
import { fastForward, finishKilled } from './fast-forward.ts'
import type { Step } from './fast-forward.ts'
import { placesOf } from './places.ts'
import { wayTo } from './plan-landing.ts'
import type { LandOutcome, LandingPlan, Repository } from './port.ts'
import { pushAsBranch, pushToTarget } from './push.ts'
import { tipOf } from './repository.ts'

export type Landing = {
  readonly targetBranch: string
  readonly old: ObjectName
  readonly commit: ObjectName
  readonly plan: LandingPlan
  readonly message: string
}

/** See `Git.land`. */
export async function land(context: Context, repository: Repository, landing: Landing): Promise<LandOutcome> {
  return context.oneAtATime(`land ${repository.location}`, () =>
    repository.kind === 'url' ? landByPush(context, repository, landing) : landInPlace(context, repository, landing),
  )
}

async function landByPush(context: Context, repository: Repository, landing: Landing): Promise<LandOutcome> {
  if (landing.plan.how !== 'branch') return pushToTarget(context, repository, landing)
  if (await isGone(context, repository, landing)) return moved(landing)
  return kept(landing, await pushAsBranch(context, repository, landing.commit, landing.plan.branch), landing.plan.reason)
}

async function landInPlace(context: Context, repository: Repository, landing: Landing): Promise<LandOutcome> {
  const { plan } = landing
  if (plan.how === 'branch') return landAsBranch(context, repository, landing, plan)
  if (plan.how === 'push') return { outcome: 'stale', reason: 'the project was added by its address when this was shown' }
  if (plan.how === 'checkout') await finishKilled(context, repository, stepOf(landing, plan.checkout))
  if ((await tipOf(context, repository, refOf(landing.targetBranch))) === landing.commit) return landed(landing)
  if (await isGone(context, repository, landing)) return moved(landing)
  const way = await wayTo(context, repository, landing.targetBranch)
  if ('reason' in way) return { outcome: 'stale', reason: way.reason }
  if (way.how !== plan.how || (way.how === 'checkout' && plan.how === 'checkout' && way.checkout !== plan.checkout))
    return { outcome: 'stale', reason: `${landing.targetBranch} was checked out or left since this was shown` }
  await bringObjects(context, repository, landing.commit)
  crashPoint('land.after-objects')
  return plan.how === 'checkout' ? landInCheckout(context, repository, landing, plan) : landAsRef(context, repository, landing)
}

function stepOf({ old, commit, message, targetBranch }: Landing, checkout: string): Step {
  return { checkout, old, commit, ref: refOf(targetBranch), message: reflog(message) }
}

/** Objects only: no reference, no FETCH_HEAD. Safe to repeat; when the outcome is `stale` they are loose ends that git's own gc takes. */
async function bringObjects(context: Context, repository: Repository, commit: ObjectName): Promise<void> {
  const { store } = placesOf(context.home, repository.projectId)
  const args = [
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
    '--no-prune',
    '--update-shallow',
  ]
  await theirs(context, repository.location, [...args, '--', store, `refs/lugh/commits/${commit}`])
}

async function landAsRef(context: Context, repository: Repository, landing: Landing): Promise<LandOutcome> {
  const args = ['update-ref', '-m', reflog(landing.message), refOf(landing.targetBranch), landing.commit, landing.old]
  try {
    await theirs(context, repository.location, args)
  } catch (error) {
    if (error instanceof GitFailed && (await isGone(context, repository, landing))) return moved(landing)
    throw error
  }
  crashPoint('land.after-act')
  return landed(landing)
}

async function landInCheckout(
  context: Context,
  repository: Repository,
  landing: Landing,
  plan: Extract<LandingPlan, { how: 'checkout' }>,
): Promise<LandOutcome> {
  const refusal = await fastForward(context, repository, stepOf(landing, plan.checkout))
  crashPoint('land.after-act')
  if (refusal === undefined) return landed(landing)
  if (await isGone(context, repository, landing)) return moved(landing)
  const way = await wayTo(context, repository, landing.targetBranch)
  if ('reason' in way) return { outcome: 'stale', reason: way.reason }
  return keepAsBranch(context, repository, landing, plan.otherwise ?? fallbackName(landing.commit), refusal)
}

async function landAsBranch(
  context: Context,
  repository: Repository,
  landing: Landing,
  plan: Extract<LandingPlan, { how: 'branch' }>,
): Promise<LandOutcome> {
  const there = await branchAt(context, repository, plan.branch, landing.commit)
  if (there !== undefined) return kept(landing, there, plan.reason)
  if (await isGone(context, repository, landing)) return moved(landing)
  await bringObjects(context, repository, landing.commit)
  crashPoint('land.after-objects')
  return keepAsBranch(context, repository, landing, plan.branch, plan.reason)
}

/** Makes a new branch at the commit, under the first name that is free; one already there at this commit (a repeat) is it. */
async function keepAsBranch(context: Context, repository: Repository, landing: Landing, wanted: string, reason: string): Promise<LandOutcome> {
  const zero = '0'.repeat(landing.commit.length)
  for (const branch of branchNames(wanted)) {
    const ref = refOf(branch)
    const tip = await tipOf(context, repository, ref)
    if (tip === landing.commit) return kept(landing, branch, reason)
    if (tip !== undefined) continue
    try {
      await theirs(context, repository.location, ['update-ref', '-m', reflog(landing.message), ref, landing.commit, zero])
      crashPoint('land.after-act')
      return kept(landing, branch, reason)
    } catch (error) {
      if (!(error instanceof GitFailed) || !/cannot lock ref|exists; cannot create|already exists/i.test(error.stderr)) throw error
    }
  }
  throw new LughError('conflict', `No name is free for a branch like ${wanted}. Delete some old ones, then try again.`)
}

/** The name under which an earlier life left the commit, if it did. */
async function branchAt(context: Context, repository: Repository, wanted: string, commit: ObjectName): Promise<string | undefined> {
  const { stdout } = await theirs(context, repository.location, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads'])
  const there = new Set(stdout.split('\n').flatMap((line) => (line.startsWith(`${commit} `) ? [line.slice(commit.length + 1)] : [])))
  for (const branch of branchNames(wanted)) if (there.has(refOf(branch))) return branch
  return undefined
}

async function isGone(context: Context, repository: Repository, landing: Landing): Promise<boolean> {
  return (await tipOf(context, repository, refOf(landing.targetBranch))) !== landing.old
}

function landed({ commit, old, plan }: Landing): LandOutcome {
  return { outcome: 'landed', commit, old, how: plan.how }
}

function kept({ commit }: Landing, branch: string, reason: string): LandOutcome {
  return { outcome: 'kept', commit, branch, reason }
}

function moved({ targetBranch }: Landing): LandOutcome {
  return { outcome: 'stale', reason: `${targetBranch} has moved since this was shown` }
}

/** A reflog entry is one line. */
function reflog(message: string): string {
  return message.replaceAll(/\s+/g, ' ').trim().slice(0, 200) || 'lugh: land'
}
