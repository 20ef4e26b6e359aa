/** The plan card: what an agent would do and what it may come to; nothing is written before its Go, which is bound to exactly these steps. */
import { PlanId, type TaskId, b, join, oneLine, type Text } from '#core'
import { agentById, liveDryRuns, planById, projectById, taskById, type Plan, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { estimateLines } from '../estimate.ts'
import { decidedWords } from './decided.ts'

/** As long as the tool lets a step be. */
const STEP_CHARACTERS = 200

export async function planCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const plan = await planById(sql, PlanId.parse(subjectId))
  const task = plan === undefined ? undefined : await taskById(sql, plan.taskId)
  if (plan === undefined || task === undefined) return undefined
  const project = await projectById(sql, task.projectId)
  const agent = task.agentId === null ? undefined : await agentById(sql, task.agentId)
  const waits = plan.state === 'proposed'
  const tries = await tryingOut(sql, task.id)
  const text = join([
    [
      waits ? '🟠 ' : '',
      b(`Plan${plan.number === 1 ? '' : ` ${plan.number}`} · ${project?.name ?? '?'} · T${task.number}`),
      agent === undefined ? '' : ` (${agent.name})`,
    ],
    plan.steps.map((step, index) => `${index + 1}. ${oneLine(step, STEP_CHARACTERS)}`).join('\n'),
    waits && estimateLines(plan.estimate),
    waits && (tries === undefined ? 'Nothing is written before ✅ Go.' : `🧪 T${tries} tries it out. Nothing else is written before ✅ Go.`),
    await decision(sql, plan),
  ])
  return { text, buttons: waits ? buttons(plan, task.number, tries === undefined) : [] }
}

async function decision(sql: Sql, plan: Plan): Promise<Text | undefined> {
  if (plan.state === 'proposed') return undefined
  if (plan.state === 'withdrawn') return 'No longer needed: the task ended or moved on.'
  const words = { accepted: '✅ Go', outdated: '✅ Go', changed: '✏️ Sent back', cancelled: '❌ Cancelled, nothing was written:' }
  return join([
    `${words[plan.state]} ${await decidedWords(sql, { by: plan.decidedBy, door: plan.decidedDoor, at: plan.decidedAt })}`,
    plan.state === 'outdated' && 'A new plan was wanted after that.',
    plan.comment !== null && `“${oneLine(plan.comment, 200)}”`,
  ])
}

/** The number of the dry run that tries the plan out, if one does. */
async function tryingOut(sql: Sql, id: TaskId): Promise<number | undefined> {
  const [live] = await liveDryRuns(sql, id)
  return live === undefined ? undefined : (await taskById(sql, live))?.number
}

function buttons(plan: Plan, number: number, dry: boolean): Button[][] {
  const bound = { plan: plan.id, digest: plan.digest }
  return [
    [
      { label: '✅ Go', capability: 'accept_plan', input: bound },
      {
        label: '✏️ Change',
        capability: 'change_plan',
        input: bound,
        ask: { field: 'text', prompt: `What shall be different in the plan of T${number}?` },
      },
    ],
    [
      ...(dry ? [{ label: '🧪 Dry run', capability: 'dry_run', input: { task: number, digest: plan.digest } }] : []),
      { label: '❌ Cancel', capability: 'cancel_plan', input: bound },
    ],
  ]
}
