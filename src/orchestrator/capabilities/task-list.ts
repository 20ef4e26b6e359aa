/** How a task reads in a list, and in an answer for programs. */
import { z } from 'zod'
import { TASK_STATES, oneLine, type Text } from '#core'
import type { Task } from '#db'
import { stateLine } from '../cards/task-card.ts'

export const TaskView = z.object({
  task: z.number(),
  task_id: z.string(),
  title: z.string(),
  state: z.enum(TASK_STATES),
  reason: z.string().nullable(),
  branch: z.string(),
})
export type TaskView = z.infer<typeof TaskView>

export function viewTask(task: Task): TaskView {
  return { task: task.number, task_id: task.id, title: task.title, state: task.state, reason: task.reason, branch: task.branch }
}

export function taskLine(view: TaskView): Text {
  return `T${view.task} ${oneLine(view.title, 50)} · ${oneLine(stateLine(view), 120)}`
}
