/** Begins or goes on with a run: one attempt of one engine and model at a task. The transcript is the task's, so that every engine carries on where the last one stood. */
import { LughError, RunId } from '#core'
import { appendEvent, approvalsNotUsed, endRun, insertRun, latestRun, resumeRun, touchCards, type Run, type Task, type Tx } from '#db'
import { choiceFor, nameOf, type Choice } from '../engine-choice.ts'
import { underClaim, type Claim, type Machinery } from '../machinery.ts'
import { moveTask } from '../move-task.ts'

/**
 * Goes on with the parked run of the engine that is chosen now, or begins the next attempt. Undefined: what an engine of its own has
 * asked still waits for its answer, and the task with it.
 */
export async function openRun(m: Machinery, claim: Claim): Promise<Run | undefined> {
  const chosen = await withModel(m, claim, await choiceFor(m.db, m.facts, claim.task.projectId, claim.task.id))
  return underClaim(m, claim, async (tx, task) => {
    const last = await latestRun(tx, task.id)
    if (last?.state === 'running' && isOf(last, chosen) && m.sessions.has(last.engine)) {
      const held = await takeUpQuestion(tx, task, claim, last)
      if (held !== 'none') return held
    }
    if (last?.state === 'parked' && isOf(last, chosen)) {
      const resumed = await resumeRun(tx, last.id, claim.fence)
      if (resumed !== undefined) return resumed
    }
    if (last?.state === 'parked') await endRun(tx, last.id, 'stopped', `goes on with ${nameOf(chosen)}`)
    if (last?.state === 'running') await endRun(tx, last.id, 'lost', 'its process ended')
    return begin(m, claim, tx, task, chosen, { standsInFor: null, goesOn: last?.state === 'running' || last?.state === 'parked' })
  })
}

/**
 * An engine of its own died with Lugh while it held a question, or before it used the answer up. Its cards and their digests are bound to
 * this run, so this run goes on, by its session; where nobody has answered yet, only then. `none`: it had asked nothing.
 */
async function takeUpQuestion(tx: Tx, task: Task, claim: Claim, run: Run): Promise<Run | undefined | 'none'> {
  const states = await approvalsNotUsed(tx, task.id, run.id)
  if (states.length === 0) return 'none'
  const reason = 'a command waits for approval'
  await endRun(tx, run.id, 'parked', reason)
  if (!states.includes('pending')) return (await resumeRun(tx, run.id, claim.fence)) ?? 'none'
  await moveTask(tx, task, { to: 'waiting', reason })
  return undefined
}

/** Ends a run in favour of another engine. `standsInFor`: what was chosen and could not be reached; null: the other one is what was chosen. */
export async function changeEngine(m: Machinery, claim: Claim, run: Run, to: Choice, why: string, standsInFor: string | null): Promise<Run> {
  const choice = await withModel(m, claim, to)
  return underClaim(m, claim, async (tx, task) => {
    await endRun(tx, run.id, 'stopped', why)
    await appendEvent(tx, { taskId: task.id, runId: run.id, projectId: task.projectId, kind: 'run.ended', data: { state: 'stopped', reason: why } })
    await touchCards(tx, { taskId: task.id })
    return begin(m, claim, tx, task, choice, { standsInFor, goesOn: true })
  })
}

/** Whether a run is of this choice, itself or standing in for it. */
export function serves(run: Run, chosen: Choice): boolean {
  return run.standsInFor === null ? isOf(run, chosen) : run.standsInFor === nameOf(chosen)
}

function isOf(run: Run, { engine, model }: Choice): boolean {
  return run.engine === engine && (model === undefined || run.model === model)
}

type Named = Choice & { readonly model: string }

/** Only a server without a usual model is asked for its list. */
async function withModel(m: Machinery, claim: Claim, choice: Choice): Promise<Named> {
  const model = choice.model ?? (await (m.engines.get(choice.engine) ?? m.sessions.get(choice.engine))?.models(claim.signal))?.[0]
  if (model === undefined)
    throw new LughError('model.refused', `${choice.engine} offers no model: load one at its server, or choose another engine with /engine.`)
  return { ...choice, model }
}

type Beginning = { readonly standsInFor: string | null; readonly goesOn: boolean }

async function begin(m: Machinery, claim: Claim, tx: Tx, task: Task, choice: Named, { standsInFor, goesOn }: Beginning): Promise<Run> {
  const { engine, model } = choice
  const run = await insertRun(tx, {
    id: RunId.parse(m.ids.uuid()),
    taskId: task.id,
    agentId: task.agentId,
    engine,
    model,
    fence: claim.fence,
    standsInFor,
    goesOn,
  })
  if (run === undefined) throw new LughError('internal', 'A run could not be started.')
  await appendEvent(tx, {
    taskId: task.id,
    projectId: task.projectId,
    runId: run.id,
    kind: 'run.started',
    data: { attempt: run.attempt, engine, model, fence: claim.fence, ...(standsInFor === null ? {} : { standsInFor }) },
  })
  return run
}
