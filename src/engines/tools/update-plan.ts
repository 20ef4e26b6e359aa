/** The tool by which an agent shows its plan on the task's card. It changes nothing in the worktree. */
import { z } from 'zod'
import { PlanStep } from '../port.ts'
import { defineTool, line } from './tool.ts'

/** Steps that fit on a card beside everything else. */
const STEPS_MAX = 12
const Input = z.object({
  steps: z
    .array(PlanStep.extend({ text: z.string().trim().min(1).max(120) }))
    .min(1)
    .max(STEPS_MAX)
    .describe('The whole plan each time: short steps, at most one of them doing.'),
})

export const updatePlan = defineTool({
  name: 'update_plan',
  description: 'Shows the plan to the person, and which steps are done.',
  input: Input,
  call: ({ steps }) => {
    const done = steps.filter((step) => step.state === 'done').length
    return { kind: 'plan', line: line(`plan: ${done} of ${steps.length} done`), steps }
  },
  run: () => Promise.resolve('The plan is shown.'),
})
