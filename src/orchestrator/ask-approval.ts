/** Asks a person about one act. The row is the question; nobody waits in memory for its answer. */
import { ApprovalId, type RunId } from '#core'
import {
  appendEvent,
  approvalOfCall,
  approvalToJoin,
  insertApproval,
  lapsedAlike,
  reaskApproval,
  takeOver,
  taskGrant,
  touchCards,
  type Approval,
  type ApprovalAction,
  type Task,
  type Tx,
} from '#db'
import type { Machinery } from './machinery.ts'
import { alikeDigest, commandDigest, grantDigest, whatChanged, type Binding } from './policy/bind-command.ts'
import { sayAbout, showCard } from './show.ts'

export type Verdict =
  | { readonly verdict: 'allowed'; readonly grant?: string }
  | { readonly verdict: 'denied'; readonly comment: string | null }
  | { readonly verdict: 'asked' }
  /** Nobody answered for so long that the agent shall go on without; the question stays open. */
  | { readonly verdict: 'later' }

export type Asking = {
  readonly callId: string
  readonly runId: RunId | null
  readonly action: ApprovalAction
  readonly why: string
  readonly risk: string
  /** What the command would meet right now. */
  readonly binding: Binding
}

/**
 * What a person has said about this act, bound to its digest; asks when nobody has been asked. If the act is no longer
 * what was shown, the old answer counts for nothing and the card asks anew.
 */
export async function verdictOn(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, asking: Asking): Promise<Verdict> {
  const digest = commandDigest(asking.action, asking.runId, asking.binding)
  const known = await approvalOfCall(tx, task.id, asking.callId)
  if (known === undefined) {
    const grant = await taskGrant(tx, task.id, grantDigest(asking.action))
    if (grant !== undefined) return { verdict: 'allowed', grant }
    const late = await lateAnswer(tx, task, asking, digest)
    if (late !== undefined) return late
    await ask(m, tx, task, asking, digest)
    return { verdict: 'asked' }
  }
  if (known.state === 'pending' && known.lapsed === 'on') return { verdict: 'later' }
  if (known.digest !== digest || known.state === 'withdrawn' || known.state === 'expired') {
    await askAgain(m, tx, task, asking, known, digest)
    return { verdict: 'asked' }
  }
  if (known.state === 'pending') return { verdict: 'asked' }
  return known.state === 'allowed' ? { verdict: 'allowed' } : { verdict: 'denied', comment: known.comment }
}

/**
 * What became of the same request, after its agent had gone on without an answer. Allowed, it counts for this call, once, if what it would meet
 * is what was shown; then the row is this call's.
 */
async function lateAnswer(tx: Tx, task: Task, { action, binding, callId, runId }: Asking, digest: string): Promise<Verdict | undefined> {
  const late = await lapsedAlike(tx, task.id, action)
  if (late === undefined) return undefined
  if (late.state === 'pending') return { verdict: 'later' }
  if (late.state === 'denied') return { verdict: 'denied', comment: late.comment }
  if (commandDigest(action, late.runId, binding) !== late.digest) return undefined
  await takeOver(tx, { id: late.id, callId, runId, digest })
  return { verdict: 'allowed' }
}

/** A request like one that waits already is shown on that one's card, so that one answer decides both. */
async function ask(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, asking: Asking, digest: string): Promise<void> {
  const alike = alikeDigest(task.projectId, asking.action, asking.risk)
  const shownWith = (await approvalToJoin(tx, alike, task.id)) ?? null
  const id = ApprovalId.parse(m.ids.uuid())
  const approval = await insertApproval(tx, { id, taskId: task.id, digest, alike, shownWith, ...asking })
  if (approval === undefined) return
  await asked(tx, task, asking, approval, digest)
  if (shownWith === null) await showCard(tx, m.ids, task, { kind: 'approval', subjectId: approval.id, loud: true })
  else await touchCards(tx, { kind: 'approval', subjectId: shownWith })
}

async function askAgain(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, asking: Asking, known: Approval, digest: string): Promise<void> {
  const { runId, action, binding, why, risk } = asking
  const changed = known.action.command === action.command ? whatChanged(known.binding, binding) : action.tool === 'mcp' ? 'the call' : 'the command'
  const again = changed === '' ? 'the run' : changed
  await reaskApproval(tx, { id: known.id, runId, action, binding, digest, why, risk, again })
  await asked(tx, task, asking, known, digest, again)
  await showCard(tx, m.ids, task, { kind: 'approval', subjectId: known.id, loud: true })
  if (known.shownWith !== null) await touchCards(tx, { kind: 'approval', subjectId: known.shownWith })
  // An edited card does not ring, and the person believes this is settled.
  const text = `T${task.number} asks again: since you allowed it, ${changed} changed, so nothing was run. The card shows what holds now.`
  if (known.state === 'allowed' && changed !== '')
    await sayAbout(tx, task, { key: `again:${known.id}:${digest}`, text, loud: true, class: 'decision' })
}

async function asked(tx: Tx, task: Task, asking: Asking, approval: Pick<Approval, 'id'>, digest: string, again?: string): Promise<void> {
  await appendEvent(tx, {
    taskId: task.id,
    projectId: task.projectId,
    ...(asking.runId === null ? {} : { runId: asking.runId }),
    kind: 'approval.asked',
    data: { approvalId: approval.id, digest, action: asking.action, ...(again === undefined ? {} : { again }) },
  })
  await touchCards(tx, { kind: 'approval', subjectId: approval.id })
}
