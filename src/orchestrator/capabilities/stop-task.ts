import { LughError } from '#core'
import { listTasks, openChange, type Task } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { supersede } from '../supersede.ts'
import { TaskNumber, taskWord, theTask } from './words.ts'

const STOPPABLE: readonly Task['state'][] = ['queued', 'preparing', 'running', 'waiting', 'paused', 'proposing', 'rehearsed', 'review']
const ALL_LIMIT = 1000

/** Ends work at once. The row changes here; every worker that sees it kills the task's processes. A landing under way is not torn apart. */
export const stopTask = capability({
  name: 'stop_task',
  describe: 'Stop a task, or all of them, at once.',
  input: z.object({ task: TaskNumber.optional(), all: z.boolean().optional() }),
  output: z.object({ stopped: z.array(z.number()) }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'stop', menu: true, usage: '/stop [T12 | all]', example: '/stop T12', parse: parseWords },
    cli: { verb: 'stop_task', usage: 'stop_task [T12 | all]', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: { example: { task: 12 } },
  },
  act: async (act, input) => {
    const tasks = input.all === true ? await listTasks(act.tx, { states: STOPPABLE, limit: ALL_LIMIT }) : [await one(act, input.task)]
    const stopped: number[] = []
    for (const task of tasks) if (await stopOne(act, task)) stopped.push(task.number)
    const only = tasks[0]
    if (stopped.length === 0 && input.all !== true && only !== undefined)
      throw new LughError(
        'conflict',
        `T${only.number} is ${only.state === 'landing' ? 'landing right now; ↩️ Undo takes it back afterwards' : `already ${only.state}`}.`,
      )
    return { stopped }
  },
  say: (o) => (o.stopped.length === 0 ? 'Nothing was running.' : `⏹ Stopped ${o.stopped.map((number) => `T${number}`).join(', ')}.`),
  toast: (o) => (o.stopped.length === 0 ? 'Nothing was running.' : 'Stopped.'),
})

function parseWords(words: string): { task?: number; all?: boolean } {
  if (words.trim().toLowerCase() === 'all') return { all: true }
  const task = taskWord(words)
  return task === undefined ? {} : { task }
}

function one(act: Act, number: number | undefined): Promise<Task> {
  return theTask(act, number, (task) => STOPPABLE.includes(task.state) && !['rehearsed', 'review'].includes(task.state), 'at work')
}

/** Stops one task, if its state allows it. */
export async function stopOne(act: Act, task: Task): Promise<boolean> {
  const moved = await moveTask(act.tx, task, {
    to: 'stopped',
    reason: `by ${act.caller.name}`,
    scope: { personId: act.caller.personId, door: act.caller.door },
  })
  if (moved === undefined) return false
  const open = await openChange(act.tx, task.id)
  if (open !== undefined) await supersede(act.tx, open, 'the task was stopped')
  return true
}
