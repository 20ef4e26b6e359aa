/** Budgets hold, however many agents spend at once; what is parked is not lost, and goes on when a person says so. */
import { expect, it } from 'vitest'
import { plain, sleep, type TaskId } from '#core'
import { usedOf, type Db } from '#db'
import type { Usage } from '#engines'
import { pricesOf } from '#models'
import { z } from 'zod'
import { openMoneyRoom, type AtWork, type MoneyRoom } from '../../../test/support/money-room.ts'
import { chance } from '../../../test/support/chance.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { renderCard } from '../render-card.ts'
import { dayOf } from './limits.ts'
import { release, reserve, settle, type Reservation } from './reserve.ts'

const MODEL = 'dollar'
/** A dollar for a million tokens of anything: tokens are micro-dollars. */
const prices = pricesOf(() => new Map([[MODEL, { input: 1e6, output: 1e6, cacheWrite: 1e6, cacheRead: 1e6 }]]))
const DOLLAR = 1_000_000
const FORESEEN = { model: MODEL, prompt: 10_000, output: 30_000 }
const MOST = 2 * 40_000

const usageOf = (tokens: number): Usage => ({ input: tokens, output: 0, cacheRead: 0, cacheWrite: 0 })

/** One step: reserve, a moment of model, settle. False when it was parked. */
async function step(room: MoneyRoom, { claim, run }: AtWork, tokens: number, ms = 1): Promise<boolean> {
  const reservation = await reserve(room.m, claim, run, FORESEEN)
  if (reservation === undefined) return false
  await sleep(ms)
  await pay(room, { claim, run }, reservation, tokens)
  return true
}

function pay(room: MoneyRoom, { claim, run }: AtWork, reservation: Reservation, tokens: number): Promise<void> {
  return room.db.tx((tx) => settle(room.m, tx, reservation, { task: claim.task, run, model: MODEL, usage: usageOf(tokens) }))
}

const spentToday = async (room: MoneyRoom): Promise<number> => (await usedOf(room.db, { scope: 'day', day: dayOf(room.m.clock.now()) })).spent

const Notice = z.object({ id: z.string(), kind: z.string(), scope: z.string(), limit: z.number(), state: z.string() })
const notices = (db: Db): Promise<z.infer<typeof Notice>[]> =>
  db.rows(Notice, `select id, kind, scope, limit_micro_usd as "limit", state from budget_notice order by created_at, kind desc`)

