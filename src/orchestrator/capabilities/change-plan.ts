import { LughError, PlanId } from '#core'
import { planById } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { decidePlan } from './the-plan.ts'
import { unparkWhenAnswered } from './unpark.ts'

const MAX_REQUEST = 20_000
/** Without a digest it is a reply in words to the plan's card: it only ever asks for another plan. */
const Input = z.object({
  plan: PlanId,
  digest: z.string().optional(),
  text: z.string().trim().min(1, 'Write what shall be different.').max(MAX_REQUEST),
})

/** Sends a plan back to its agent, which proposes another. */
export const changePlan = capability({
  name: 'change_plan',
  describe: 'Send a plan back to its agent with a comment.',
  input: Input,
  output: z.object({ task: z.number() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: {
      verb: 'change_plan',
      usage: 'change_plan PLAN DIGEST WORDS',
      parse: ([plan, digest, ...words]) => Input.parse({ plan, digest, text: words.join(' ') }),
    },
    mcp: {},
  },
  act: async (act, { plan: id, digest, text }) => {
    const shown = digest ?? (await planById(act.tx, id))?.digest
    if (shown === undefined) throw new LughError('not-found', 'That plan is gone.')
    const { task } = await decidePlan(act, { plan: id, digest: shown }, { state: 'changed', comment: text })
    await unparkWhenAnswered(act, task)
    return { task: task.number }
  },
  say: (o) => `✏️ T${o.task} plans again with that.`,
  toast: () => 'Goes back to the agent.',
})
