import { LughError } from '#core'
import { endOpenRuns } from '#db'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { checkOwnWork } from '../own-work.ts'
import { TaskView, viewTask } from './task-list.ts'
import { OptionalTask, taskWord, theTask } from './words.ts'

/** Parks a task: its processes end, its worktree stays, `resume_task` goes on from the last finished step. */
export const pauseTask = capability({
  name: 'pause_task',
  describe: 'Pause a task; resume goes on from its last finished step.',
  input: OptionalTask,
  output: TaskView,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'pause', usage: '/pause [T12]', example: '/pause T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'pause_task', usage: 'pause_task [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: {},
  },
  act: async (act, input) => {
    const task = await theTask(act, input.task, (candidate) => ['queued', 'preparing', 'running'].includes(candidate.state), 'at work')
    checkOwnWork(act, task)
    const moved = await moveTask(act.tx, task, {
      to: 'paused',
      reason: `by ${act.caller.name}`,
      scope: { personId: act.caller.personId, door: act.caller.door },
    })
    if (moved === undefined) throw new LughError('conflict', `T${task.number} cannot be paused: it is ${task.state}.`)
    await endOpenRuns(act.tx, task.id, 'stopped', 'paused')
    return viewTask(moved)
  },
  say: (o) => `⏸ T${o.task} is paused. /resume T${o.task} goes on.`,
  toast: () => 'Paused.',
})
