import { afterEach, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '#simulator'
import { heardLog, type HeardLog } from '../../test/support/stores.ts'
import { poll, type Polling } from './poller.ts'
import { connectTelegram } from './telegram.ts'

type Run = { log: HeardLog; states: Polling[]; stored: number[]; polls: () => number; until: (test: () => boolean) => Promise<void> }

let simulator: Simulator | undefined
const ending: AbortController[] = []
const running: Promise<void>[] = []
afterEach(async () => {
  for (const one of ending) one.abort()
  await Promise.all(running)
  ending.length = 0
  running.length = 0
  await simulator?.close()
  simulator = undefined
})

/** A poller of its own on the simulator; `store` may refuse. */
function polling(at: Simulator, options: { conflictMs?: number; token?: () => string; store?: (ids: readonly number[]) => Promise<void> } = {}): Run {
  const stop = new AbortController()
  ending.push(stop)
  const log = heardLog()
  const states: Polling[] = []
  const stored: number[] = []
  const watchers = new Set<() => void>()
  const tell = (): void => {
    for (const look of watchers) look()
  }
  let polls = 0
  const idOf = (update: unknown): number =>
    typeof update === 'object' && update !== null && 'update_id' in update && typeof update.update_id === 'number' ? update.update_id : 0
  running.push(
    poll(
      {
        ask: connectTelegram({ token: options.token ?? at.botToken, apiRoot: at.apiRoot, signal: stop.signal }),
        log,
        token: options.token ?? (() => at.botToken),
        store: async (updates) => {
          await options.store?.(updates.map(idOf))
          stored.push(...updates.map(idOf))
          tell()
        },
        onPolled: () => {
          polls += 1
        },
        onState: (state) => {
          if (states.at(-1) !== state) states.push(state)
          tell()
        },
        conflictMs: options.conflictMs ?? 10,
      },
      stop.signal,
    ),
  )
  const until = (test: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!test()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  return { log, states, stored, polls: () => polls, until }
}

test('of two pollers with one token the one thrown out stops, says so once, and comes back when the other is gone', async () => {
  simulator = await startSimulator()
  const person = simulator.world.persons()[0]?.id ?? 0
  const first = polling(simulator, { conflictMs: 50 })
  simulator.world.sendText(person, person, 'one')
  await first.until(() => first.stored.length === 1)
  const second = polling(simulator, { conflictMs: 60_000 })
  await first.until(() => first.states.includes('conflict'))
  await second.until(() => second.states.includes('conflict'))
  for (let n = 0; n < 5; n += 1) simulator.world.sendText(person, person, `after ${n}`)
  await first.until(() => first.stored.length === 6)
  expect({
    second: second.log.lines.filter(({ event }) => event === 'bot.poll-conflict').length,
    lost: new Set([...first.stored, ...second.stored]).size,
    state: first.states.at(-1),
  }).toEqual({ second: 1, lost: 6, state: 'ok' })
}, 20_000)

test('a batch that could not be stored is not acknowledged, and stored when it can be', async () => {
  simulator = await startSimulator()
  const person = simulator.world.persons()[0]?.id ?? 0
  let refusals = 2
  const seen: number[] = []
  const run = polling(simulator, {
    store: async (ids) => {
      seen.push(simulator?.world.updates.pending.length ?? 0)
      if (refusals-- > 0) throw new Error('the disk is full')
      expect(ids.length).toBe(1)
    },
  })
  simulator.world.sendText(person, person, 'one')
  await run.until(() => run.stored.length === 1)
  expect({ pendingWhileFailing: seen, logged: run.log.lines.filter(({ event }) => event === 'bot.store-failed').length }).toEqual({
    pendingWhileFailing: [1, 1, 1],
    logged: 2,
  })
})

test('a network that comes and goes: said once, polled again, nothing lost', async () => {
  simulator = await startSimulator()
  const person = simulator.world.persons()[0]?.id ?? 0
  simulator.faults.add({ kind: 'server-error', code: 502, method: 'getUpdates', times: 2 })
  simulator.faults.add({ kind: 'timeout-after-accept', method: 'getUpdates', times: 1 })
  simulator.world.sendText(person, person, 'one')
  const run = polling(simulator)
  await run.until(() => run.stored.length === 1)
  await run.until(() => run.states.at(-1) === 'ok')
  expect({
    states: run.states,
    said: run.log.lines.filter(({ event }) => event === 'bot.poll-unreachable').length,
    stored: run.stored.length,
  }).toEqual({
    states: ['unreachable', 'ok'],
    said: 1,
    stored: 1,
  })
})

test('a webhook that somebody set is taken away, and polling goes on', async () => {
  simulator = await startSimulator()
  const ask = connectTelegram({ token: simulator.botToken, apiRoot: simulator.apiRoot, signal: new AbortController().signal })
  await ask((api, signal) => api.setWebhook({ url: 'http://127.0.0.1:9/', secret_token: 'abcdefgh' }, signal))
  const run = polling(simulator)
  const person = simulator.world.persons()[0]?.id ?? 0
  simulator.world.sendText(person, person, 'one')
  await run.until(() => run.stored.length === 1)
})

test('a token that was refused is used no more from the moment there is another one, without waiting for the next minute', async () => {
  simulator = await startSimulator()
  let token = `${simulator.world.bot.id}:a-token-that-was-taken-back`
  const run = polling(simulator, { token: () => token })
  await run.until(() => run.states.at(-1) === 'refused')
  const begun = performance.now()
  const person = simulator.world.persons()[0]?.id ?? 0
  simulator.world.sendText(person, person, 'one')
  token = simulator.botToken
  await run.until(() => run.states.at(-1) === 'ok')
  expect([run.states, performance.now() - begun < 10_000]).toEqual([['refused', 'ok'], true])
})
