/** `kill -9` at any moment: nothing is lost, nothing happens twice, nothing is left behind. */
import { test } from 'vitest'
import { byChance, type Chance } from '../support/chance.ts'
import { countedFiles, crowd, expectRight, openShops } from '../support/crowd.ts'
import { steadyHands, type Hands } from '../support/steady-hands.ts'
import { describeSideBySide, LONG, piece, withSystem, type System } from '../support/system.ts'
import { eventually } from '../support/eventually.ts'

/**
 * The long form kills five hundred times on either store, and for as long as it kills everybody has work. The short one is what two busy
 * cores do in a minute.
 */
const { PEOPLE, TASKS_EACH, KILLS } = LONG ? { PEOPLE: 6, TASKS_EACH: 2, KILLS: piece(500) } : { PEOPLE: 4, TASKS_EACH: 3, KILLS: 10 }
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

/** Everybody wishes for so many, and for another as soon as one is merged, until it is over. Answers how many wishes there were. */
async function wishOften(system: System, hands: Hands, over: () => boolean): Promise<number> {
  const said = new Map(crowd(PEOPLE).map(({ id }) => [id, 0]))
  for (let first = true; first || !over(); first = false) {
    const merged = hands.heads(/^✅ Merged/)
    for (const [id, count] of said) {
      const open = count - merged.filter(({ chatId }) => chatId === id).length
      for (let n = open; n < TASKS_EACH; n += 1) {
        const number = said.get(id) ?? 0
        said.set(id, number + 1)
        system.person(id).say(`Add file ${id}-${number}`)
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return [...said.values()].reduce((sum, count) => sum + count, 0)
}

describeSideBySide('kill -9 at random', (store) => {
  test(
    `${KILLS} kills while ${LONG ? 'two tasks of everybody' : `${PEOPLE * TASKS_EACH} tasks`} run: no task lost, no merge or command twice, nothing left`,
    { timeout: PATIENCE_MS * 2 },
    ({ annotate }) =>
      byChance((chance) =>
        withSystem({ store, scripts: [countedFiles], users: crowd(PEOPLE), limits: false }, async (system) => {
          const repositories = await openShops(system, crowd(PEOPLE))
          const hands = steadyHands(system.world)
          let killing = true
          try {
            const killed = killOften(system, chance).finally(() => (killing = false))
            const [tasks] = await Promise.all([wishOften(system, hands, () => !LONG || !killing), killed])
            await eventually(() => hands.heads(/^✅ Merged/).length, tasks, PATIENCE_MS)
            await annotate(`${store}: ${KILLS} kills, ${tasks} tasks`)
          } finally {
            hands.rest()
          }
          await expectRight(system, { repositories, kills: KILLS })
        }),
      ),
  )
})
