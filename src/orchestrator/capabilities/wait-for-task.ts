import { CLAIMABLE } from '#core'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { TaskDetail, detailOf } from './task-detail.ts'
import { taskLine } from './task-list.ts'
import { TaskNumber, theTask } from './words.ts'

/** Most clients give a call a minute or two; whoever is told "not yet" asks again and has lost nothing. */
const SECONDS = 50
const MOST_SECONDS = 3600

/** How a task stands, and whether it rests: it has ended, or a person is asked. Programs are answered when it does. */
export const waitForTask = capability({
  name: 'wait_for_task',
  describe: 'Wait until a task has ended or needs a person; answers at once when that is so already.',
  input: z.object({
    task: TaskNumber,
    timeout_seconds: z.number().min(0).max(MOST_SECONDS).default(SECONDS),
    /** Whether the client may be asked about an approval by a form of its own (only with a token that may decide it). */
    ask_here: z.boolean().default(true),
  }),
  output: TaskDetail.extend({ done: z.boolean() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { none: 'the card of a task tells by itself when it rests' },
    cli: { none: '`show_task` answers at once; a script asks again' },
    mcp: {
      example: { task: 12, timeout_seconds: 50 },
      note: 'With done: false the time was over and the task goes on: call it again, the handle stays good even when this connection or Lugh itself restarts.',
      wait: { done: (output) => output.done, step: (output) => output.step ?? output.state },
    },
  },
  act: async (act, input) => {
    const task = await theTask(act, input.task, () => true, 'yet')
    return { ...(await detailOf(act, task)), done: !CLAIMABLE.includes(task.state) }
  },
  say: (o) => taskLine(o),
})
