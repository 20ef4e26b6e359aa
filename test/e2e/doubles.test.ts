/** Two at once: one home has one Lugh, one token has one poller; the second says so and harms nothing. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { spawnLugh } from '../support/lugh-process.ts'
import { eventually } from '../support/eventually.ts'
import { sees } from '../support/desk.ts'
import { serverAvailable } from '../support/stores.ts'
import { describeWhole, WHOLE, withSystem, type System } from '../support/system.ts'

async function answers(system: System): Promise<void> {
  const you = system.person()
  const since = you.mark()
  you.say('/status')
  await sees(you, /needs? you/, since)
}

/** How many answers to `/status` the chat holds. */
function countAnswers(system: System): number {
  return system
    .person()
    .messages()
    .filter(({ text }) => /needs? you/.test(text)).length
}

describeWhole('a second start on the same home', (store) => {
  test('ends at once with a sentence, and the first goes on', () =>
    withSystem({ store }, async (system) => {
      await answers(system)
      const second = spawnLugh(system.env, system.at.cwd)
      expect((await second.exited).code).toBe(1)
      expect(second.output()).toMatch(/Another Lugh already runs/)
      expect(second.output()).not.toMatch(/\n\s+at /)
      await answers(system)
      expect(countAnswers(system)).toBe(2)
    }))

  test('where five start at once, one wins', () =>
    withSystem({ store, stopped: true, bare: true }, async (system) => {
      const all = Array.from({ length: 5 }, () => spawnLugh(system.env, system.at.cwd))
      const ends = await Promise.all(
        all.map((one) =>
          one.ready.then(
            () => 'ready',
            () => 'refused',
          ),
        ),
      )
      expect(ends.toSorted()).toEqual(['ready', 'refused', 'refused', 'refused', 'refused'])
      await answers(system)
      for (const one of all) await one.stop()
    }))
})

describe.skipIf(!serverAvailable || !WHOLE)('a second home with the same token and the same database', () => {
  test('waits, says so, and takes over when the first is killed; every message is answered once', () =>
    withSystem({ store: 'server' }, async (system) => {
      await answers(system)
      const other = join(system.at.root, 'other')
      mkdirSync(other)
      const second = spawnLugh({ ...system.env, LUGH_HOME: other }, system.at.cwd)
      try {
        await second.prints(/standby|waits|another/i)
        await answers(system)
        await answers(system)
        expect(countAnswers(system)).toBe(3)
        // A process killed in the instant between a message and the note of it sends it again; that is not what is shown here.
        await eventually(
          () => Date.now() - (system.simulator.calls.findLast(({ method }) => method === 'sendMessage')?.startedAt ?? 0),
          (ms) => ms > 1000,
          10_000,
        )
        await system.lugh().kill()
        await answers(system)
        expect(countAnswers(system)).toBe(4)
        await system.start()
        await answers(system)
        expect(countAnswers(system)).toBe(5)
      } finally {
        await second.stop()
      }
    }))
})

describe.skipIf(!WHOLE)('a second home with the same token and a database of its own', () => {
  test('says that another program polls with this token, and does not fight it', () =>
    withSystem({ store: 'embedded', conflicts: true }, async (system) => {
      await answers(system)
      const other = join(system.at.root, 'other')
      mkdirSync(other)
      const second = spawnLugh({ ...system.env, LUGH_HOME: other }, system.at.cwd)
      try {
        const said = /conflict|same token|another (?:program|bot|process)/i
        await Promise.race([second.prints(said), system.lugh().prints(said)])
        // Whoever was thrown out waits at least five seconds: in ten there are a handful of conflicts, not a storm.
        const conflicts = (): number => system.simulator.calls.filter(({ error }) => error?.code === 409).length
        await new Promise((resolve) => setTimeout(resolve, 10_000))
        expect(conflicts()).toBeLessThanOrEqual(4)
      } finally {
        await second.stop()
      }
    }))
})
