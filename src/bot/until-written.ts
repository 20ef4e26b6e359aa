/** What came of a call to Telegram is known here alone until it is written: a store that goes away for a while must not cost a second message. */
import { errorText, LughError, sleep } from '#core'
import type { BotLog } from './ports.ts'

/** A server that restarts is back within seconds, and a chat's next message waits for this one. */
const AGAIN_MS = 250

/**
 * Runs `write`, which must be safe to repeat (the one that failed may have been written), until the store takes it or `hard` aborts. Answers
 * what it answered; throws what trying again cannot help, and the last failure when `hard` aborted.
 */
export async function untilWritten<T>(write: () => Promise<T>, hard: AbortSignal, log: BotLog): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await write()
    } catch (error) {
      if (!(error instanceof LughError) || !error.retryable || hard.aborted) throw error
      if (!told) log.warn({ error: errorText(error) }, 'bot.outcome-waits')
      await sleep(AGAIN_MS, hard)
    }
  }
}
