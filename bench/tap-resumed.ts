/** From a tap on a question's option until the engine is asked to go on: the whole way through Telegram, inbox, decision, claim and run. Beside a bare NOTIFY. */
import { PGlite } from '@electric-sql/pglite'
import { Client } from 'pg'
import type { Script } from '#simulator'
import { questionOf } from '../test/support/desk.ts'
import { asks, calls } from '../test/support/plays.ts'
import { freshDatabaseUrl } from '../test/support/stores.ts'
import { withSystem, type StoreKind } from '../test/support/system.ts'
import { ASKED, layDesks } from './support/desks.ts'
import type { Bench, Figure, Goal, Row } from './support/figure.ts'

const OPTION = 'Go on'
const GOAL: Goal = { text: 'p95 < 100 ms', met: (lugh) => lugh.tail < 100 }

export const figure: Figure = {
  name: 'tap-resumed',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) {
      const lugh = await taps(bench, store)
      const samples = await notifies(bench.rounds(300, 50), store)
      rows.push({ name: 'tap → run resumed', store, unit: 'ms', lugh, bare: { name: 'NOTIFY', samples }, goal: GOAL })
    }
    return rows
  },
}

async function taps(bench: Bench, store: StoreKind): Promise<number[]> {
  const samples: number[] = []
  const heard = new Map<string, () => void>()
  const script: Script = {
    name: 'asks again and again',
    match: () => true,
    turns: ({ wish: words, turn }) => {
      heard.get(words)?.()
      return calls(asks(`Question ${turn + 1}?`, [OPTION]))
    },
  }
  await withSystem({ store, users: ASKED, scripts: [script] }, async (system) => {
    const all = await layDesks(system)
    for (let round = 0; round < bench.rounds(60, 4); round += 1) {
      const at = all[round % ASKED.length]
      if (at === undefined) continue
      const since = at.person.mark()
      const resumed = new Promise<number>((resolve) => heard.set(at.task.title, () => resolve(performance.now())))
      const began = performance.now()
      await at.person.tap(OPTION, { in: at.question })
      samples.push((await resumed) - began)
      heard.delete(at.task.title)
      at.question = await questionOf(at.person, at.task, since)
    }
  })
  return samples
}

/** From sending NOTIFY on one session until another (the only one, where there is one) hears it. */
async function notifies(rounds: number, store: StoreKind): Promise<number[]> {
  return store === 'embedded' ? embeddedNotifies(rounds) : serverNotifies(rounds)
}

async function embeddedNotifies(rounds: number): Promise<number[]> {
  const store = new PGlite()
  let ring = (): void => undefined
  await store.listen('bell', () => ring())
  const samples: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const heard = new Promise<void>((resolve) => (ring = resolve))
    const began = performance.now()
    await Promise.all([heard, store.query(`select pg_notify('bell', '')`)])
    samples.push(performance.now() - began)
  }
  await store.close()
  return samples
}

async function serverNotifies(rounds: number): Promise<number[]> {
  const { url, drop } = await freshDatabaseUrl({ migrated: false })
  const [one, other] = [new Client({ connectionString: url }), new Client({ connectionString: url })]
  await Promise.all([one.connect(), other.connect()])
  await other.query('listen bell')
  const samples: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const heard = new Promise<void>((resolve) => other.once('notification', () => resolve()))
    const began = performance.now()
    await Promise.all([heard, one.query(`select pg_notify('bell', '')`)])
    samples.push(performance.now() - began)
  }
  await Promise.all([one.end(), other.end()])
  await drop()
  return samples
}
