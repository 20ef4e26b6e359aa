/**
 * Leaves the dropped pieces of a change out, as a person decided: Lugh makes the tree of what is kept in its own store, and the task gets a
 * fresh worktree of exactly that, where the project's tests run before it is proposed. Whatever the decision was bound to is compared again.
 */
import { ObjectName, crashPoint } from '#core'
import {
  dropSelection,
  judgedHunks,
  openChange,
  openSelection,
  setChangeState,
  setSavedTree,
  setSelectionTree,
  setWorktree,
  type Change,
  type Project,
  type Selection,
  type Tx,
  type Worktree,
} from '#db'
import type { KeptOutcome } from '#git'
import { repositoryOf, underClaim, type Claim, type Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { isDropped } from '../review/tally.ts'

type At = { readonly project: Project; readonly worktree: Worktree; readonly tip: ObjectName }

/**
 * What a person wants left out of the open change. `undefined`: nothing. `taken`: something was done for it and the task has moved, so the
 * step ends. Otherwise the tree that is to be proposed, of which the worktree has been made.
 */
export async function takePart(m: Machinery, claim: Claim, at: At): Promise<undefined | 'taken' | { selection: Selection; tree: ObjectName }> {
  const selection = await openSelection(m.db, claim.task.id)
  const change = selection === undefined ? undefined : await openChange(m.db, claim.task.id)
  if (selection === undefined || change === undefined) return undefined
  if (at.tip !== change.baseCommit) return forget(m, claim, at, change, selection)
  if (selection.tree !== null) return { selection, tree: ObjectName.parse(selection.tree) }
  await make(m, claim, at, change)
  return 'taken'
}

async function make(m: Machinery, claim: Claim, { project, worktree }: At, change: Change): Promise<void> {
  const hunks = await judgedHunks(m.db, change.id)
  const picked = hunks.map(({ file, hunk, oldStart, oldLines, newStart, newLines, verdict }) => ({
    file,
    hunk,
    oldStart,
    oldLines,
    newStart,
    newLines,
    path: change.files[file]?.path ?? '',
    keep: !isDropped({ verdict }),
  }))
  const kept = await m.git.keepHunks(repositoryOf(project), ObjectName.parse(change.baseTree), ObjectName.parse(change.tree), picked)
  crashPoint('part.after-act')
  await underClaim(m, claim, async (tx, task) => {
    if (kept.outcome !== 'kept') {
      await dropSelection(tx, change.id)
      await setChangeState(tx, change.id, 'proposed', 'proposed', `nothing was left out: ${sayWhy(kept)}`)
      await moveTask(tx, task, { to: 'review' })
      return
    }
    await setSelectionTree(tx, change.id, kept.tree)
    await freshFrom(tx, worktree, task.id, kept.tree)
    await moveTask(tx, task, { to: 'queued', reason: 'a fresh worktree of what is kept' })
  })
}

function sayWhy(kept: Exclude<KeptOutcome, { outcome: 'kept' }>): string {
  return kept.outcome === 'refused' ? kept.say : 'it can no longer be taken apart as it was shown; ✏️ Change asks the agent for it'
}

async function freshFrom(tx: Tx, worktree: Worktree, taskId: Change['taskId'], tree: string): Promise<void> {
  await setSavedTree(tx, taskId, tree)
  await setWorktree(tx, worktree.id, 'removing', false)
}

/** The target has moved: verdicts were about what it was, and the whole change is merged afresh. */
async function forget(m: Machinery, claim: Claim, { worktree }: At, change: Change, selection: Selection): Promise<undefined | 'taken'> {
  return underClaim(m, claim, async (tx, task) => {
    await dropSelection(tx, change.id)
    if (selection.tree === null) return undefined
    await freshFrom(tx, worktree, task.id, change.tree)
    await moveTask(tx, task, { to: 'queued', reason: 'the target has moved; all hunks are merged afresh' })
    return 'taken'
  })
}
