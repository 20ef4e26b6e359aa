/** Bots for suites about groups: one world a test, greeted by its owner and closed afterwards, and groups that the owner has admitted. */
import { YOU, type World } from '#simulator'
import { afterEach } from 'vitest'
import { botWorld, type BotWorld } from './bot.ts'
import type { Open } from './stores.ts'

type GroupOptions = Parameters<World['createGroup']>[1]

/** Call it inside of a `describe`. What it answers makes the world of one test; `lay` puts rows there before the bot starts. */
export function groupWorlds(open: Open, options: Parameters<typeof botWorld>[1]) {
  let world: BotWorld | undefined
  afterEach(async () => {
    await world?.close()
    world = undefined
  })
  return async (more: Parameters<typeof botWorld>[1] = {}, lay?: (world: BotWorld) => Promise<void>): Promise<BotWorld> => {
    world = await botWorld(await open(), { ...options, ...more })
    await lay?.(world)
    await world.bot().start()
    world.person().say('/start')
    await world.person().waitFor('Welcome')
    return world
  }
}

/** A group that `by` made and the owner has admitted; answers its number. */
export async function admittedGroup(world: BotWorld, by: number, options: GroupOptions): Promise<number> {
  const group = world.simulator.world.createGroup(by, options)
  await world.person().tap('Admit')
  await world.person(YOU.id, group).waitFor('Lugh works here now')
  return group
}
