import { capability } from '../capability.ts'
import { TaskDetail, detailOf } from './task-detail.ts'
import { taskLine } from './task-list.ts'
import { OptionalTask, taskWord, theTask } from './words.ts'

/** Shows one task: where it stands and what it came to. */
export const showTask = capability({
  name: 'show_task',
  describe: 'One task: its state, plan, step and cost.',
  input: OptionalTask,
  output: TaskDetail,
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'task', usage: '/task T12', example: '/task T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'show_task', usage: 'show_task T12', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: { tool: 'get_task', example: { task: 12 } },
  },
  act: async (act, input) => {
    const task = await theTask(act, input.task, () => true, 'yet')
    return detailOf(act, task)
  },
  say: (o) => taskLine(o),
})
