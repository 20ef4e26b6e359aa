/** What Lugh holds in memory when it has started and nobody has written yet: what the process and all its children take from the machine. */
import { sleep } from '#core'
import { withSystem, type StoreKind } from '../test/support/system.ts'
import { inTurn, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { startReady } from './support/program.ts'
import { megabytesOf } from './support/memory.ts'
import { emptyStore } from './support/starts.ts'

const GOAL: Goal = { text: '< 250 MB', met: (lugh) => lugh.tail < 250 }
/** What the start needed only for a moment is given back by then. */
const REST_MS = 3000

export const figure: Figure = {
  name: 'idle-memory',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(await measure(bench, store))
    return rows
  },
}

async function measure(bench: Bench, store: StoreKind): Promise<Row> {
  const lugh: number[] = []
  const bare: number[] = []
  const place = await emptyStore(store)
  await withSystem({ store, bare: true, stopped: true }, async (system) => {
    await (await system.start()).stop()
    await inTurn(
      bench.rounds(5, 1),
      async () => {
        const life = await system.start()
        await sleep(REST_MS)
        lugh.push(megabytesOf(life.pid))
        await life.stop()
      },
      async () => {
        const { child } = await startReady('bare-store', [store, place.where])
        await sleep(REST_MS)
        bare.push(megabytesOf(child.pid))
        await child.kill()
      },
    )
  })
  await place.remove()
  const goal = store === 'embedded' ? { goal: GOAL } : {}
  return { name: 'idle memory', store, unit: 'MB', lugh, bare: { name: 'Node + store', samples: bare }, ...goal }
}
