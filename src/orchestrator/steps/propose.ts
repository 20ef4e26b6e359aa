/** Turns the worktree into a change a person can decide about: snapshot, the project's own tests, the diff from git objects. */
import { ObjectName, canonicalJson, crashPoint, type ChangeId } from '#core'
import {
  appendEvent,
  insertChange,
  insertHunks,
  insertSteer,
  liveWorktree,
  openChange,
  setSavedTree,
  setTaskBase,
  setTests,
  setWorktree,
  touchCards,
  untoldPart,
  type Change,
  type ChangePart,
  type NewChange,
  type Project,
  type Selection,
  type Task,
  type TestResult,
  type Tx,
  type Worktree,
} from '#db'
import type { Diff } from '#git'
import type { Facts } from '../capability.ts'
import { lookFor } from '../look.ts'
import { repositoryOf, underClaim, type Claim, type Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { readSettings } from '../project-settings.ts'
import { shownHunk } from '../cards/hunk-text.ts'
import { sayAbout, showCard } from '../show.ts'
import { supersede } from '../supersede.ts'
import { describeChange, type Proposal } from './describe-change.ts'
import { projectOf } from './prepare.ts'
import { rehearse } from './rehearse.ts'
import { runTests } from './run-tests.ts'
import { sendDiff } from './send-diff.ts'
import { takePart } from './take-part.ts'

/** Takes the task from `proposing` to `review`, to `answered` when nothing changed, or back to the agent on a conflict. */
export async function propose(m: Machinery, claim: Claim): Promise<void> {
  const project = await projectOf(m, claim.task)
  const worktree = await liveWorktree(m.db, claim.task.id)
  if (worktree?.state !== 'ready' || claim.task.baseCommit === null) {
    await underClaim(m, claim, (tx, task) => moveTask(tx, task, { to: 'queued', reason: 'its worktree is made again' }))
    return
  }
  const { settings, tip } = await readSettings(m.git, project)
  const base = ObjectName.parse(claim.task.baseCommit)
  const wanted = claim.task.dry ? undefined : await takePart(m, claim, { project, worktree, tip })
  if (wanted === 'taken') return
  const known = wanted?.tree ?? (await knownPart(m, claim.task))
  const tree = known ?? (await m.git.snapshot(repositoryOf(project), worktree.path, base, claim.task.dry ? claim.task.id : undefined))
  const baseTree = await m.git.treeOf(repositoryOf(project), base)
  crashPoint('propose.after-snapshot')
  if (claim.task.dry) return rehearse(m, claim, { project, worktree, settings, base, baseTree, tree, part: null })
  if (tree === baseTree) return answerOnly(m, claim)
  if (tip !== base) return rebase(m, claim, { project, worktree, tree, baseTree, tip, target: settings.target })
  await proposeTree(m, claim, { project, worktree, settings, base, baseTree, tree, part: await partOf(m, claim.task, wanted?.selection) })
}

/** What is kept of a change stays exactly that while its agent has not worked, whatever a set-up writes into its worktree. */
async function knownPart(m: Machinery, task: Task): Promise<ObjectName | undefined> {
  const [open, part] = [await openChange(m.db, task.id), await untoldPart(m.db, task.id)]
  return open !== undefined && part?.id === open.id ? ObjectName.parse(open.tree) : undefined
}

/** Of what this is a part: as was just decided, or as it was before the target moved. */
async function partOf(m: Machinery, task: Task, selection: Selection | undefined): Promise<ChangePart | null> {
  if (selection !== undefined) return { of: selection.changeId, kept: selection.kept, total: selection.total }
  return (await untoldPart(m.db, task.id))?.part ?? null
}

/** Nothing was changed: what the agent said is the result. */
async function answerOnly(m: Machinery, claim: Claim): Promise<void> {
  await underClaim(m, claim, async (tx, task) => {
    const open = await openChange(tx, task.id)
    if (open !== undefined) await supersede(tx, open, 'the worktree no longer differs from the target')
    await moveTask(tx, task, { to: 'answered' })
    await sayAbout(tx, task, {
      key: `answered:${task.id}:${claim.fence}`,
      text: [`T${task.number} changed no file.\n\n`, task.summary ?? ''],
      loud: true,
      class: 'done',
    })
  })
}

type Moved = { project: Project; worktree: Worktree; tree: ObjectName; baseTree: ObjectName; tip: ObjectName; target: string }

/** The target has moved on: the work is merged onto it afresh, in a fresh worktree; a conflict goes back to the agent. */
async function rebase(m: Machinery, claim: Claim, moved: Moved): Promise<void> {
  const repository = repositoryOf(moved.project)
  const merged = await m.git.merge(repository, moved.baseTree, await m.git.treeOf(repository, moved.tip), moved.tree)
  crashPoint('rebase.after-act')
  await underClaim(m, claim, async (tx, task) => {
    const open = await openChange(tx, task.id)
    const notice = `${moved.target} moved to ${moved.tip.slice(0, 8)}`
    if (open !== undefined) await supersede(tx, open, `${notice}; merged afresh, see the new card`)
    await setTaskBase(tx, task.id, moved.tip)
    await setSavedTree(tx, task.id, merged.tree)
    await setWorktree(tx, moved.worktree.id, 'removing', false)
    if (merged.outcome === 'conflict') {
      const text = `The branch ${moved.target} moved on and your change conflicts with it. The conflict markers now stand in: ${merged.files.join(', ')}. Resolve them so that both intentions are kept, then finish.\n${merged.say}`
      await insertSteer(tx, { taskId: task.id, personId: null, text })
    }
    await moveTask(tx, task, { to: 'queued', reason: merged.outcome === 'conflict' ? `${notice}: the agent resolves the conflict` : notice })
  })
}

async function proposeTree(m: Machinery, claim: Claim, p: Proposal): Promise<void> {
  const repository = repositoryOf(p.project)
  const open = await openChange(m.db, claim.task.id)
  const diff = await m.git.diff(repository, p.baseTree, p.tree)
  const plan = await m.git.planLanding(repository, p.settings.target, { fastForward: p.settings.fastForward, branch: claim.task.branch })
  if (m.facts.pictures !== 'off') m.warmPictures?.()
  const tests = await runTests(m, claim, { ...p, testsAllowed: open?.tree === p.tree && open.testsAllowedBy !== null })
  crashPoint('propose.before-outcome')
  await underClaim(m, claim, async (tx, task) => {
    const next = describeChange(m, task, p, diff, plan, tests)
    const changeId =
      open !== undefined && sameChange(open, next)
        ? await renew(tx, open, tests)
        : await put(tx, task, { next, diff, open, pictures: await lookFor(tx, m.facts, task.personId) })
    await moveTask(tx, task, { to: 'review' })
    await showCard(tx, m.ids, task, { kind: 'review', subjectId: changeId, loud: true })
  })
  crashPoint('propose.after-outcome')
  await restoreAfterTests(m, claim, p, tests)
}

function sameChange(open: Change, next: NewChange): boolean {
  return open.state === 'proposed' && open.digest === next.digest && canonicalJson({ ...open.landingPlan }) === canonicalJson({ ...next.landingPlan })
}

/** The very same change, measured again. */
async function renew(tx: Tx, open: Change, tests: TestResult): Promise<ChangeId> {
  await setTests(tx, open.id, tests)
  await touchCards(tx, { kind: 'review', subjectId: open.id })
  return open.id
}

type Putting = { next: NewChange; diff: Diff; open: Change | undefined; pictures: Facts['pictures'] }

async function put(tx: Tx, task: Task, p: Putting): Promise<ChangeId> {
  if (p.open !== undefined) await endOld(tx, p.open, p.next)
  const change = await insertChange(tx, p.next)
  await insertHunks(
    tx,
    p.next.id,
    p.diff.hunks.map((hunk) => ({ ...hunk, ...shownHunk(hunk.text) })),
  )
  await appendEvent(tx, {
    taskId: task.id,
    projectId: task.projectId,
    kind: 'change.proposed',
    data: { changeId: p.next.id, digest: p.next.digest, files: p.next.files.length },
  })
  await sendDiff(tx, task, { changeId: p.next.id, key: `change:${p.next.id}`, number: change?.number ?? 1, diff: p.diff, pictures: p.pictures })
  return p.next.id
}

function endOld(tx: Tx, open: Change, next: NewChange): Promise<void> {
  if (next.part?.of !== open.id) return supersede(tx, open, 'the change moved on; see the new card')
  return supersede(tx, open, `${next.part.kept} of ${next.part.total} hunks were taken; see the new card`, 'used')
}

/** Tests may leave files behind; what was shown is what the next snapshot must start from, so the worktree is made anew then. */
async function restoreAfterTests(m: Machinery, claim: Claim, p: Proposal, tests: TestResult): Promise<void> {
  if (tests.state !== 'ran') return
  const after = await m.git.snapshot(repositoryOf(p.project), p.worktree.path, p.base)
  if (after === p.tree) return
  await m.db.tx(async (tx) => {
    await setSavedTree(tx, claim.task.id, p.tree)
    await setWorktree(tx, p.worktree.id, 'removing', false)
  })
}
