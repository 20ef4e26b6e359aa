/** Ends a dry run: what it would change is measured like any change and put before a person. Nothing outside its own worktree is written. */
import { crashPoint } from '#core'
import { appendEvent, commandsOfDryRun, insertChange, latestRun, openChange, setSavedTree, type Task, type Tx } from '#db'
import { dryRunDigest } from '../dry-run-digest.ts'
import { repositoryOf, underClaim, type Claim, type Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { showCard } from '../show.ts'
import { supersede } from '../supersede.ts'
import { describeChange, type Proposal } from './describe-change.ts'
import { runTests } from './run-tests.ts'

/** Takes a dry run from `proposing` to `rehearsed`. */
export async function rehearse(m: Machinery, claim: Claim, p: Proposal): Promise<void> {
  const repository = repositoryOf(p.project)
  const diff = await m.git.diff(repository, p.baseTree, p.tree)
  const plan = await m.git.planLanding(repository, p.settings.target, { fastForward: p.settings.fastForward, branch: claim.task.branch })
  const tests = await runTests(m, claim, { ...p, testsAllowed: false })
  // Tests may leave files behind: what is shown is what a Go starts from.
  const after = tests.state === 'ran' ? await m.git.snapshot(repository, p.worktree.path, p.base, claim.task.id) : p.tree
  if (after !== p.tree) await m.git.keepForDryRun(repository, claim.task.id, p.tree)
  crashPoint('rehearse.before-outcome')
  await underClaim(m, claim, async (tx, task) => {
    const open = await openChange(tx, task.id)
    if (open !== undefined) await supersede(tx, open, 'the dry run went on; see its card')
    const change = p.tree === p.baseTree ? undefined : await insertChange(tx, describeChange(m, task, p, diff, plan, tests))
    await setSavedTree(tx, task.id, after === p.tree ? null : p.tree)
    await ended(tx, task, dryRunDigest({ task: task.id, run: (await latestRun(tx, task.id))?.id ?? null, change }), change?.files.length ?? 0)
    await moveTask(tx, task, { to: 'rehearsed' })
    await showCard(tx, m.ids, task, { kind: 'dryrun', subjectId: task.id, loud: true })
  })
  crashPoint('rehearse.after-outcome')
}

async function ended(tx: Tx, task: Task, digest: string, files: number): Promise<void> {
  const withheld = (await commandsOfDryRun(tx, task.id)).filter(({ state }) => state === 'withheld').length
  await appendEvent(tx, { taskId: task.id, projectId: task.projectId, kind: 'dryrun.ended', data: { digest, files, withheld } })
}
