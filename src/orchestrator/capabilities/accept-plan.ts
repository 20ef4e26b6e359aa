import { setPlan } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { wantCheckpoint } from '../checkpoints/ask-checkpoint.ts'
import { PlanBound, decidePlan } from './the-plan.ts'
import { unparkWhenAnswered } from './unpark.ts'

/** Says Go to a plan: from here on its task may write, and asks as in `ask` mode. */
export const acceptPlan = capability({
  name: 'accept_plan',
  describe: 'Say Go to an agent’s plan.',
  input: PlanBound,
  output: z.object({ task: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'accept_plan', usage: 'accept_plan PLAN DIGEST', parse: ([plan, digest]) => PlanBound.parse({ plan, digest }) },
    mcp: { example: { plan: '0b5c…', digest: '9f2c…' } },
  },
  act: async (act, input) => {
    const { plan, task } = await decidePlan(act, input, { state: 'accepted' })
    await wantCheckpoint(act.tx, act.ids, { project: { id: task.projectId }, kind: 'plan', key: `plan:${plan.id}`, name: `plan of T${task.number}` })
    await setPlan(
      act.tx,
      task.id,
      plan.steps.map((text) => ({ text, state: 'todo' as const })),
    )
    await unparkWhenAnswered(act, task)
    return { task: task.number }
  },
  say: (o) => `✅ T${o.task} goes on with its plan.`,
  toast: () => 'Go.',
})
