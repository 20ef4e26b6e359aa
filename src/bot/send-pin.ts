/** Pins a card's message and unpins those before it. A "no" ends it: a card that is not pinned still works. */
import { cardById, PinBody, type OutboxRow } from '#db'
import type { Turn } from './lanes.ts'
import { isTokenRefused } from './outcome.ts'
import { deliver, type Sending } from './send-row.ts'

/** Its turn comes after the card's first message, so the message is known, or will never be. */
export async function sendPin(sending: Sending, row: OutboxRow): Promise<Turn> {
  const { context, ask } = sending
  const { unpin } = PinBody.parse(row.body)
  const messageId = row.cardId === null ? null : ((await cardById(context.db, row.cardId))?.messageId ?? null)
  return deliver(sending, row, true, async () => {
    for (const old of unpin) {
      const gone = await ask((api, signal) => api.unpinChatMessage({ chat_id: row.chatId, message_id: old }, signal))
      if (!gone.ok && gone.why === 'slow') return gone
    }
    if (messageId === null) return { ok: true, value: [] }
    const answer = await ask((api, signal) => api.pinChatMessage({ chat_id: row.chatId, message_id: messageId, disable_notification: true }, signal))
    if (answer.ok || (answer.why === 'no' && !isTokenRefused(answer))) return { ok: true, value: [] }
    return answer
  })
}
