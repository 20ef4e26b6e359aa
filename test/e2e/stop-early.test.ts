/** A service manager may change its mind at any moment of a start. */
import { expect, test } from 'vitest'
import { describeBothStores, withSystem } from '../support/system.ts'

describeBothStores('a stop at the end of the start', (store) => {
  test('in the very moment it says ready it still ends in order', () =>
    withSystem({ store }, async (system) => {
      for (let round = 0; round < 5; round += 1) {
        expect(await system.lugh().stop()).toEqual({ code: 0, signal: null })
        await system.start()
      }
    }))
  test('with nobody reading its console any more it goes on, and ends in order', () =>
    withSystem({ store, stopped: true }, async (system) => {
      const life = await system.start()
      life.deafen()
      system.person().say('/status')
      await system.person().waitFor(({ from }) => from.isBot, 30_000)
      expect(await life.stop()).toEqual({ code: 0, signal: null })
    }))
})
