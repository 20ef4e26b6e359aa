/** What a Go is bound to: the steps and the estimate as the plan card shows them, of this task and this proposal. */
import { digest } from '#core'
import type { Plan } from '#db'

export function planDigest(plan: Pick<Plan, 'taskId' | 'callId' | 'steps' | 'estimate'>): string {
  return digest('plan.v1', { task: plan.taskId, call: plan.callId, steps: plan.steps, estimate: plan.estimate })
}
