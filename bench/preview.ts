/** From a tap on Diff until the picture of the change is in the chat, beside a bare grammY bot that is asked for one and sends it ready made. */
import { join } from 'node:path'
import { sleep } from '#core'
import { createPerson, startSimulator, type Person } from '#simulator'
import { addProject, reviewOf, wish } from '../test/support/desk.ts'
import { calls, play, says, writes } from '../test/support/plays.ts'
import { makeRepository } from '../test/support/repositories.ts'
import { withSystem, type StoreKind } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { startReady } from './support/program.ts'

/** Telegram takes a message a second in a chat, and a preview is up to three: the pictures, and the card that follows them. */
const PACE_MS = 3500
const PATIENCE_MS = 60_000
const GOAL: Goal = { text: 'p95 < 2 s', met: (lugh) => lugh.tail < 2000 }
const CODE = Array.from({ length: 80 }, (_, line) => `export const price${line} = (count: number): number => count * ${line}\n`).join('')
const script = play('Write the prices', calls(writes('src/prices.ts', CODE)), says('They are there.'))

export const figure: Figure = {
  name: 'preview',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(await besideBare(bench, store))
    return rows
  },
}

async function besideBare(bench: Bench, store: StoreKind): Promise<Row> {
  const [lugh, bare]: [number[], number[]] = [[], []]
  const simulator = await startSimulator()
  const { child } = await startReady('echo-bot', [simulator.apiRoot, simulator.botToken])
  const other = createPerson(simulator.world)
  const ready = (): Promise<void> => arrives(other, () => void other.say('picture'))
  try {
    await withSystem({ store, scripts: [script], env: { LUGH_PICTURES: 'dark' } }, async (system) => {
      const you = system.person()
      await addProject(you, makeRepository(join(system.at.root, 'shop')))
      const review = await reviewOf(you, await wish(you, 'Write the prices'))
      await ready()
      await inTurn(
        bench.rounds(20, 4),
        async () => {
          await sleep(PACE_MS)
          lugh.push(await timed(() => arrives(you, async () => void (await you.tap('👁 Diff', { in: review })))))
        },
        async () => {
          await sleep(PACE_MS)
          bare.push(await timed(ready))
        },
      )
    })
  } finally {
    await child.kill()
    other.leave()
    await simulator.close()
  }
  return { name: 'tap → preview of 80 lines', store, unit: 'ms', lugh, bare: { name: 'grammY sends a photo', samples: bare }, goal: GOAL }
}

/** Until a picture has come after the act. */
async function arrives(person: Person, act: () => unknown): Promise<void> {
  const since = person.mark()
  await act()
  await person.waitFor(({ media }) => media?.kind === 'photo', { since, timeoutMs: PATIENCE_MS })
}
