import { LughError } from '#core'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { checkOwnWork } from '../own-work.ts'
import { TaskNumber, taskWord, theTask } from './words.ts'

/** Gives up a stopped or failed task for good. */
export const discardTask = capability({
  name: 'discard_task',
  describe: 'Give up a stopped or failed task for good.',
  input: z.object({ task: TaskNumber }),
  output: z.object({ task: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: { verb: 'discard_task', usage: 'discard_task T12', parse: (argv) => ({ task: taskWord(argv.join(' ')) ?? 0 }) },
    mcp: { destroys: true },
  },
  act: async (act, input) => {
    const task = await theTask(act, input.task, () => true, '')
    checkOwnWork(act, task)
    const moved = await moveTask(act.tx, task, {
      to: 'discarded',
      from: ['stopped', 'failed'],
      scope: { personId: act.caller.personId, door: act.caller.door },
    })
    if (moved === undefined)
      throw new LughError('conflict', `T${task.number} is ${task.state}; only a stopped or failed task is discarded like this.`)
    return { task: task.number }
  },
  say: () => undefined,
  toast: () => 'Discarded.',
})
