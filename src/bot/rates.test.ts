import { describe, expect, test } from 'vitest'
import { TELEGRAM_LIMITS, createRates } from './rates.ts'

const CHAT = 1
const GROUP = -100

/** Sends as fast as allowed for `ms`; answers how many messages left. */
function sendFor(chats: readonly number[], ms: number): number {
  let time = 0
  const rates = createRates(TELEGRAM_LIMITS, () => time)
  let sent = 0
  for (; time < ms; time += 10)
    for (const chat of chats)
      if (rates.wait(chat) === 0) {
        rates.take(chat)
        sent += 1
      }
  return sent
}

describe('rates', () => {
  test('a chat gets a short burst, then a message a second', () => {
    expect(sendFor([CHAT], 60_000)).toBe(TELEGRAM_LIMITS.chatBurst + 59)
  })

  test('what can wait leaves room for what somebody waits for', () => {
    let time = 0
    const rates = createRates(TELEGRAM_LIMITS, () => time)
    const waits = new Set<number>()
    for (; time < 60_000; time += 10) {
      if (rates.wait(CHAT, 1) === 0) rates.take(CHAT)
      waits.add(rates.wait(CHAT))
    }
    expect([...waits]).toEqual([0])
  })

  test('an answer may leave on credit, and not for ever', () => {
    const rates = createRates(TELEGRAM_LIMITS, () => 0)
    let sent = 0
    for (; rates.wait(CHAT, -3) === 0 && sent < 100; sent += 1) rates.take(CHAT)
    expect(sent).toBe(TELEGRAM_LIMITS.chatBurst + 3)
  })

  test('a bucket of one lets even what can wait leave', () => {
    const rates = createRates({ ...TELEGRAM_LIMITS, chatBurst: 1 }, () => 0)
    expect(rates.wait(CHAT, 1)).toBe(0)
  })

  test('a group gets 20 a minute after its first minute', () => {
    expect(sendFor([GROUP], 60_000)).toBeLessThanOrEqual(20 + 20)
    expect(sendFor([GROUP], 600_000)).toBeLessThanOrEqual(20 * 11)
  })

  test('all chats together get 30 a second', () => {
    expect(
      sendFor(
        Array.from({ length: 100 }, (_, index) => index + 1),
        10_000,
      ),
    ).toBeLessThanOrEqual(30 * 11)
  })

  test('a chat that Telegram told to wait is silent so long, the others are not', () => {
    let time = 0
    const rates = createRates(TELEGRAM_LIMITS, () => time)
    rates.block(CHAT, 5000)
    expect([rates.wait(CHAT), rates.wait(2)]).toEqual([5000, 0])
    time = 5000
    expect(rates.wait(CHAT)).toBe(0)
  })

  test('when a second chat is told to wait, everybody waits', () => {
    const rates = createRates(TELEGRAM_LIMITS, () => 0)
    rates.block(CHAT, 5000)
    rates.block(2, 3000)
    expect([rates.wait(CHAT), rates.wait(2), rates.wait(3)]).toEqual([5000, 3000, 3000])
  })
})
