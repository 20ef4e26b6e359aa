/** Takes down worktrees whose task has settled. The work of a stopped or failed task is kept as a tree first, so that it can go on. */
import { ObjectName, SETTLED, crashPoint } from '#core'
import { abandonedWorktrees, lockTask, projectById, projectsToClear, setCleared, setSavedTree, setWorktree, type Task } from '#db'
import { repositoryOf, type Machinery } from '../machinery.ts'
import { removeTaskHome } from '../run-command.ts'

const BATCH = 20 // one look at a time; what is left is found by the next
type Abandoned = Awaited<ReturnType<typeof abandonedWorktrees>>[number]

/** Answers how many it took down. `busy`: tasks this process still works on are left alone. */
export async function cleanUp(m: Machinery, busy: (id: Task['id']) => boolean): Promise<number> {
  const found = await abandonedWorktrees(m.db, m.facts.home, BATCH)
  let gone = 0
  for (const worktree of found) {
    if (busy(worktree.taskId)) continue
    await takeDown(m, worktree)
    gone += 1
  }
  await clearProjects(m)
  return gone
}

/** Lugh's own copies of a project that was removed, or could not be added, go when nothing hangs on them any more. */
async function clearProjects(m: Machinery): Promise<void> {
  for (const project of await projectsToClear(m.db, m.facts.home)) {
    await m.git.removeRepository(repositoryOf(project))
    await setCleared(m.db, project.id)
  }
}

async function takeDown(m: Machinery, worktree: Abandoned): Promise<void> {
  const project = await projectById(m.db, worktree.projectId)
  const repository = project === undefined ? undefined : repositoryOf(project)
  const gone = project === undefined || project.state === 'removed'
  const keep =
    !gone &&
    !worktree.dry &&
    worktree.state === 'ready' &&
    (worktree.taskState === 'stopped' || worktree.taskState === 'failed') &&
    worktree.baseCommit !== null
  const tree =
    keep && repository !== undefined
      ? await m.git.snapshot(repository, worktree.path, ObjectName.parse(worktree.baseCommit)).catch(() => undefined)
      : undefined
  const mine = await m.db.tx(async (tx) => {
    const task = await lockTask(tx, worktree.taskId)
    if (task === undefined || (worktree.state !== 'removing' && task.state !== worktree.taskState)) return false
    if (tree !== undefined) await setSavedTree(tx, worktree.taskId, tree)
    await setWorktree(tx, worktree.id, 'removing', false)
    return true
  })
  if (!mine || repository === undefined) return
  crashPoint('clean-up.before-act')
  await m.git.removeWorktree(repository, { path: worktree.path, branch: worktree.branch })
  crashPoint('clean-up.between-acts')
  await removeTaskHome(m, worktree)
  const settled = SETTLED.includes(worktree.taskState)
  // A task that went on from its own dry run still has the reference of that, and may need its tree.
  if (settled || !worktree.dry) await m.git.endDryRun(repository, worktree.taskId, worktree.taskState === 'adopted' || !settled)
  crashPoint('clean-up.after-act')
  await m.db.tx(async (tx) => {
    await setWorktree(tx, worktree.id, 'gone', false)
    await tx.notify('work', worktree.taskId)
  })
}
