/** Which limits in money hold for a task: its own, its project's and the day's. A person's word comes before the installation's. */
import type { ProjectId, TaskId } from '#core'
import { budgetsFor, type BudgetOf, type Sql, type Task } from '#db'
import type { Facts } from '../capability.ts'

export type Limit = { readonly of: BudgetOf; readonly microUsd: number; readonly from: 'person' | 'installation' }

/** The task whose budget pays: a dry run is part of the task it tries out. */
export function accountOf(task: Pick<Task, 'id' | 'dry' | 'parentId'>): TaskId {
  return task.dry && task.parentId !== null ? task.parentId : task.id
}

/** The day in UTC, as 2026-11-21. */
export function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10)
}

/** The limits that hold, the task's first. `null` for the task: of the project and the day alone. */
export async function limitsFor(
  sql: Sql,
  facts: Pick<Facts, 'taskBudgetMicroUsd' | 'dailyBudgetMicroUsd'>,
  at: { taskId: TaskId | null; projectId: ProjectId | null; day: string },
): Promise<Limit[]> {
  const rows = await budgetsFor(sql, at)
  const task = rows.find((row) => row.taskId !== null)
  const project = rows.find((row) => row.projectId !== null)
  const day = rows.find((row) => row.taskId === null && row.projectId === null)
  const limits: Limit[] = []
  const add = (of: BudgetOf, set: number | null | undefined, usual: number | undefined, extra = 0): void => {
    const base = set ?? usual
    if (base !== undefined) limits.push({ of, microUsd: base + extra, from: set === null || set === undefined ? 'installation' : 'person' })
  }
  if (at.taskId !== null) add({ scope: 'task', taskId: at.taskId }, task?.microUsd, facts.taskBudgetMicroUsd)
  if (at.projectId !== null) add({ scope: 'project', projectId: at.projectId }, project?.microUsd, undefined)
  add({ scope: 'day', day: at.day }, day?.microUsd, facts.dailyBudgetMicroUsd, day?.extraMicroUsd)
  return limits
}

/** What names a budget in rows of notices and events. */
export function keyOfBudget(of: BudgetOf): string {
  return of.scope === 'task' ? of.taskId : of.scope === 'project' ? of.projectId : of.day
}
