/** One life of a way back: carries it out, then takes the old worktree down and makes the one the task is set back to, as the worker would. */
import { ObjectName, ProjectId, RestoreId, TaskId } from '#core'
import { restoreById, taskById, type Db } from '#db'
import type { Git } from '#git'
import type { Sandbox } from '#sandbox'
import { z } from 'zod'
import { carryOn } from '../../src/orchestrator/checkpoints/carry-out.ts'
import { keeperOf } from './checkpoint-room.ts'

export const Life = z.object({
  home: z.string(),
  personHome: z.string(),
  databaseUrl: z.string().optional(),
  repository: z.object({ projectId: ProjectId, kind: z.literal('path'), location: z.string() }),
  restore: RestoreId,
  task: TaskId,
  old: z.object({ path: z.string(), branch: z.string() }),
  again: z.object({ path: z.string(), branch: z.string() }),
  /** Its end: so many milliseconds after its n-th command has begun. Counted and not timed, so that a busy machine is killed at the same places. */
  dies: z.object({ command: z.number(), afterMs: z.number() }).exactOptional(),
  /** Or the crash point it ends at. */
  at: z.string().exactOptional(),
})
export type Life = z.infer<typeof Life>

/** The same sandbox, which says before each command that it is about to begin, and how many there were before. */
export function counting(sandbox: Sandbox, heard: (before: number) => void): Sandbox {
  let commands = 0
  return {
    ...sandbox,
    trusted: (command) => {
      heard(commands++)
      return sandbox.trusted(command)
    },
    run: (command) => {
      heard(commands++)
      return sandbox.run(command)
    },
  }
}

/** Lives it to its end, from wherever an earlier life was ended. */
export async function live(db: Db, git: Git, life: Life): Promise<void> {
  const row = await restoreById(db, life.restore)
  if (row?.state === 'wanted') await carryOn(keeperOf(db, git), row)
  const task = await taskById(db, life.task)
  if (task === undefined || task.savedTree === null || task.baseCommit === null) throw new Error('the task was not set back')
  await git.removeWorktree(life.repository, life.old)
  const name = (text: string | null): ObjectName | undefined => (text === null ? undefined : ObjectName.parse(text))
  const saved = { tree: name(task.savedTree), head: name(task.savedHead), index: name(task.savedIndex), raw: true as const }
  await git.createWorktree(life.repository, { ...life.again, base: ObjectName.parse(task.baseCommit), ...saved })
}
