/** What was spent, and on what. */
import { expect, it } from 'vitest'
import { plain } from '#core'
import { pricesOf } from '#models'
import { openMoneyRoom, type MoneyRoom } from '../../../test/support/money-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { column } from '../money/chart.ts'
import { settle } from '../money/reserve.ts'
import { showCost } from './show-cost.ts'

const NOW = new Date('2026-11-21T12:00:00Z')

/** The words of /cost, and of /cost about something. */
async function said(room: MoneyRoom, input: object): Promise<string[]> {
  const answer = showCost.output.parse(await room.ask('show_cost', input))
  return plain(showCost.say(answer) ?? '').split('\n')
}

/** Two tasks with turns: today and two days ago, one of a model whose price is not known. */
async function spent(room: MoneyRoom): Promise<void> {
  const [one, two] = room.tasks
  if (one === undefined || two === undefined) throw new Error('no tasks')
  const pay = async (at: typeof one, model: string, usage: { input: number; cacheRead: number }): Promise<void> =>
    room.db.tx((tx) =>
      settle(room.m, tx, { id: at.run.id }, { task: at.claim.task, run: at.run, model, usage: { output: 0, cacheWrite: 0, ...usage } }),
    )
  await pay(one, 'claude-opus-5', { input: 100_000, cacheRead: 0 })
  await room.db.run(`update cost set at = $1::timestamptz - interval '2 days'`, [NOW])
  await pay(one, 'claude-opus-5', { input: 20_000, cacheRead: 60_000 })
  await pay(two, 'llama', { input: 10, cacheRead: 0 })
  await room.db.run(`update cost set at = $1::timestamptz where at > $1::timestamptz - interval '1 day'`, [NOW])
}

describeEachStore('/cost', (open) => {
  it('draws seven days, and sums by project, task and model with what caches gave', async () => {
    const room = await openMoneyRoom(await open(), 2, { prices: pricesOf() }, { now: () => NOW })
    await spent(room)
    expect(await said(room, {})).toEqual([
      'Cost',
      'Today $0.13 + unpriced · 7 days $0.63 + unpriced · 30 days $0.63 + unpriced',
      '11-15 $0.00',
      '11-16 $0.00',
      '11-17 $0.00',
      '11-18 $0.00',
      '11-19 ████████████ $0.50',
      '11-20 $0.00',
      '11-21 ███▏ $0.13 + unpriced',
      'Projects',
      '· shop $0.63 + unpriced',
      'Tasks',
      '· T1 $0.63',
      '· T2 $0.00 + unpriced',
      'Models',
      '· claude-opus-5 $0.63 · cache 33 %',
      '· llama $0.00 + unpriced · cache 0 %',
      '1 turns used a model whose price is not known. LUGH_HOME/prices.json can name it.',
    ])
  })

  it('of a task tells its runs and its newest turns', async () => {
    const room = await openMoneyRoom(await open(), 2, { prices: pricesOf() }, { now: () => NOW })
    await spent(room)
    const lines = await said(room, { task: 1 })
    expect([lines[0], lines[1], ...lines.slice(lines.indexOf('Models'))]).toEqual([
      'Cost of T1',
      '$0.63 · 2 turns · 180000 tokens',
      'Models',
      '· claude-opus-5 $0.63 · cache 33 %',
      'Runs',
      '· run 1 · none · claude-opus-5 $0.63 · 2 turns',
      'Newest turns',
      '· 12:00:00 $0.13 · 80000 tokens',
      '· 12:00:00 $0.50 · 100000 tokens',
    ])
    expect((await said(room, { project: 'shop' }))[0]).toBe('Cost of shop')
  })

  it('of nothing is nothing', async () => {
    const room = await openMoneyRoom(await open(), 0)
    expect(await said(room, {})).toEqual(['Cost', 'Today $0.00 · 7 days $0.00 · 30 days $0.00'])
  })
})

it('a column is never empty where something was spent', () => {
  expect([column(0, 10, 4), column(1, 1000, 4), column(5, 10, 4), column(10, 10, 4), column(0, 0, 4)]).toEqual(['', '▏', '██', '████', ''])
})
