/** Starts Lugh, and beside it a bare Node with the same store, again and again; what both start figures share. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabaseUrl } from '../../test/support/stores.ts'
import { withSystem, type StoreKind, type System } from '../../test/support/system.ts'
import { inTurn, type Bench, type Goal, type Row } from './figure.ts'
import { startReady } from './program.ts'

const GOAL: Goal = { text: 'p95 < 1,500 ms', met: (lugh) => lugh.tail < 1500 }
/** With neither token nor key, Lugh plays both itself: what `npm start` does on a fresh clone. */
const SIMULATED = { TELEGRAM_BOT_TOKEN: '', TELEGRAM_API_ROOT: '', ANTHROPIC_API_KEY: '', ANTHROPIC_BASE_URL: '', TELEGRAM_ALLOWED_USERS: '' }

export type Starts = Readonly<{ name: string; rounds: number; first: boolean }>

export async function measureStarts(bench: Bench, starts: Starts): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of bench.stores)
    for (const simulated of bench.short ? [false] : [false, true]) {
      const { lugh, bare } = starts.first ? await coldRounds(starts.rounds, store, simulated) : await warmRounds(starts.rounds, store, simulated)
      const name = `${starts.name}${simulated ? ', simulated' : ''}`
      rows.push({ name, store, unit: 'ms', lugh, bare: { name: 'Node + store', samples: bare }, ...(starts.first ? {} : { goal: GOAL }) })
    }
  return rows
}

type Samples = { lugh: number[]; bare: number[] }

async function coldRounds(rounds: number, store: StoreKind, simulated: boolean): Promise<Samples> {
  const lugh: number[] = []
  const bare: number[] = []
  const fresh = (): Promise<void> =>
    withSystem({ store, bare: true, stopped: true }, async (system) => void lugh.push(await startOnce(system, simulated)))
  const plain = async (): Promise<void> => {
    const place = await emptyStore(store)
    bare.push(await startBare(store, place.where))
    await place.remove()
  }
  await inTurn(rounds, fresh, plain)
  return { lugh, bare }
}

async function warmRounds(rounds: number, store: StoreKind, simulated: boolean): Promise<Samples> {
  const lugh: number[] = []
  const bare: number[] = []
  const place = await emptyStore(store)
  await startBare(store, place.where)
  await withSystem({ store, bare: true, stopped: true }, async (system) => {
    await startOnce(system, simulated)
    await inTurn(
      rounds,
      async () => void lugh.push(await startOnce(system, simulated)),
      async () => void bare.push(await startBare(store, place.where)),
    )
  })
  await place.remove()
  return { lugh, bare }
}

async function startOnce(system: System, simulated: boolean): Promise<number> {
  const life = await system.start(simulated ? SIMULATED : {})
  await life.stop()
  return life.readyMs() ?? Number.NaN
}

async function startBare(store: StoreKind, where: string): Promise<number> {
  const { child, readyMs } = await startReady('bare-store', [store, where])
  await child.kill()
  return readyMs
}

/** A place for a store in which nothing is yet. */
export async function emptyStore(store: StoreKind): Promise<{ where: string; remove: () => Promise<void> }> {
  if (store === 'server') {
    const { url, drop } = await freshDatabaseUrl({ migrated: false })
    return { where: url, remove: drop }
  }
  const root = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
  return {
    where: join(root, 'data'),
    remove: async () => {
      rmSync(root, { recursive: true, force: true })
    },
  }
}
