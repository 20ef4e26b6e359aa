/**
 * Applies what a person decided: recompute everything the decision was bound to, write the exact intent, move one reference
 * by compare-and-set, write what came of it. Any difference on the way is `stale` and nothing is done.
 */
import { LughError, ObjectName, canonicalJson, effect, type TaskState } from '#core'
import {
  LandingPlanRow,
  appendEvent,
  changeById,
  endLanding,
  lastLanded,
  openLanding,
  setChangeState,
  setLandingIntent,
  type Change,
  type Landing,
  type Project,
  type Task,
  type Tx,
} from '#db'
import type { LandOutcome, LandingPlan } from '#git'
import { checkpointBefore } from '../checkpoints/ask-checkpoint.ts'
import { changeDigest, commitMessage } from '../change-digest.ts'
import { repositoryOf, underClaim, type Claim, type Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { authorAt, readSettings } from '../project-settings.ts'
import { projectOf } from './prepare.ts'
import { supersede } from '../supersede.ts'

/** Exactly what will move: written before it moves, read again after a kill. */
type Intent = { readonly old: ObjectName; readonly commit: ObjectName; readonly plan: LandingPlan; readonly message: string; readonly target: string }
type Halt = { readonly halt: 'stale' | 'conflict' | 'refused'; readonly say: string }

/** Carries the task's open landing out, from wherever an earlier worker left it. */
export async function land(m: Machinery, claim: Claim): Promise<void> {
  const landing = await openLanding(m.db, claim.task.id)
  if (landing === undefined) throw new LughError('internal', 'There is nothing to land.', { detail: `T${claim.task.number}` })
  const project = await projectOf(m, claim.task)
  const change = await changeById(m.db, landing.changeId)
  if (change === undefined) throw new LughError('internal', 'The change to land is missing.', { detail: landing.changeId })
  const intent =
    recorded(landing, claim.task) ??
    (landing.kind === 'merge' ? await planMerge(m, claim.task, project, landing, change) : await planUndo(m, claim.task, project, landing))
  if ('halt' in intent) return halt(m, claim, landing, change, intent)
  await checkpointBefore(m, { project, kind: 'merge', key: `landing:${landing.id}`, name: `before ${landing.kind} of T${claim.task.number}` })
  const outcome = await effect(
    `land.${landing.kind}`,
    () => writeIntent(m, claim, landing, change, intent),
    () =>
      m.git.land(repositoryOf(project), {
        targetBranch: intent.target,
        old: intent.old,
        commit: intent.commit,
        plan: intent.plan,
        message: `lugh: ${landing.kind} T${claim.task.number}`,
      }),
    (result) => writeOutcome(m, claim, landing, change, result),
  )
  if (outcome.outcome === 'stale') await halt(m, claim, landing, change, { halt: 'stale', say: outcome.reason })
}

/** The intent of an earlier worker, if it got that far: the same commit is landed, never another. */
function recorded(landing: Landing, task: Task): Intent | undefined {
  if (landing.oldCommit === null || landing.newCommit === null || landing.detail === null) return undefined
  const plan = LandingPlanRow.parse(JSON.parse(landing.detail))
  return {
    old: ObjectName.parse(landing.oldCommit),
    commit: ObjectName.parse(landing.newCommit),
    plan: toPlan(plan),
    message: messageOf(landing.kind, task),
    target: branchOf(landing.ref),
  }
}

async function planMerge(m: Machinery, task: Task, project: Project, landing: Landing, change: Change): Promise<Intent | Halt> {
  const repository = repositoryOf(project)
  const { settings, tip } = await readSettings(m.git, project)
  if (tip !== change.baseCommit) return { halt: 'stale', say: `${settings.target} moved to ${tip.slice(0, 8)} before the merge` }
  const plan = await m.git.planLanding(repository, settings.target, { fastForward: settings.fastForward, branch: task.branch })
  if (canonicalJson({ ...plan }) !== canonicalJson({ ...change.landingPlan }))
    return { halt: 'stale', say: `it would land another way now: ${plan.say}` }
  const baseTree = await m.git.treeOf(repository, tip)
  const message = commitMessage(task)
  const bound = { taskId: task.id, targetRef: `refs/heads/${settings.target}`, baseCommit: tip, baseTree, tree: change.tree, landingPlan: plan }
  if (changeDigest(bound, project, message) !== change.digest) return { halt: 'stale', say: 'it is no longer what the card showed' }
  const commit = await m.git.commit(repository, {
    tree: ObjectName.parse(change.tree),
    parent: tip,
    message,
    author: await authorAt(m.git, project, tip),
    date: seconds(landing.createdAt),
  })
  return { old: tip, commit, plan, message, target: settings.target }
}

/** The inverse of the last landing, merged onto the target as it is now; the undo of an undo is the same act again. */
async function planUndo(m: Machinery, task: Task, project: Project, landing: Landing): Promise<Intent | Halt> {
  const repository = repositoryOf(project)
  const last = await lastLanded(m.db, task.id)
  if (last?.oldCommit === null || last?.newCommit === null || last === undefined) return { halt: 'refused', say: 'there is no merge to undo' }
  const { settings, tip } = await readSettings(m.git, project)
  const [from, to, ours] = await Promise.all(
    [last.newCommit, last.oldCommit, tip].map((commit) => m.git.treeOf(repository, ObjectName.parse(commit))),
  )
  if (from === undefined || to === undefined || ours === undefined) return { halt: 'refused', say: 'the merged commit is gone' }
  const merged = await m.git.merge(repository, from, ours, to)
  if (merged.outcome === 'conflict') return { halt: 'conflict', say: `later commits changed the same lines (${merged.files.join(', ')})` }
  if (merged.tree === ours) return { halt: 'refused', say: `${settings.target} no longer holds this change` }
  const plan = await m.git.planLanding(repository, settings.target, { fastForward: settings.fastForward, branch: task.branch })
  if (plan.how === 'branch') return { halt: 'refused', say: plan.reason }
  const message = messageOf(landing.kind, task)
  const commit = await m.git.commit(repository, {
    tree: merged.tree,
    parent: tip,
    message,
    author: await authorAt(m.git, project, tip),
    date: seconds(landing.createdAt),
  })
  return { old: tip, commit, plan, message, target: settings.target }
}

function writeIntent(m: Machinery, claim: Claim, landing: Landing, change: Change, intent: Intent): Promise<void> {
  return underClaim(m, claim, async (tx, task) => {
    await setLandingIntent(tx, landing.id, { oldCommit: intent.old, newCommit: intent.commit, how: intent.plan.how, plan: intent.plan })
    const ref = `refs/heads/${intent.target}`
    await appendEvent(tx, {
      ...by(task, landing),
      kind: 'landing.intended',
      data: { landingId: landing.id, landing: landing.kind, ref, how: intent.plan.how, digest: change.digest },
    })
  })
}

function writeOutcome(m: Machinery, claim: Claim, landing: Landing, change: Change, outcome: LandOutcome): Promise<LandOutcome> {
  return underClaim(m, claim, async (tx, task) => {
    if (outcome.outcome === 'stale') return outcome
    const detail = outcome.outcome === 'kept' ? `${outcome.branch}: ${outcome.reason}` : null
    await endLanding(tx, landing.id, outcome.outcome, detail, outcome.outcome === 'kept' ? 'branch' : outcome.how)
    const commits = outcome.outcome === 'landed' ? { oldCommit: outcome.old, newCommit: outcome.commit } : { newCommit: outcome.commit }
    await appendEvent(tx, { ...by(task, landing), kind: 'landing.ended', data: { landingId: landing.id, state: outcome.outcome, ...commits } })
    if (landing.kind === 'merge') await setChangeState(tx, change.id, 'landing', outcome.outcome, null)
    await moveTask(tx, task, { to: outcome.outcome === 'kept' ? 'kept' : AFTER[landing.kind] })
    return outcome
  })
}

const AFTER: Record<Landing['kind'], TaskState> = { merge: 'merged', undo: 'undone', redo: 'merged' }
const BEFORE: Record<Exclude<Landing['kind'], 'merge'>, TaskState> = { undo: 'merged', redo: 'undone' }

/** Nothing was applied: a stale merge is proposed afresh, a refused undo leaves the task as it was; the card says why. */
async function halt(m: Machinery, claim: Claim, landing: Landing, change: Change, why: Halt): Promise<void> {
  await underClaim(m, claim, (tx, task) => haltRows(tx, task, landing, change, why))
}

async function haltRows(tx: Tx, task: Task, landing: Landing, change: Change, why: Halt): Promise<void> {
  await endLanding(tx, landing.id, why.halt, why.say, null)
  await appendEvent(tx, { ...by(task, landing), kind: 'landing.ended', data: { landingId: landing.id, state: why.halt } })
  if (landing.kind !== 'merge') {
    await moveTask(tx, task, { to: BEFORE[landing.kind], reason: `not undone: ${why.say}` })
  } else if (why.halt === 'stale') {
    await supersede(tx, change, `${why.say}; merged afresh, see the new card`)
    await moveTask(tx, task, { to: 'proposing', reason: why.say })
  } else {
    await setChangeState(tx, change.id, 'landing', 'proposed', `not merged: ${why.say}`)
    await moveTask(tx, task, { to: 'review', reason: why.say })
  }
}

/** A landing that cannot be carried out (the remote is away, say): back to where the person can decide again. */
export async function giveUpLanding(m: Machinery, claim: Claim, say: string): Promise<void> {
  const landing = await openLanding(m.db, claim.task.id)
  const change = landing === undefined ? undefined : await changeById(m.db, landing.changeId)
  if (landing === undefined || change === undefined) return
  await halt(m, claim, landing, change, { halt: 'refused', say })
}

function messageOf(kind: Landing['kind'], task: Task): string {
  if (kind === 'merge') return commitMessage(task)
  return `${kind === 'undo' ? 'Undo' : 'Redo'}: ${task.title} (T${task.number})\n`
}

function toPlan(row: LandingPlanRow): LandingPlan {
  const { how, say } = row
  const otherwise = row.otherwise === undefined ? {} : { otherwise: row.otherwise }
  if (how === 'checkout') return { how, checkout: row.checkout ?? '', ...otherwise, say }
  if (how === 'push') return { how, remote: row.remote ?? '', ...otherwise, say }
  if (how === 'branch') return { how, branch: row.branch ?? '', reason: row.reason ?? '', say }
  return { how, say }
}

function branchOf(ref: string): string {
  return ref.replace(/^refs\/heads\//u, '')
}

function by(
  task: Task,
  landing: Landing,
): { taskId: Task['id']; projectId: Task['projectId'] } & (object | { personId: NonNullable<Landing['personId']> }) {
  return { taskId: task.id, projectId: task.projectId, ...(landing.personId === null ? {} : { personId: landing.personId }) }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
