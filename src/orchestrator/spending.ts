/** What runs spend whose engine asks its model by itself, through the gateway: held and written as every other engine's. */
import { LughError } from '#core'
import { taskById, touchCards, type Run } from '#db'
import type { Meter } from '#models'
import type { Claim, Machinery } from './machinery.ts'
import { release, reserve, settle } from './money/reserve.ts'

/**
 * The purse of such a run. A call waits while others hold what is left; at a limit the task is parked and people are asked. What was spent
 * is written whether or not the run still holds its task: it is owed all the same.
 */
export function meterOf(m: Pick<Machinery, 'db' | 'facts' | 'clock' | 'ids'>, claim: Claim, run: Pick<Run, 'id' | 'engine'>): Meter {
  const { task } = claim
  return {
    reserve: async ({ model, promptTokens, outputTokens }) => {
      const foreseen = { model, prompt: promptTokens, output: outputTokens }
      const reservation = await reserve(m, claim, run, foreseen).catch((error: unknown) => {
        // Another call of this run has met the limit first, or a person has stopped the task: the engine is told, not cut off.
        if (claim.signal.aborted || (error instanceof LughError && error.code === 'conflict')) return undefined
        throw error
      })
      if (reservation === undefined) return { ok: false, why: (await taskById(m.db, task.id))?.reason ?? 'this task has moved on' }
      return {
        ok: true,
        settle: async (usage) => {
          if (usage.input + usage.output + usage.cacheRead + usage.cacheWrite === 0) return release(m, reservation)
          await m.db.tx(async (tx) => {
            await settle(m, tx, reservation, { task, run, model, usage })
            await touchCards(tx, { kind: 'task', subjectId: task.id })
          })
        },
      }
    },
  }
}

/** Midnight, UTC. */
export function startOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()))
}
