/** Thousands of updates, each delivered three times in random order, while whoever handles them is killed: each is handled exactly once. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { randomIds } from '#core'
import { admitUsers } from '#bot'
import { startSimulator } from '#simulator'
import { z } from 'zod'
import { byChance, type Chance } from '../support/chance.ts'
import { crowd } from '../support/crowd.ts'
import { NODE } from '../support/lugh-process.ts'
import { withStore } from '../support/rows.ts'
import { freshDatabaseUrl, freshEmbeddedHome, heardLog } from '../support/stores.ts'
import { describeBothStores, LONG } from '../support/system.ts'
import { migrate } from '#db'

const { UPDATES, KILLS } = LONG ? { UPDATES: 10_000, KILLS: 50 } : { UPDATES: 2000, KILLS: 6 }
const CHATS = 8
const PATIENCE_MS = LONG ? 600_000 : 120_000
const CHILD = fileURLToPath(new URL('../support/bot-child.ts', import.meta.url))

type Bots = { start: () => Promise<void>; kill: () => Promise<void>; end: () => Promise<void> }

/** Processes that may be killed; where they share a server two stand ready, and the second takes over. */
function botsOn(where: string, simulator: { botToken: string; apiRoot: string }, size: number): Bots {
  const alive: ChildProcess[] = []
  const end = async (child: ChildProcess | undefined): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }
  const one = async (): Promise<void> => {
    const child = spawn(NODE, [CHILD, where, simulator.botToken, simulator.apiRoot], { stdio: ['ignore', 'pipe', 'inherit'] })
    alive.push(child)
    const ended = once(child, 'close').then(() => {
      throw new Error('a bot ended before it was ready')
    })
    await Promise.race([once(child.stdout, 'data'), ended])
    ended.catch(() => undefined)
  }
  return {
    start: async () => {
      while (alive.length < size) await one()
    },
    kill: async () => end(alive.shift()),
    end: async () => {
      for (const child of alive) await end(child)
    },
  }
}

async function killOften(bots: Bots, chance: Chance, over: () => boolean): Promise<number> {
  let kills = 0
  while (kills < KILLS && !over()) {
    await new Promise((resolve) => setTimeout(resolve, chance.between(100, 1200)))
    await bots.kill()
    kills += 1
    await bots.start()
  }
  return kills
}

describeBothStores('updates', (store) => {
  test(
    `${UPDATES} updates, three deliveries each in random order, ${CHATS} chats, ${KILLS} kills: each handled exactly once`,
    { timeout: 1_800_000 },
    ({ annotate }) =>
      byChance(async (chance) => {
        const users = crowd(CHATS)
        const database = store === 'server' ? await freshDatabaseUrl() : undefined
        const home = database === undefined ? await freshEmbeddedHome() : ''
        const where = database?.url ?? home
        const at = { home, databaseUrl: database?.url }
        const simulator = await startSimulator({ users, limits: false, seed: chance.seed })
        const bots = botsOn(where, simulator, store === 'server' ? 2 : 1)
        try {
          await withStore(at, async (db) => {
            await migrate(db, { log: heardLog() })
            await db.script('create table effect (id bigint generated always as identity, what text not null)')
            await db.tx((tx) =>
              admitUsers(
                tx,
                users.map(({ id }) => id),
                randomIds,
              ),
            )
          })
          simulator.faults.redeliver({ copies: 2, shuffle: true })
          const wanted = Array.from({ length: UPDATES }, (_, n) => `update ${n}`)
          for (const [n, what] of wanted.entries()) {
            const { id } = users[n % CHATS] ?? { id: 0 }
            simulator.world.sendText(id, id, what)
          }
          const acknowledged = (): boolean => simulator.world.updates.pending.length === 0
          await bots.start()
          const began = performance.now()
          const kills = await killOften(bots, chance, acknowledged)
          await expect.poll(acknowledged, { timeout: PATIENCE_MS, interval: 20 }).toBe(true)
          // Handled means seen: the reaction comes in the same transaction as the effect.
          const seen = (): number => users.flatMap(({ id }) => simulator.world.messages(id)).filter(({ reactions }) => reactions.length > 0).length
          await expect.poll(seen, { timeout: PATIENCE_MS, interval: 50 }).toBe(UPDATES)
          const seconds = (performance.now() - began) / 1000
          await bots.end()
          const done = await withStore(at, (db) => db.rows(z.object({ what: z.string() }), 'select what from effect order by id'))
          expect(done.map(({ what }) => what).toSorted()).toEqual(wanted.toSorted())
          for (const [chat] of users.entries()) {
            const mine = done.map(({ what }) => Number(what.split(' ')[1])).filter((n) => n % CHATS === chat)
            expect(new Set(mine).size).toBe(UPDATES / CHATS)
          }
          await annotate(`${store}: ${Math.round(UPDATES / seconds)} updates/s handled and reacted to, ${kills} kills and restarts included`)
        } finally {
          await bots.end()
          await simulator.close()
          await database?.drop()
          if (home !== '') rmSync(home, { recursive: true, force: true })
        }
      }),
  )
})
