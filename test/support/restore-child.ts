/**
 * One life of a way back, as a process that can be killed: carries the restore out, then takes the old worktree down and makes the one
 * it is set back to, as the worker would. Its first argument is JSON. Prints `begun` before the first act and `done` after the last.
 */
import { ObjectName, ProjectId, TaskId, RestoreId } from '#core'
import { openDb, restoreById, taskById } from '#db'
import { createGit } from '#git'
import { createSandbox } from '#sandbox'
import { z } from 'zod'
import { carryOn } from '../../src/orchestrator/checkpoints/carry-out.ts'
import { keeperOf } from './checkpoint-room.ts'
import { silent, TEST_PATH } from './sandbox.ts'

const Life = z.object({
  home: z.string(),
  personHome: z.string(),
  databaseUrl: z.string().optional(),
  repository: z.object({ projectId: ProjectId, kind: z.literal('path'), location: z.string() }),
  restore: RestoreId,
  task: TaskId,
  old: z.object({ path: z.string(), branch: z.string() }),
  again: z.object({ path: z.string(), branch: z.string() }),
})
export type Life = z.infer<typeof Life>

const life = Life.parse(JSON.parse(process.argv[1] ?? ''))
const sandbox = await createSandbox({
  mode: 'required',
  home: life.home,
  host: { path: TEST_PATH, home: life.personHome, lang: 'C.UTF-8' },
  log: silent,
})
const git = createGit({ home: life.home, sandbox, hostEnvironment: { home: life.personHome } })
const db = await openDb({ home: life.home, databaseUrl: life.databaseUrl, log: { ...silent, error: () => undefined } })
process.stdout.write('begun\n')
const row = await restoreById(db, life.restore)
if (row?.state === 'wanted') await carryOn(keeperOf(db, git), row)
const task = await taskById(db, life.task)
if (task === undefined || task.savedTree === null || task.baseCommit === null) throw new Error('the task was not set back')
await git.removeWorktree(life.repository, life.old)
const name = (text: string | null): ObjectName | undefined => (text === null ? undefined : ObjectName.parse(text))
const saved = { tree: name(task.savedTree), head: name(task.savedHead), index: name(task.savedIndex), raw: true as const }
await git.createWorktree(life.repository, { ...life.again, base: ObjectName.parse(task.baseCommit), ...saved })
process.stdout.write('done\n')
await db.close()
await sandbox.close()
