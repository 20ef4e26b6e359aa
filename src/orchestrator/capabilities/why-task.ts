import { b, code, join } from '#core'
import { latestChange, recentEvents, recentSteps } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { stateLine } from '../cards/task-card.ts'
import { explainStep } from '../explain-step.ts'
import { viewTask } from './task-list.ts'
import { OptionalTask, taskWord, theTask } from './words.ts'

const SHOWN_STEPS = 8 // two screens of a phone
const LOOKED_AT = 400 // events in which the words for those steps are found
const KINDS = ['command.judged', 'step.started']

const Explained = z.object({ step: z.string(), claim: z.string().nullable(), allowed: z.string(), outcome: z.string() })

/** Why a task did what it did: its newest steps with reason, permission and outcome, all from rows. */
export const whyTask = capability({
  name: 'why_task',
  describe: 'Why a task did what it did: reason, permission and outcome of its steps.',
  input: OptionalTask,
  output: z.object({
    task: z.number(),
    title: z.string(),
    wish: z.string(),
    state: z.string(),
    change: z.string().nullable(),
    steps: z.array(Explained),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'why', menu: true, usage: '/why [T12]', example: '/why T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'why_task', usage: 'why_task [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
  },
  act: async (act, input) => {
    const task = await theTask(act, input.task, () => true, 'yet')
    const [steps, events, change] = await Promise.all([
      recentSteps(act.tx, task.id, SHOWN_STEPS),
      recentEvents(act.tx, task.id, KINDS, LOOKED_AT),
      latestChange(act.tx, task.id),
    ])
    const explained = []
    for (const step of steps.toReversed()) explained.push(await explainStep(act.tx, task.id, step, events))
    const led =
      change === undefined ? null : `change ${change.number}, ${change.files.length} ${change.files.length === 1 ? 'file' : 'files'}, ${change.state}`
    return { task: task.number, title: task.title, wish: task.wish, state: stateLine(viewTask(task)), change: led, steps: explained }
  },
  say: (o) =>
    join(
      [
        b(`Why · T${o.task} ${o.title}`),
        o.steps.length === 0 && 'It has taken no step yet.',
        ...o.steps.map((step) =>
          join([code(step.step), step.claim !== null && `Its claim: “${step.claim}”`, `Allowed by: ${step.allowed}`, `Led to: ${step.outcome}`]),
        ),
        `Now: ${o.state}${o.change === null ? '' : ` · ${o.change}`}`,
      ],
      '\n\n',
    ),
})
