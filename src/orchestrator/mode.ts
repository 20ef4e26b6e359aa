/** How much an agent may do by itself right now. What a repository's own file says can only make it less. */
import { stricterMode, type Mode } from '#core'
import { hasGo, type Project, type Sql, type Task } from '#db'
import type { Facts } from './capability.ts'

/** The mode of a task that has none of its own: its project's, else the stricter of the installation's and the file's. */
export function projectMode(facts: Pick<Facts, 'mode'>, project: Pick<Project, 'mode'>, file: Mode | undefined): Mode {
  return project.mode ?? stricterMode(facts.mode, file ?? facts.mode)
}

/** `dry`: a throwaway worktree in which sandboxed commands run, and what would ask a person is withheld. */
export type Stance = Mode | 'dry'

/** What holds at this moment: `plan` until a person has said Go to a plan of the task, then as `ask`. */
export async function stanceNow(sql: Sql, task: Pick<Task, 'id' | 'mode' | 'dry'>, otherwise: Mode): Promise<Stance> {
  if (task.dry) return 'dry'
  const mode = task.mode ?? otherwise
  return mode === 'plan' && (await hasGo(sql, task.id)) ? 'ask' : mode
}