describeEachStore('a budget', (open) => {
  it('of $1 is never passed by more than one step, by 20 agents at once', { timeout: 120_000 }, async () => {
    const room = await openMoneyRoom(await open(), 20, { prices, dailyBudgetMicroUsd: DOLLAR })
    const rnd = chance(7)
    let highest = 0
    await Promise.all(
      room.tasks.map(async (task) => {
        for (;;) {
          const tokens = rnd.between(5000, MOST)
          highest = Math.max(highest, tokens)
          if (!(await step(room, task, tokens, rnd.between(1, 5)))) return
        }
      }),
    )
    const spent = await spentToday(room)
    expect(spent).toBeGreaterThanOrEqual(DOLLAR)
    expect(spent).toBeLessThanOrEqual(DOLLAR + highest)
    const states = await Promise.all(room.tasks.map(async (task) => (await room.now(task)).state))
    expect(states).toEqual(room.tasks.map(() => 'paused'))
    expect(await room.db.row(z.object({ n: z.number() }), `select count(*)::integer as n from reservation`)).toEqual({ n: 0 })
    const told = await notices(room.db)
    expect(told.map(({ kind, scope, state }) => [kind, scope, state])).toEqual([
      ['warning', 'day', 'pending'],
      ['stop', 'day', 'pending'],
    ])
  })

  it('counts what calls under way may cost, and waits for them instead of parking', async () => {
    const room = await openMoneyRoom(await open(), 2, { prices, dailyBudgetMicroUsd: MOST + 1000 })
    const [one, two] = room.tasks
    if (one === undefined || two === undefined) throw new Error('no tasks')
    const first = await reserve(room.m, one.claim, one.run, FORESEEN)
    let through = false
    const second = step(room, two, 100).then(() => (through = true))
    await sleep(700)
    expect(through).toBe(false)
    if (first === undefined) throw new Error('parked')
    await pay(room, one, first, 500)
    expect(await second).toBe(true)
    expect(await spentToday(room)).toBe(600)
  })

  it('forgets what a dead worker had reserved, and what came to nothing', async () => {
    const room = await openMoneyRoom(await open(), 2, { prices, dailyBudgetMicroUsd: MOST + 1000 })
    const [dead, alive] = room.tasks
    if (dead === undefined || alive === undefined) throw new Error('no tasks')
    await reserve(room.m, dead.claim, dead.run, FORESEEN)
    const reserved = async (): Promise<number> => (await usedOf(room.db, { scope: 'day', day: dayOf(room.m.clock.now()) })).reserved
    expect(await reserved()).toBe(MOST)
    const again = await room.claim(dead.claim.task.id)
    expect(await reserved()).toBe(0)
    expect(await step(room, alive, 100)).toBe(true)
    const other = await reserve(room.m, again.claim, again.run, FORESEEN)
    if (other === undefined) throw new Error('parked')
    await release(room.m, other)
    expect(await reserved()).toBe(0)
  })

  it('of a task pays for its dry runs too, and one of a project for all its tasks', async () => {
    const room = await openMoneyRoom(await open(), 2, { prices })
    const [task, other] = room.tasks
    if (task === undefined || other === undefined) throw new Error('no tasks')
    const { number } = task.claim.task
    await room.ask('set_budget', { scope: 'task', task: number, usd: 0.05 })
    const dry = await room.begin(task.claim.task.id)
    expect(await step(room, dry, 60_000)).toBe(true)
    expect([await step(room, task, 1), await step(room, dry, 1), await step(room, other, 1)]).toEqual([false, false, true])
    await room.ask('set_budget', { scope: 'project', usd: 0.05 })
    expect(await step(room, other, 1)).toBe(false)
  })

  it('of nothing lets nothing through', async () => {
    const room = await openMoneyRoom(await open(), 1, { prices, taskBudgetMicroUsd: 0 })
    const [task] = room.tasks
    if (task === undefined) throw new Error('no task')
    expect([await step(room, task, 1), (await room.now(task)).state, await spentToday(room)]).toEqual([false, 'paused', 0])
  })

  it('counts a model whose price is not known as the dearest there is', async () => {
    const room = await openMoneyRoom(await open(), 1, { prices, dailyBudgetMicroUsd: DOLLAR })
    const [task] = room.tasks
    if (task === undefined) throw new Error('no task')
    const reservation = await reserve(room.m, task.claim, task.run, { ...FORESEEN, model: 'llama' })
    if (reservation === undefined) throw new Error('parked')
    await room.db.tx((tx) => settle(room.m, tx, reservation, { task: task.claim.task, run: task.run, model: 'llama', usage: usageOf(100_000) }))
    expect(await usedOf(room.db, { scope: 'day', day: dayOf(room.m.clock.now()) })).toEqual({ spent: DOLLAR, reserved: 0, unpriced: 1 })
    expect(await step(room, task, 1)).toBe(false)
  })

  async function stopped(): Promise<{ room: MoneyRoom; task: AtWork; id: TaskId; notice: z.infer<typeof Notice> }> {
    const room = await openMoneyRoom(await open(), 1, { prices, taskBudgetMicroUsd: DOLLAR, engines: CHEAP })
    const [task] = room.tasks
    if (task === undefined) throw new Error('no task')
    for (let n = 0; n < 2; n += 1) await step(room, task, DOLLAR / 2)
    expect(await step(room, task, 1)).toBe(false)
    const notice = (await notices(room.db)).find(({ kind }) => kind === 'stop')
    if (notice === undefined) throw new Error('no notice')
    return { room, task, id: task.claim.task.id, notice }
  }
  const CHEAP = new Map([
    ['none', { name: 'none', defaultModel: 'claude-opus-5', available: () => ({ ok: true }) as const, known: () => ['claude-haiku-5-5', 'dear'] }],
  ])

  it('that is used up asks on a card, and goes on with $2 more, once', async () => {
    const { room, task, notice } = await stopped()
    const card = await renderCard(room.db, room.facts, 'budget', notice.id)
    expect({ text: plain(card?.text ?? ''), labels: card?.buttons.flat().map(({ label }) => label) }).toEqual({
      text: '🟠 Budget used up · shop\n$1.00 of $1.00 for this task\nT1 parked; nothing is lost.\nModel: none · none (price not known)',
      labels: ['+ $2', 'Cheaper model', '⏹ Stop'],
    })
    const [raise] = card?.buttons.flat() ?? []
    for (const role of ['viewer', 'member'] as const)
      await expect(room.ask('decide_budget', raise?.input, role)).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(room.ask('decide_budget', { ...raise?.input, limit: 5 })).rejects.toMatchObject({ code: 'conflict' })
    expect(await room.ask('decide_budget', raise?.input, 'approver')).toEqual({ state: 'raised' })
    await expect(room.ask('decide_budget', raise?.input)).rejects.toMatchObject({ code: 'conflict' })
    expect(await room.now(task)).toMatchObject({ state: 'queued', reason: null })
    expect(await room.ask('show_budget', { task: 1 })).toMatchObject({
      budgets: [{ scope: 'task', limitMicroUsd: 3 * DOLLAR, spentMicroUsd: DOLLAR }],
    })
    const after = await renderCard(room.db, room.facts, 'budget', notice.id)
    expect([
      plain(after?.text ?? '')
        .split('\n')
        .at(-1),
      after?.buttons,
    ]).toEqual([expect.stringMatching(/^✅ Raised, now \$3\.00 by Ada at /), []])
  })

  it('that is used up goes on with a cheaper model, which is named with its price first', async () => {
    const { room, id, notice } = await stopped()
    await room.db.run(`insert into engine_choice (task_id, engine, model) values ($1::uuid, 'none', 'claude-opus-5')`, [id])
    await room.ask('decide_budget', { notice: notice.id, limit: notice.limit, decision: 'cheaper' })
    const card = await renderCard(room.db, room.facts, 'budget', notice.id)
    expect(plain(card?.text ?? '')).toContain('· claude-haiku-5-5: $0.10 in, $0.50 out a million tokens')
    const [cheaper] = card?.buttons.flat() ?? []
    expect(cheaper?.label).toBe('claude-haiku-5-5 · + $0.50')
    expect(await room.ask('decide_budget', cheaper?.input)).toEqual({ state: 'cheaper' })
    const chosen = await room.db.row(z.object({ model: z.string() }), `select model from engine_choice where task_id = $1::uuid`, [id])
    expect(chosen).toEqual({ model: 'claude-haiku-5-5' })
    expect(await room.ask('show_budget', { task: 1 })).toMatchObject({ budgets: [{ limitMicroUsd: 1.5 * DOLLAR }] })
  })

  it('that is used up can be the end of its task', async () => {
    const { room, task, notice } = await stopped()
    expect(await room.ask('decide_budget', { notice: notice.id, limit: notice.limit, decision: 'stop' })).toEqual({ state: 'stopped' })
    expect((await room.now(task)).state).toBe('stopped')
  })

  it('of the day is raised for that day only, and a new budget lets go what was parked', async () => {
    const room = await openMoneyRoom(await open(), 1, { prices, dailyBudgetMicroUsd: 1000 })
    const [task] = room.tasks
    if (task === undefined) throw new Error('no task')
    await step(room, task, 1000)
    await step(room, task, 1)
    const stop = (await notices(room.db)).find(({ kind }) => kind === 'stop')
    await room.ask('decide_budget', { notice: stop?.id, limit: 1000, decision: 'raise' })
    const limit = async (): Promise<unknown> => room.ask('show_budget', {})
    expect(await limit()).toMatchObject({ budgets: [{ scope: 'day', limitMicroUsd: 1000 + 2 * DOLLAR }] })
    await room.db.run(`update budget set extra_day = extra_day - 1`)
    expect(await limit()).toMatchObject({ budgets: [{ scope: 'day', limitMicroUsd: 1000 }] })
    const again = await room.claim(task.claim.task.id)
    expect(await step(room, again, 1)).toBe(false)
    await expect(room.ask('set_budget', { scope: 'day', usd: 5 }, 'member')).rejects.toMatchObject({ code: 'not-allowed' })
    await room.ask('set_budget', { scope: 'day', usd: 5 })
    expect((await room.now(task)).state).toBe('queued')
    expect(await room.ask('remove_budget', { scope: 'day' })).toMatchObject({
      removed: true,
      budgets: [{ limitMicroUsd: 1000, from: 'installation' }],
    })
  })
})
