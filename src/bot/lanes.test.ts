import { expect, test } from 'vitest'
import { createLanes, type Turn } from './lanes.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Lanes whose turns are recorded; `finished` resolves after `count` of them. */
function recorded(count: number, turn: (key: string, nth: number) => Promise<Turn> | Turn) {
  const ending = new AbortController()
  const turns: string[] = []
  const { promise: finished, resolve } = Promise.withResolvers<void>()
  const lanes = createLanes<string>({
    name: 'test',
    signal: ending.signal,
    log: quiet,
    turn: async (key) => {
      turns.push(key)
      if (turns.length === count) resolve()
      return turn(key, turns.filter((other) => other === key).length)
    },
  })
  const end = async (): Promise<void> => {
    ending.abort()
    await lanes.settled()
  }
  return { lanes, turns, finished, end }
}

test('a key has one turn at a time, others beside it', async () => {
  const inside = new Map<string, number>()
  const seen: number[] = []
  const { lanes, finished, end } = recorded(40, async (key, nth) => {
    inside.set(key, (inside.get(key) ?? 0) + 1)
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(inside.get(key) ?? 0)
    inside.set(key, (inside.get(key) ?? 0) - 1)
    return nth < 20 ? 'again' : 'idle'
  })
  for (const key of ['a', 'b', 'a', 'b']) lanes.wake(key)
  await finished
  await end()
  expect(new Set(seen)).toEqual(new Set([1]))
})

test('a wake during a turn is not lost', async () => {
  const { lanes, turns, finished, end } = recorded(2, (_key, nth) => {
    if (nth === 1) lanes.wake('a')
    return 'idle'
  })
  lanes.wake('a')
  await finished
  await end()
  expect(turns).toEqual(['a', 'a'])
})

test('a waiting lane is woken at once', async () => {
  const { lanes, turns, finished, end } = recorded(2, (_key, nth) => {
    if (nth === 1) setImmediate(() => lanes.wake('a'))
    return nth === 1 ? { waitMs: 3_600_000 } : 'idle'
  })
  lanes.wake('a')
  await finished
  await end()
  expect(turns).toEqual(['a', 'a'])
})

test('an end does not wait for what waits', async () => {
  const { lanes, finished, end } = recorded(1, () => ({ waitMs: 3_600_000 }))
  lanes.wake('a')
  await finished
  await end()
})

test('a key whose turn throws is tried again when woken, and the others go on', async () => {
  const { lanes, turns, finished, end } = recorded(3, (key, nth) => {
    if (key === 'bad' && nth === 1) {
      setImmediate(() => {
        lanes.wake('good')
        lanes.wake('bad')
      })
      throw new Error('lost')
    }
    return 'idle'
  })
  lanes.wake('bad')
  await finished
  await end()
  expect(turns.toSorted()).toEqual(['bad', 'bad', 'good'])
})
