/** Presses that wait for the bot's answer. The answer may come before the server has said which press it belongs to. */
import { act } from './stream.js'

/** Answers nobody has asked for yet; more than a person can press. */
const KEPT = 50

/** `show(answer)` presents what the bot said, `fail(words)` why the press did not count. */
export function createPresses(show, fail) {
  const waiting = new Map()
  const early = new Map()

  /** Resolves when the bot has answered, or when the press was refused. */
  async function press(messageId, data) {
    try {
      const { query } = await act({ act: 'press', messageId, data })
      if (early.delete(query)) return
      await new Promise((resolve) => waiting.set(query, resolve))
    } catch (error) {
      fail(error.message)
    }
  }

  /** Takes an answer from the event stream. */
  function answered(answer) {
    const resolve = waiting.get(answer.query)
    waiting.delete(answer.query)
    if (resolve === undefined) early.set(answer.query, true)
    else resolve()
    if (early.size > KEPT) early.delete(early.keys().next().value)
    show(answer)
  }

  return { press, answered }
}
