/** Telegram's speed limits, kept before Telegram has to: a bucket a chat, one for groups, one for all. Says how long to wait; never waits itself. */

export type RateLimits = {
  /** Messages a second in one chat, and how many at once. */
  readonly chatPerSecond: number
  readonly chatBurst: number
  readonly groupPerMinute: number
  readonly overallPerSecond: number
  /** The least time between two edits of one card. */
  readonly editMs: number
  readonly groupEditMs: number
}

/** As Telegram's FAQ gives them: "one message per second" a chat with short bursts, 20 a minute a group, about 30 a second in all. */
export const TELEGRAM_LIMITS: RateLimits = {
  chatPerSecond: 1,
  chatBurst: 3,
  groupPerMinute: 20,
  overallPerSecond: 30,
  editMs: 1000,
  groupEditMs: 5000,
}

type Bucket = { tokens: number; at: number; readonly capacity: number; readonly perMs: number }

function bucket(capacity: number, perMs: number, now: number): Bucket {
  return { tokens: capacity, at: now, capacity, perMs }
}

function refill(b: Bucket, now: number): void {
  b.tokens = Math.min(b.capacity, b.tokens + Math.max(0, now - b.at) * b.perMs)
  b.at = now
}

/** `spare`: tokens that shall be left over, as far as the bucket can hold them; below zero it may be overdrawn by so many. */
function waitOf(b: Bucket, now: number, spare: number): number {
  refill(b, now)
  const need = Math.min(1 + spare, b.capacity)
  return b.tokens >= need ? 0 : Math.ceil((need - b.tokens) / b.perMs)
}

export type Rates = {
  /**
   * Milliseconds until a message to this chat may leave; 0: now. `spare` messages shall still be able to leave at once after it: what
   * can wait asks with one to spare, so that what somebody waits for never stands behind a second of progress. Below zero: so many may
   * leave on credit.
   */
  wait(chatId: number, spare?: number): number
  take(chatId: number): void
  /** Telegram said how long: this chat is silent so long. A second chat told the same meanwhile means that the limit is everybody's. */
  block(chatId: number, ms: number): void
}

/** Negative ids are groups'. `now` in milliseconds, growing. */
export function createRates(limits: RateLimits, now: () => number): Rates {
  const overall = bucket(limits.overallPerSecond, limits.overallPerSecond / 1000, now())
  const chats = new Map<number, Bucket[]>()
  const blocked = new Map<number, number>()
  let allBlocked = 0
  const bucketsOf = (chatId: number): Bucket[] => {
    const known = chats.get(chatId)
    if (known !== undefined) return known
    const made = [bucket(limits.chatBurst, limits.chatPerSecond / 1000, now())]
    if (chatId < 0) made.push(bucket(limits.groupPerMinute, limits.groupPerMinute / 60_000, now()))
    chats.set(chatId, made)
    return made
  }
  return {
    wait(chatId, spare = 0) {
      const time = now()
      const held = Math.max((blocked.get(chatId) ?? 0) - time, allBlocked - time, 0)
      return Math.max(held, waitOf(overall, time, 0), ...bucketsOf(chatId).map((b) => waitOf(b, time, spare)))
    },
    take(chatId) {
      for (const b of [overall, ...bucketsOf(chatId)]) {
        refill(b, now())
        b.tokens -= 1
      }
    },
    block(chatId, ms) {
      const time = now()
      const others = [...blocked].some(([other, until]) => other !== chatId && until > time)
      blocked.set(chatId, Math.max(blocked.get(chatId) ?? 0, time + ms))
      if (others) allBlocked = Math.max(allBlocked, time + ms)
    },
  }
}
