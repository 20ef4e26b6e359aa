/** How fast a bot may write: a bucket a chat, a bucket a group, one for all. Telegram publishes no exact numbers; these are its advice. */
import type { Clock } from '#core'

export type RateLimits = Readonly<{
  chat: Readonly<{ perSecond: number; burst: number }>
  groupPerMinute: number
  overall: Readonly<{ perSecond: number; burst: number }>
}>

/** One a second in a chat with short bursts, 20 a minute in a group, 30 a second in all. */
export const TELEGRAM_LIMITS: RateLimits = { chat: { perSecond: 1, burst: 6 }, groupPerMinute: 20, overall: { perSecond: 30, burst: 30 } }

/** Requests that were already under way when the 429 was given are no fault of the client. */
const GRACE_MS = 500

type Bucket = { tokens: number; at: number }
type Block = { from: number; until: number }

/** `wait` seconds to wait, 0 when it may go; `ignored` when it came although a wait was running. */
export type Verdict = Readonly<{ wait: number; ignored: boolean }>

export class RateLimiter {
  readonly #limits: RateLimits
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()
  readonly #blocks = new Map<number, Block>()

  constructor(limits: RateLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Takes `cost` messages from every bucket of the chat, or says how long to wait. */
  take(chatId: number, cost = 1): Verdict {
    const now = this.#clock.now().getTime()
    const block = this.#blocks.get(chatId)
    if (block !== undefined && now < block.until) return { wait: Math.ceil((block.until - now) / 1000), ignored: now > block.from + GRACE_MS }
    const { chat, groupPerMinute, overall } = this.#limits
    const buckets = [
      this.#bucket(`chat ${chatId}`, chat.perSecond, chat.burst, now),
      this.#bucket('all', overall.perSecond, overall.burst, now),
      ...(chatId < 0 ? [this.#bucket(`group ${chatId}`, groupPerMinute / 60, groupPerMinute, now)] : []),
    ]
    const wait = Math.max(...buckets.map(({ bucket, rate }) => (bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / rate))))
    if (wait > 0) this.#blocks.set(chatId, { from: now, until: now + wait * 1000 })
    else for (const { bucket } of buckets) bucket.tokens -= cost
    return { wait, ignored: false }
  }

  #bucket(key: string, rate: number, burst: number, now: number): { bucket: Bucket; rate: number } {
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * rate)
    bucket.at = now
    this.#buckets.set(key, bucket)
    return { bucket, rate }
  }
}
