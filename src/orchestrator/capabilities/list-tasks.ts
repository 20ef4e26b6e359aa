import { b, join } from '#core'
import { listTasks as taskRows } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { TaskView, taskLine, viewTask } from './task-list.ts'

const SHOWN = 20 // two screens of a phone

export const listTasks = capability({
  name: 'list_tasks',
  describe: 'The newest tasks.',
  input: z.object({ limit: z.number().int().min(1).max(200).default(SHOWN) }),
  output: z.object({ tasks: z.array(TaskView) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'tasks', menu: true, usage: '/tasks', example: '/tasks', parse: () => ({ limit: SHOWN }) },
    cli: { verb: 'list_tasks', usage: 'list_tasks', parse: () => ({ limit: SHOWN }) },
  },
  act: async (act, input) => ({ tasks: (await taskRows(act.tx, { limit: input.limit })).map(viewTask) }),
  say: (o) => (o.tasks.length === 0 ? 'No tasks yet. Write what you want done.' : join([b('Tasks'), ...o.tasks.map(taskLine)])),
})
