/** One line of work per chat, all chats side by side: what is in a lane is done one after the other. Keeps nothing that rows do not hold. */
import { createGate, errorText } from '#core'
import type { BotLog } from './ports.ts'

/** What a turn came to: more may wait, nothing waits, or nothing can be done for so long (or until woken). */
export type Turn = 'again' | 'idle' | { readonly waitMs: number }

export type Lanes<K> = {
  /** Something may have come for this key. */
  wake(key: K): void
  /** Resolves when every lane has ended its turn; after the signal was aborted. */
  settled(): Promise<void>
}

/** A store that is away comes back in seconds; asking more often only fills the log. */
const AFTER_ERROR_MS = 1000
/** Turns at once over all chats: each may hold a connection of the store's pool. */
const TURNS_AT_ONCE = 32

type Lane = { woken: boolean; ring: () => void; done: Promise<void> }

/** `turn` is called for one key at a time until it answers `idle`; an error it throws is logged and the turn repeated a second later. */
export function createLanes<K>(options: { name: string; turn: (key: K) => Promise<Turn>; signal: AbortSignal; log: BotLog }): Lanes<K> {
  const { signal, log } = options
  const lanes = new Map<K, Lane>()
  const gate = createGate(TURNS_AT_ONCE)

  const safeTurn = async (key: K): Promise<Turn> => {
    try {
      return await gate(() => options.turn(key))
    } catch (error) {
      log.error({ lane: options.name, error: errorText(error) }, 'bot.turn-failed')
      return { waitMs: AFTER_ERROR_MS }
    }
  }
  const run = async (key: K, lane: Lane): Promise<void> => {
    while (!signal.aborted) {
      lane.woken = false
      const result = await safeTurn(key)
      if (result === 'again' || lane.woken) continue
      if (result === 'idle') break
      await rest(lane, result.waitMs, signal)
    }
    lanes.delete(key)
  }
  return {
    wake(key) {
      if (signal.aborted) return
      const lane = lanes.get(key)
      if (lane !== undefined) {
        lane.woken = true
        lane.ring()
        return
      }
      const made: Lane = { woken: false, ring: () => undefined, done: Promise.resolve() }
      lanes.set(key, made)
      made.done = run(key, made)
    },
    settled: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.done))
    },
  }
}

/** Until the time is over, the lane is woken, or all ends. */
function rest(lane: Lane, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      lane.ring = () => undefined
      resolve()
    }
    const timer = setTimeout(done, ms)
    lane.ring = done
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
