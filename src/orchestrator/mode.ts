/** How much an agent may do by itself right now. What a repository's own file says can only make it less. */
import { stricterMode, type Mode } from '#core'
import { hasGo, type Project, type Sql, type Task } from '#db'
import type { Facts } from './capability.ts'

/** The mode of a task that has none of its own: its project's, else the stricter of the installation's and the file's. */
export function projectMode(facts: Pick<Facts, 'mode'>, project: Pick<Project, 'mode'>, file: Mode | undefined): Mode {
  return project.mode ?? stricterMode(facts.mode, file ?? facts.mode)
}

/** The mode that holds at this moment: `plan` until a person has said Go to a plan of the task, then as `ask`. */
export async function modeNow(sql: Sql, task: Pick<Task, 'id' | 'mode'>, otherwise: Mode): Promise<Mode> {
  const mode = task.mode ?? otherwise
  return mode === 'plan' && (await hasGo(sql, task.id)) ? 'ask' : mode
}
