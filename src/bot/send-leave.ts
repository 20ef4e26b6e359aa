/** Leaves a group, last of all that was to be sent there. A "no" ends it: then Lugh is not in the group any more. */
import type { OutboxRow } from '#db'
import type { Turn } from './lanes.ts'
import { isTokenRefused } from './outcome.ts'
import { deliver, type Sending } from './send-row.ts'

export function sendLeave(sending: Sending, row: OutboxRow): Promise<Turn> {
  return deliver(sending, row, true, async () => {
    const answer = await sending.ask((api, signal) => api.leaveChat({ chat_id: row.chatId }, signal))
    if (answer.ok || (answer.why === 'no' && !isTokenRefused(answer))) return { ok: true, value: [] }
    return answer
  })
}
