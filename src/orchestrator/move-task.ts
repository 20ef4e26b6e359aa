/** The one way a task changes its state: the compare-and-set, its event, what hangs on it, and its cards. */
import { SETTLED, movesTo, type EventScope, type TaskState } from '#core'
import {
  appendEvent,
  endOpenRuns,
  foreignCardsOf,
  liveDryRuns,
  lockTask,
  moveTaskRow,
  refreshTopics,
  setAgentBusy,
  touchCards,
  withdrawApprovals,
  withdrawAsked,
  type Task,
  type Tx,
} from '#db'

export type Move = {
  readonly to: TaskState
  readonly reason?: string
  /** Only from these states; every state from which the move is allowed, when left out. */
  readonly from?: readonly TaskState[]
  /** The worker keeps its lease (it goes on with the next step itself). */
  readonly keep?: boolean
  readonly scope?: EventScope
}

/** Moves the task; answers the new row, or undefined when its state did not allow the move (somebody else was first). */
export async function moveTask(tx: Tx, task: Task, move: Move): Promise<Task | undefined> {
  const allowed = movesTo(move.to)
  const from = (move.from ?? allowed).filter((state) => allowed.includes(state))
  const settled = SETTLED.includes(move.to)
  const moved = await moveTaskRow(tx, { id: task.id, from, to: move.to, reason: move.reason ?? null, release: move.keep !== true, ended: settled })
  if (moved === undefined) return undefined
  await appendEvent(tx, {
    ...move.scope,
    taskId: task.id,
    projectId: task.projectId,
    kind: 'task.moved',
    data: { from: task.state, to: move.to, ...(move.reason === undefined ? {} : { reason: move.reason }) },
  })
  if (settled) await settle(tx, moved, move.to)
  // Only an engine of its own is at work while it asks; it ends with the pause, and its question with it.
  if (move.to === 'paused' && task.state === 'running') await withdrawHeld(tx, task)
  await touchCards(tx, { taskId: task.id })
  await refreshTopics(tx, task.id)
  if (task.parentId !== null) await touchCards(tx, { taskId: task.parentId })
  await tx.notify('work', task.id)
  return moved
}

async function withdrawHeld(tx: Tx, task: Task): Promise<void> {
  if ((await withdrawApprovals(tx, task.id)) === 0) return
  for (const card of await foreignCardsOf(tx, task.id)) await touchCards(tx, card)
}

/** What a task that has ended leaves open: its runs, what it asked, its agent. */
async function settle(tx: Tx, task: Task, state: TaskState): Promise<void> {
  await endOpenRuns(tx, task.id, state === 'failed' ? 'failed' : 'stopped', task.reason ?? state)
  await withdrawAsked(tx, task.id)
  for (const card of await foreignCardsOf(tx, task.id)) await touchCards(tx, card)
  await endDryRuns(tx, task, `T${task.number} is ${state}`)
  // A dry run has its agent only by name.
  if (task.agentId !== null && !task.dry) await setAgentBusy(tx, task.agentId, false)
}

/** Stops the dry runs of a task that goes another way; nothing of them is kept. */
export async function endDryRuns(tx: Tx, task: Pick<Task, 'id'>, reason: string): Promise<void> {
  for (const id of await liveDryRuns(tx, task.id)) {
    const dry = await lockTask(tx, id)
    if (dry !== undefined) await moveTask(tx, dry, { to: 'stopped', reason })
  }
}
