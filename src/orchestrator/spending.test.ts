/** The purse of a run that asks its model by itself: the same rows as every other engine's, and the same caps. */
import { costOfTask, eventsOfTask } from '#db'
import { pricesOf } from '#models'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../test/support/money-room.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { meterOf } from './spending.ts'

const USAGE = { input: 1000, output: 100, cacheRead: 0, cacheWrite: 0 }
const CALL = { model: 'claude-sonnet-5-5', promptTokens: 1000, outputTokens: 100 }

describeEachStore('what a run spends through the gateway', (open) => {
  it('is written beside what built-in engines spend, and a budget that is reached refuses the next call and parks the task', async () => {
    const room = await openMoneyRoom(await open(), 1, { prices: pricesOf(), taskBudgetMicroUsd: 3000 })
    const [at] = room.tasks
    if (at === undefined) throw new Error('no task')
    const { id } = at.claim.task
    const meter = meterOf(room.m, at.claim, at.run)
    const first = await meter.reserve(CALL)
    expect(first.ok).toBe(true)
    if (first.ok) await first.settle(USAGE)
    const [event] = await eventsOfTask(room.db, id, 10)
    const second = await meter.reserve(CALL)
    expect({ cost: await costOfTask(room.db, id), second, event: event?.data, state: (await room.now(at)).state }).toEqual({
      cost: { microUsd: 3000, tokens: 1100, unpriced: 0, turns: 1 },
      second: { ok: false, why: 'its budget of $0.003 is used up' },
      event: { model: CALL.model, microUsd: 3000, ...USAGE },
      state: 'paused',
    })
  })

  it('leaves no row for a call that was never made', async () => {
    const room = await openMoneyRoom(await open(), 1)
    const [at] = room.tasks
    if (at === undefined) throw new Error('no task')
    const reserved = await meterOf(room.m, at.claim, at.run).reserve(CALL)
    if (reserved.ok) await reserved.settle({ input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })
    const left = await room.db.row(z.object({ n: z.number() }), `select count(*)::integer as n from reservation`)
    expect([reserved.ok, (await costOfTask(room.db, at.claim.task.id)).turns, left]).toEqual([true, 0, { n: 0 }])
  })
})
