/** What Lugh holds in memory when it has started and nobody has written yet: what the process and all its children take from the machine. */
import { readdirSync, readFileSync } from 'node:fs'
import { sleep } from '#core'
import { withSystem, type StoreKind } from '../test/support/system.ts'
import { inTurn, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { startReady } from './support/program.ts'
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

/** `bytes`: its proportional set, in which a page that several processes share counts once over all of them. */
type Seen = Readonly<{ pid: number; parent: number; bytes: number }>

function seenProcess(pid: string): Seen[] {
  try {
    const field = (file: string, name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0)
    return [{ pid: Number(pid), parent: field('status', 'PPid'), bytes: field('smaps_rollup', 'Pss') * 1024 }]
  } catch {
    return [] // gone meanwhile
  }
}

/** Of a process and all its descendants, in MB (2^20). */
function megabytesOf(pid: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(seenProcess)
  const sum = (wanted: number): number =>
    all.filter(({ pid }) => pid === wanted).reduce((total, { bytes }) => total + bytes, 0) +
    all.filter(({ parent }) => parent === wanted).reduce((total, { pid }) => total + sum(pid), 0)
  return sum(pid) / 2 ** 20
}
