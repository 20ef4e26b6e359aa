/** Rows of `worktree`: the intent row comes before the directory, so that no directory is ever unknown. */
import { ProjectId, TASK_STATES, TaskId, WORKTREE_STATES, WorktreeId, type WorktreeState } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const Worktree = z.object({
  id: WorktreeId,
  taskId: TaskId,
  projectId: ProjectId,
  path: z.string(),
  state: z.enum(WORKTREE_STATES),
  setUp: z.boolean(),
})
export type Worktree = z.infer<typeof Worktree>
const COLUMNS = `worktree.id, worktree.task_id as "taskId", worktree.project_id as "projectId", worktree.path, worktree.state, worktree.set_up as "setUp"`

/** One live worktree a task (index worktree_live): a second insert answers undefined. */
export function insertWorktree(tx: Tx, w: { id: WorktreeId; taskId: TaskId; projectId: ProjectId; path: string }): Promise<Worktree | undefined> {
  return tx.row(
    Worktree,
    `insert into worktree (id, task_id, project_id, path, state) values ($1::uuid, $2::uuid, $3::uuid, $4::text, 'creating') on conflict do nothing returning ${COLUMNS}`,
    [w.id, w.taskId, w.projectId, w.path],
  )
}

export function liveWorktree(sql: Sql, taskId: TaskId): Promise<Worktree | undefined> {
  return sql.row(Worktree, `select ${COLUMNS} from worktree where task_id = $1::uuid and state <> 'gone'`, [taskId])
}

export function setWorktree(tx: Tx, id: WorktreeId, state: WorktreeState, setUp: boolean): Promise<number> {
  return tx.run(`update worktree set state = $2::text, set_up = $3::boolean, updated_at = now() where id = $1::uuid`, [id, state, setUp])
}

/** Every worktree that is not gone, of one project. */
export function liveWorktrees(sql: Sql, projectId: ProjectId): Promise<Worktree[]> {
  return sql.rows(Worktree, `select ${COLUMNS} from worktree where project_id = $1::uuid and state <> 'gone'`, [projectId])
}

const Abandoned = Worktree.extend({ branch: z.string(), baseCommit: z.string().nullable(), taskState: z.enum(TASK_STATES), dry: z.boolean() })

/** Worktrees to be taken down: those marked so, and those whose task has settled and holds no lease. */
export function abandonedWorktrees(sql: Sql, home: string, limit: number): Promise<z.infer<typeof Abandoned>[]> {
  return sql.rows(
    Abandoned,
    `select ${COLUMNS}, task.branch, task.base_commit as "baseCommit", task.state as "taskState", task.dry from worktree join task on task.id = worktree.task_id join project on project.id = worktree.project_id and project.home = $2::text
     where worktree.state = 'removing' or (worktree.state <> 'gone'
         and task.state in ('merged', 'kept', 'answered', 'undone', 'adopted', 'discarded', 'stopped', 'failed')
         and (task.lease_until is null or task.lease_until < now()))
     order by worktree.created_at limit $1::integer`,
    [limit, home],
  )
}
