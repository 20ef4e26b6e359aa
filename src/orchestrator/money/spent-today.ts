/** Whether the day's budget is used up, for what is paid outside of tasks. */
import { usedOf, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import { dollars } from '../cards/task-card.ts'
import { dayOf, limitsFor } from './limits.ts'

/** A sentence with the way out when it is; undefined while there is something left. */
export async function spentToday(sql: Sql, facts: Pick<Facts, 'taskBudgetMicroUsd' | 'dailyBudgetMicroUsd'>, now: Date): Promise<string | undefined> {
  for (const limit of await limitsFor(sql, facts, { taskId: null, projectId: null, day: dayOf(now) }))
    if ((await usedOf(sql, limit.of)).spent >= limit.microUsd)
      return `The day's budget of ${dollars(limit.microUsd)} is used up, so I do not listen. Write it in words, or raise it: /budget shows how.`
  return undefined
}
