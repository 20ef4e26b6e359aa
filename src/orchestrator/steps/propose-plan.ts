/** Puts an agent's plan before a person: a row with its estimate and a digest of exactly what the card shows. Nothing is decided here. */
import { PlanId } from '#core'
import { appendEvent, insertPlan, pastWork, planOfCall, type Plan, type Task, type Tx } from '#db'
import type { ParsedCall, ToolOutcome } from '#engines'
import type { Stance } from '../mode.ts'
import { planDigest } from '../plan-digest.ts'
import { showCard } from '../show.ts'
import type { Work } from './work.ts'

const GO = 'The person said Go. Do what the plan says. You can write now.'
const NO_PLAN_WANTED = 'No plan is asked for in this mode: do the work.'
const TRY_IT = 'The person wants to see a dry run of this plan first: carry it out here, in a throwaway worktree. You can write now.'

type Proposal = { readonly callId: string; readonly parsed: Extract<ParsedCall, { kind: 'proposal' }>; readonly stance: Stance }

/** What was said to the plan of this call; undefined while it waits, which it begins to when nobody has been asked. */
export async function planVerdict(w: Work, tx: Tx, task: Task, proposal: Proposal): Promise<ToolOutcome | undefined> {
  const known = await planOfCall(tx, task.id, proposal.callId)
  if (known !== undefined) return answerTo(known)
  if (proposal.stance !== 'plan') return { output: proposal.stance === 'dry' ? TRY_IT : NO_PLAN_WANTED, isError: false }
  await ask(w, tx, task, proposal)
  return undefined
}

function answerTo(plan: Plan): ToolOutcome | undefined {
  if (plan.state === 'proposed') return undefined
  if (plan.state === 'accepted' || plan.state === 'outdated') return { output: GO, isError: false }
  const words = plan.comment === null ? 'The plan was taken back.' : `The person wants the plan changed: ${plan.comment}`
  return { output: `${words}\nNothing was written. Propose a plan anew.`, isError: false }
}

async function ask(w: Work, tx: Tx, task: Task, { callId, parsed }: Proposal): Promise<void> {
  const id = PlanId.parse(w.m.ids.uuid())
  const steps = [...parsed.steps]
  const estimate = await pastWork(tx, task.projectId)
  const digest = planDigest({ taskId: task.id, callId, steps, estimate })
  await insertPlan(tx, { id, taskId: task.id, runId: w.run.id, callId, steps, estimate, digest })
  await appendEvent(tx, { taskId: task.id, projectId: task.projectId, runId: w.run.id, kind: 'plan.proposed', data: { planId: id, digest, steps } })
  await showCard(tx, w.m.ids, task, { kind: 'plan', subjectId: id, loud: true })
}
