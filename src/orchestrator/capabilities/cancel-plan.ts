import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { PlanBound, decidePlan } from './the-plan.ts'

/** Gives a task up at its plan, before anything was written. */
export const cancelPlan = capability({
  name: 'cancel_plan',
  describe: 'Give a task up at its plan.',
  input: PlanBound,
  output: z.object({ task: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: { verb: 'cancel_plan', usage: 'cancel_plan PLAN DIGEST', parse: ([plan, digest]) => PlanBound.parse({ plan, digest }) },
    mcp: {},
  },
  act: async (act, input) => {
    const { task } = await decidePlan(act, input, { state: 'cancelled' })
    const scope = { personId: act.caller.personId, door: act.caller.door }
    await moveTask(act.tx, task, {
      to: 'discarded',
      from: ['waiting', 'paused'],
      reason: `its plan was cancelled by ${act.caller.name}; nothing was written`,
      scope,
    })
    return { task: task.number }
  },
  say: (o) => `❌ T${o.task} is cancelled. Nothing was written.`,
  toast: () => 'Cancelled. Nothing was written.',
})
