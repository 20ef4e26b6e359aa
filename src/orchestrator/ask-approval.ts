/** Asks a person about one act. The row is the question; nobody waits in memory for its answer. */
import { ApprovalId, type RunId } from '#core'
import {
  appendEvent,
  approvalOfCall,
  hasGrant,
  insertApproval,
  reaskApproval,
  touchCards,
  type Approval,
  type ApprovalAction,
  type Task,
  type Tx,
} from '#db'
import type { Machinery } from './machinery.ts'
import { commandDigest, grantDigest } from './policy/bind-command.ts'
import { showCard } from './show.ts'

export type Verdict =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'denied'; readonly comment: string | null }
  | { readonly verdict: 'asked' }

export type Asking = {
  readonly callId: string
  readonly runId: RunId | null
  readonly action: ApprovalAction
  readonly why: string
  readonly risk: string
}

/**
 * What a person has said about this act, bound to its digest; asks when nobody has been asked. If the act is no longer
 * what was shown, the old answer counts for nothing and the card asks anew.
 */
export async function verdictOn(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, asking: Asking): Promise<Verdict> {
  const digest = commandDigest(asking.action, asking.runId)
  const known = await approvalOfCall(tx, task.id, asking.callId)
  if (known === undefined) {
    if (await hasGrant(tx, task.id, grantDigest(asking.action))) return { verdict: 'allowed' }
    await ask(m, tx, task, asking, digest)
    return { verdict: 'asked' }
  }
  if (known.digest !== digest || known.state === 'withdrawn' || known.state === 'expired') {
    await reaskApproval(tx, known.id, asking.runId, asking.action, digest)
    await asked(tx, task, asking, known, digest)
    return { verdict: 'asked' }
  }
  if (known.state === 'pending') return { verdict: 'asked' }
  return known.state === 'allowed' ? { verdict: 'allowed' } : { verdict: 'denied', comment: known.comment }
}

async function ask(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, asking: Asking, digest: string): Promise<void> {
  const approval = await insertApproval(tx, { id: ApprovalId.parse(m.ids.uuid()), taskId: task.id, digest, ...asking })
  if (approval === undefined) return
  await asked(tx, task, asking, approval, digest)
  await showCard(tx, m.ids, task, { kind: 'approval', subjectId: approval.id, loud: true })
}

async function asked(tx: Tx, task: Task, asking: Asking, approval: Pick<Approval, 'id'>, digest: string): Promise<void> {
  await appendEvent(tx, {
    taskId: task.id,
    projectId: task.projectId,
    ...(asking.runId === null ? {} : { runId: asking.runId }),
    kind: 'approval.asked',
    data: { approvalId: approval.id, digest, action: asking.action },
  })
  await touchCards(tx, { kind: 'approval', subjectId: approval.id })
}
