/** The tool by which an agent that may only read proposes what it wants to do. It is never run: the plan becomes a row that a person decides about. */
import { LughError } from '#core'
import { z } from 'zod'
import { defineTool, line } from './tool.ts'

/** Steps that are read on a phone before somebody says Go; a longer plan is several tasks. */
const STEPS_MAX = 12
const Input = z.object({
  steps: z
    .array(z.string().trim().min(1).max(200))
    .min(1)
    .max(STEPS_MAX)
    .describe('What you will do, in order, one short sentence each: which files, what changes, how it is checked.'),
})

export const proposePlan = defineTool({
  name: 'propose_plan',
  description: 'Shows your plan to the person and waits for their word, which can take hours. Until they say Go nothing can be written.',
  input: Input,
  call: ({ steps }) => ({ kind: 'proposal', line: line(`propose a plan of ${steps.length === 1 ? '1 step' : `${steps.length} steps`}`), steps }),
  run: () => Promise.reject(new LughError('internal', 'A plan is decided by a person, not by a tool.')),
})
