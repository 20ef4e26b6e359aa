/**
 * Money is set aside before a model is called and settled after: the most the call may cost first, what it did cost then. However many
 * agents work at once, together they spend no more than a budget and one step.
 *
 * A call is let through when the most it may cost fits beside what is spent and reserved; or when nothing else is reserved and anything is
 * left, since otherwise the last part of every budget could never be used. That one call alone may go beyond the limit.
 */
import { sleep } from '#core'
import {
  appendEvent,
  dropReservation,
  endRun,
  insertCost,
  insertReservation,
  lockBudgets,
  usedOf,
  type Run,
  type Task,
  type Tx,
  type Used,
} from '#db'
import type { Usage } from '#engines'
import { dollars } from '../cards/task-card.ts'
import { underClaim, type Claim, type Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'
import { accountOf, dayOf, limitsFor, type Limit } from './limits.ts'
import { giveNotice } from './notices.ts'

/** When others have reserved what is left, they settle within a turn: seconds to minutes. */
const WAIT_MS = 300
/** From here on people are told, while there is still something to decide. */
const WARNING_SHARE = 0.8
/** An engine asks a second time after an answer without a word, so one turn may be two calls. */
const CALLS_PER_TURN = 2

export type Reservation = { readonly id: string }
type Spending = Pick<Machinery, 'db' | 'facts' | 'clock' | 'ids'>

/** What is known of a turn before it: which model, its prompt's tokens at most, and the cap of its answer. */
export type Foreseen = { readonly model: string; readonly prompt: number; readonly output: number }

/**
 * Sets aside what a turn may cost at most. Waits while other calls hold what is left. Undefined: a budget is used up; the run has been ended,
 * the task parked, and people are asked. Throws the signal's reason, or `conflict` when the claim was lost.
 */
export async function reserve(m: Spending, claim: Claim, run: Pick<Run, 'id'>, foreseen: Foreseen): Promise<Reservation | undefined> {
  const most = CALLS_PER_TURN * m.facts.prices.mostFor(foreseen.model, foreseen.prompt, foreseen.output)
  for (;;) {
    claim.signal.throwIfAborted()
    const answer = await underClaim(m, claim, (tx, task) => reserveOnce(m, tx, task, claim, run, most))
    if (answer !== 'wait') return answer
    await sleep(WAIT_MS, claim.signal)
  }
}

async function reserveOnce(
  m: Spending,
  tx: Tx,
  task: Task,
  { fence }: Claim,
  run: Pick<Run, 'id'>,
  most: number,
): Promise<Reservation | undefined | 'wait'> {
  const accountId = accountOf(task)
  const { projectId } = task
  const limits = await limitsFor(tx, m.facts, { taskId: accountId, projectId, day: dayOf(m.clock.now()) })
  if (limits.length > 0) await lockBudgets(tx)
  let fits = true
  for (const limit of limits) {
    const used = await usedOf(tx, limit.of)
    if (used.spent >= limit.microUsd) return stopAt(m, tx, task, run, limit, used)
    if (used.spent >= WARNING_SHARE * limit.microUsd) await giveNotice(m, tx, task, { kind: 'warning', limit, used })
    fits &&= used.reserved === 0 || used.spent + used.reserved + most <= limit.microUsd
  }
  if (!fits) return 'wait'
  const id = m.ids.uuid()
  await insertReservation(tx, { id, taskId: task.id, fence, accountId, projectId, microUsd: most })
  return { id }
}

/** Parks the task, not failed: what it has done stays, and a person says how to go on. */
async function stopAt(m: Spending, tx: Tx, task: Task, run: Pick<Run, 'id'>, limit: Limit, used: Used): Promise<undefined> {
  const whose = { task: 'its budget', project: "its project's budget", day: "the day's budget" }[limit.of.scope]
  const reason = `${whose} of ${dollars(limit.microUsd)} is used up`
  await endRun(tx, run.id, 'stopped', reason)
  await moveTask(tx, task, { to: 'paused', reason })
  await giveNotice(m, tx, task, { kind: 'stop', limit, used })
}

export type Spent = {
  readonly task: Pick<Task, 'id' | 'projectId'>
  readonly run: Pick<Run, 'id' | 'engine'>
  readonly model: string
  readonly usage: Usage
}

/** Writes down what a call really cost and frees what was set aside for it, in the caller's transaction: neither is ever known without the other. */
export async function settle(m: Pick<Machinery, 'facts'>, tx: Tx, reservation: Reservation, { task, run, model, usage }: Spent): Promise<void> {
  const microUsd = m.facts.prices.costOf(model, usage)
  const countedMicroUsd = m.facts.prices.countedCost(model, usage)
  const of = { taskId: task.id, runId: run.id, projectId: task.projectId }
  await dropReservation(tx, reservation.id)
  await insertCost(tx, { ...of, engine: run.engine, model, microUsd, countedMicroUsd, ...usage })
  await appendEvent(tx, { ...of, kind: 'usage.reported', data: { model, microUsd, ...usage } })
}

/** The call came to nothing that is known: what was set aside is free again. */
export async function release(m: Pick<Machinery, 'db'>, reservation: Reservation): Promise<void> {
  await dropReservation(m.db, reservation.id)
}
