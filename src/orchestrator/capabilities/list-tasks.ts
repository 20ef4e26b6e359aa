import { TASK_STATES, b, join } from '#core'
import { listTasks as taskRows } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { TaskView, taskLine, viewTask } from './task-list.ts'
import { TaskNumber, theProject } from './words.ts'

const SHOWN = 20 // two screens of a phone

export const listTasks = capability({
  name: 'list_tasks',
  describe: 'The newest tasks.',
  input: z.object({
    limit: z.number().int().min(1).max(200).default(SHOWN),
    project: z.string().max(200).optional(),
    states: z.array(z.enum(TASK_STATES)).max(TASK_STATES.length).optional(),
    /** Older ones than this number: the last of the list before. */
    before: TaskNumber.optional(),
  }),
  output: z.object({ tasks: z.array(TaskView) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'tasks', menu: true, usage: '/tasks', example: '/tasks', parse: () => ({ limit: SHOWN }) },
    cli: { verb: 'list_tasks', usage: 'list_tasks', parse: () => ({ limit: SHOWN }) },
    mcp: { example: { project: 'shop-api', states: ['running', 'waiting', 'review'] } },
  },
  act: async (act, { project, states, before, limit }) => {
    const { projects } = act.caller.token ?? {}
    const filter = {
      limit,
      ...(project === undefined ? {} : { projectId: (await theProject(act, project)).id }),
      ...(states === undefined ? {} : { states }),
      ...(before === undefined ? {} : { before }),
      ...(projects === undefined ? {} : { projects }),
    }
    return { tasks: (await taskRows(act.tx, filter)).map(viewTask) }
  },
  say: (o) => (o.tasks.length === 0 ? 'No tasks yet. Write what you want done.' : join([b('Tasks'), ...o.tasks.map(taskLine)])),
})
