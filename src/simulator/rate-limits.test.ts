import { expect, test } from 'vitest'
import { RateLimiter, TELEGRAM_LIMITS } from './rate-limits.ts'

function limiter(limits = TELEGRAM_LIMITS): { take: (chat: number, cost?: number) => [number, boolean]; pass: (seconds: number) => void } {
  let now = 1_000_000
  const limited = new RateLimiter(limits, { now: () => new Date(now) })
  return {
    take: (chat, cost) => {
      const { wait, ignored } = limited.take(chat, cost)
      return [wait, ignored]
    },
    pass: (seconds) => {
      now += seconds * 1000
    },
  }
}

const small = { chat: { perSecond: 1, burst: 2 }, groupPerMinute: 3, overall: { perSecond: 30, burst: 30 } }

test('a chat takes a burst, then one message a second', () => {
  const { take, pass } = limiter(small)
  expect([take(1), take(1), take(1)]).toEqual([
    [0, false],
    [0, false],
    [1, false],
  ])
  pass(1)
  expect([take(1), take(1)]).toEqual([
    [0, false],
    [1, false],
  ])
})

test('one chat does not slow another', () => {
  const { take } = limiter(small)
  expect([take(1), take(1), take(1), take(2)].map(([wait]) => wait)).toEqual([0, 0, 1, 0])
})

test('writing on after a 429 is noted, but not what was under way', () => {
  const { take, pass } = limiter({ ...small, groupPerMinute: 1 })
  expect([take(-5), take(-5)]).toEqual([
    [0, false],
    [60, false],
  ])
  pass(0.4)
  expect(take(-5)).toEqual([60, false])
  pass(1)
  expect(take(-5)).toEqual([59, true])
  pass(59)
  expect(take(-5)).toEqual([0, false])
})

test('a group takes its messages of a minute', () => {
  const { take, pass } = limiter({ ...small, chat: { perSecond: 100, burst: 100 } })
  expect([take(-1), take(-1), take(-1), take(-1)].map(([wait]) => wait)).toEqual([0, 0, 0, 20])
  pass(20)
  expect(take(-1)).toEqual([0, false])
})

test('all chats together take thirty a second', () => {
  const { take } = limiter({ ...small, overall: { perSecond: 30, burst: 3 } })
  expect([take(1), take(2), take(3), take(4)].map(([wait]) => wait)).toEqual([0, 0, 0, 1])
})

test('an album costs each of its messages', () => {
  const { take, pass } = limiter({ ...small, chat: { perSecond: 1, burst: 6 } })
  expect([take(1, 4), take(1, 4), take(1)].map(([wait]) => wait)).toEqual([0, 0, 3])
  pass(3)
  expect(take(1)).toEqual([0, false])
})
