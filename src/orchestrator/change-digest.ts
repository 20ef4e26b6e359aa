/** What a merge is bound to: everything the review card shows, and everything that decides what lands where. */
import { digest } from '#core'
import type { Change } from '#db'

const POLICY_VERSION = 1 // grows when what a merge does changes meaning, so that older cards turn stale

export type Bound = Pick<Change, 'taskId' | 'targetRef' | 'baseCommit' | 'baseTree' | 'tree' | 'landingPlan'>

/** Digest of repository, target, base commit, both trees (all modes in them), the way it lands, and the message it lands with. */
export function changeDigest(bound: Bound, repository: { kind: string; location: string }, message: string): string {
  return digest('change.v1', {
    policy: POLICY_VERSION,
    repository: { ...repository },
    task: bound.taskId,
    target: bound.targetRef,
    base: bound.baseCommit,
    baseTree: bound.baseTree,
    tree: bound.tree,
    plan: { ...bound.landingPlan },
    message,
  })
}

/** The squash commit's message: the task's title and number, the wish beneath when it says more. */
export function commitMessage(task: { number: number; title: string; wish: string }): string {
  const subject = `${task.title} (T${task.number})`
  const wish = task.wish.trim()
  return wish === task.title ? `${subject}\n` : `${subject}\n\n${wish}\n`
}
