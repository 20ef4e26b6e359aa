/** One step of a task as `/why` tells it, from rows: the agent's reason (its claim), who or what let it run, and what it came to. */
import { nameHidden, oneLine, type TaskId } from '#core'
import { approvalOfCall, grantById, personById, type EventRow, type Sql, type Step } from '#db'
import { z } from 'zod'
import { clockTime } from './cards/decided.ts'
import { viewGrant } from './grant-text.ts'

const MAX_WORDS = 160 // a line or two of a phone

export type StepExplained = { readonly step: string; readonly claim: string | null; readonly allowed: string; readonly outcome: string }

const Judged = z.object({
  callId: z.string(),
  decision: z.enum(['allow', 'ask']),
  by: z.string().optional(),
  grants: z.array(z.string()).default([]),
})
const Started = z.object({ callId: z.string(), line: z.string() })
const Said = z.object({ why: z.string().optional(), command: z.string().optional() })

/** `events`: what happened in the task, as far back as it is told. */
export async function explainStep(sql: Sql, taskId: TaskId, step: Step, events: readonly EventRow[]): Promise<StepExplained> {
  const said = Said.safeParse(step.input).data
  const line = events.map(({ data }) => Started.safeParse(data).data).find((started) => started?.callId === step.callId)?.line
  return {
    step: oneLine(nameHidden(line ?? said?.command ?? step.tool), MAX_WORDS),
    claim: said?.why === undefined ? null : oneLine(nameHidden(said.why), MAX_WORDS),
    allowed: await allowedBy(sql, taskId, step, events),
    outcome: outcomeOf(step),
  }
}

async function allowedBy(sql: Sql, taskId: TaskId, step: Step, events: readonly EventRow[]): Promise<string> {
  const judged = events
    .flatMap(({ kind, data }) => (kind === 'command.judged' ? [Judged.parse(data)] : []))
    .find(({ callId }) => callId === step.callId)
  const approval = await approvalOfCall(sql, taskId, step.callId)
  if (approval !== undefined && approval.decidedBy !== null) {
    const by = (await personById(sql, approval.decidedBy))?.name ?? 'somebody'
    const scope = approval.scope === null ? '' : { once: ' once', task: ' for this task', project: ' for good' }[approval.scope]
    const comment = approval.comment === null ? '' : `: “${oneLine(approval.comment, MAX_WORDS)}”`
    return `${approval.state} by ${by}${scope} at ${clockTime(approval.decidedAt)}${comment}`
  }
  if (approval?.state === 'pending') return 'waits for your answer'
  if (judged === undefined)
    return step.tool === 'run_command' || step.state === 'denied'
      ? 'nobody: it did not run'
      : 'the worktree: it stays inside, and the review is its gate'
  const [grantId] = judged.grants
  if (grantId !== undefined) return ruleText(sql, grantId)
  if (judged.by === 'dry-run')
    return judged.decision === 'allow' ? 'the dry run: it stays in the throwaway worktree, without network' : 'nobody: it did not run'
  return judged.by === 'mode' ? 'the mode auto: it stays in the sandbox' : 'the policy: it only reads'
}

async function ruleText(sql: Sql, grantId: string): Promise<string> {
  const grant = await grantById(sql, grantId)
  const view = grant === undefined ? undefined : await viewGrant(sql, grant)
  return view === undefined ? 'a rule' : `the rule “${view.rule}” (${view.where}), given by ${view.by}`
}

const ENDS: Record<Step['state'], string> = {
  started: 'under way',
  finished: 'done',
  failed: 'failed',
  denied: 'not run',
  interrupted: 'interrupted, effect unknown',
  withheld: 'not run: a dry run withholds it',
}

function outcomeOf({ state, output }: Step): string {
  const first = oneLine(nameHidden((output ?? '').split('\n').slice(0, 2).join(' · ')), MAX_WORDS)
  return first === '' || first === 'ok' ? ENDS[state] : `${ENDS[state]}: ${first}`
}
