/** `kill -9` at any moment: nothing is lost, nothing happens twice, nothing is left behind. */
import { test } from 'vitest'
import { byChance, type Chance } from '../support/chance.ts'
import { countedFiles, crowd, expectRight, openShops } from '../support/crowd.ts'
import { steadyHands } from '../support/steady-hands.ts'
import { describeSideBySide, LONG, withSystem, type System } from '../support/system.ts'
import { eventually } from '../support/eventually.ts'

/** SAFETY's nightly figures are the long form. The short one is what two busy cores do in a minute. */
const { PEOPLE, TASKS_EACH, KILLS } = LONG ? { PEOPLE: 20, TASKS_EACH: 50, KILLS: 500 } : { PEOPLE: 4, TASKS_EACH: 3, KILLS: 10 }
const PATIENCE_MS = LONG ? 3_600_000 : 240_000
/** Every fifth life is killed while it starts. */
const EARLY = 0.2

/** Kills the life that goes on after a random time, sometimes before it is ready, and starts the next. */
async function killOften(system: System, chance: Chance): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const life = system.lugh()
    const early = chance.next() < EARLY
    if (!early) await life.ready
    await new Promise((resolve) => setTimeout(resolve, chance.between(0, early ? 1500 : 3000)))
    await life.kill()
    system.start().catch(() => undefined)
  }
  await system.lugh().ready
}

describeSideBySide('kill -9 at random', (store) => {
  test(
    `${KILLS} kills while ${PEOPLE * TASKS_EACH} tasks run: no task lost, no merge or command twice, nothing left`,
    { timeout: PATIENCE_MS * 2 },
    () =>
      byChance((chance) =>
        withSystem({ store, scripts: [countedFiles], users: crowd(PEOPLE), limits: false }, async (system) => {
          const people = crowd(PEOPLE)
          const repositories = await openShops(system, people)
          const hands = steadyHands(system.world)
          try {
            const killing = killOften(system, chance)
            for (const { id } of people) for (let n = 0; n < TASKS_EACH; n += 1) system.person(id).say(`Add file ${id}-${n}`)
            await killing
            await eventually(() => hands.heads(/^✅ Merged/).length, PEOPLE * TASKS_EACH, PATIENCE_MS)
          } finally {
            hands.rest()
          }
          await expectRight(system, { repositories, kills: KILLS })
        }),
      ),
  )
})
