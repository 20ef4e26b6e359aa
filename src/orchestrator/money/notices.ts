/** Tells people that a budget is nearly or wholly used up, once for each limit, with a card that asks how to go on. */
import { BudgetNoticeId } from '#core'
import { appendEvent, openNotice, touchCards, warned, type Task, type Tx, type Used } from '#db'
import type { Machinery } from '../machinery.ts'
import { showCard } from '../show.ts'
import { keyOfBudget, type Limit } from './limits.ts'

export type Given = { readonly kind: 'warning' | 'stop'; readonly limit: Limit; readonly used: Used }

/** Posts the notice where the task is spoken about. Tasks stopped at the same limit share one. */
export async function giveNotice(m: Pick<Machinery, 'ids'>, tx: Tx, task: Task, { kind, limit, used }: Given): Promise<void> {
  const at = { scope: limit.of.scope, scopeKey: keyOfBudget(limit.of), limitMicroUsd: limit.microUsd }
  if (kind === 'warning' && (await warned(tx, at))) return
  const notice = await openNotice(tx, { id: BudgetNoticeId.parse(m.ids.uuid()), kind, projectId: task.projectId, ...at }, task.id)
  if (notice === undefined) return
  await appendEvent(tx, {
    taskId: task.id,
    projectId: task.projectId,
    kind: 'budget.reached',
    data: { noticeId: notice.id, notice: kind, scope: limit.of.scope, limit: limit.microUsd, spent: used.spent },
  })
  await showCard(tx, m.ids, task, { kind: 'budget', subjectId: notice.id, loud: true })
  await touchCards(tx, { kind: 'budget', subjectId: notice.id })
}
