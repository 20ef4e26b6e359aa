/** One writer a chat. Answers to presses and reactions leave at once; messages in their order; then stale cards, decisions first, the newest state wins. */
import type { CardId, TelegramChatId } from '#core'
import { nextInOrder, nextQuick, staleCards, type CardRow, type OutboxRow } from '#db'
import type { CardKind } from '#orchestrator'
import { assertNever } from '#core'
import type { Turn } from './lanes.ts'
import type { RateLimits } from './rates.ts'
import { asRinging } from './ringing.ts'
import { editCard, postFirst } from './send-card.ts'
import { sendLeave } from './send-leave.ts'
import { sendPin } from './send-pin.ts'
import { sendCaption, sendPictures } from './send-pictures.ts'
import { sendTopic } from './send-topic.ts'
import { sendPrompt, sendQuick, sendWords, type Sending } from './send-row.ts'

/** Cards a person must answer are brought up to date before those that only tell. */
const DECISIONS: readonly CardKind[] = ['plan', 'approval', 'host', 'question', 'review', 'dryrun', 'budget', 'restore', 'voice', 'servers', 'group']
/** Messages that can always leave at once, whatever the cards of a chat have to tell: an answer is never a second late for progress. */
const SPARE = 1
/** Answers to what somebody just wrote may leave on credit: people write slower than the limit, and Telegram's own burst is larger than ours. */
const CREDIT = 3
/** So may a card's buttons once its line stands in the chat: a question nobody can answer for a second is half a question (915 ms, now 60). */
const HALF_CREDIT = 1
/** Presses answered at once in one chat. */
const QUICK_AT_ONCE = 20

/** Words in reply to somebody's own message: they wait for it. */
function isAnswer(row: OutboxRow): boolean {
  return row.kind === 'text' && row.replyTo !== null
}

export type Sender = { inOrder(chatId: TelegramChatId): Promise<Turn>; quick(chatId: TelegramChatId): Promise<Turn> }

/** What is remembered of a card between its edits; lost at a restart, which costs one edit too early. */
type Pace = { nextAt: number; tries: number }

/** `now` in milliseconds, growing. Its memory is of pace alone; what is to be sent is in rows. */
export function createSender(sending: Sending, limits: RateLimits, now: () => number): Sender {
  const { db, botId } = sending.context
  const paces = new Map<CardId, Pace>()
  /** Cards whose bare line was posted: their buttons come before anything else is sent to the chat. */
  const halves = new Map<TelegramChatId, boolean>()

  const due = (card: CardRow): number =>
    card.shownVersion === 0 && card.messageId !== null && (paces.get(card.id)?.tries ?? 0) === 0 ? 0 : (paces.get(card.id)?.nextAt ?? 0)

  const editOne = async (card: CardRow): Promise<Turn> => {
    const tries = paces.get(card.id)?.tries ?? 0
    const { retryMs } = await editCard(sending, card, tries)
    const gap = card.chatId < 0 ? limits.groupEditMs : limits.editMs
    paces.set(card.id, retryMs === undefined ? { nextAt: now() + gap, tries: 0 } : { nextAt: now() + Math.max(gap, retryMs), tries: tries + 1 })
    return 'again'
  }
  const cards = async (chatId: TelegramChatId, onlyHalves: boolean): Promise<Turn> => {
    const all = await staleCards(db, botId, chatId, DECISIONS)
    const stale = onlyHalves ? all.filter((card) => card.shownVersion === 0 && card.messageId !== null) : all
    if (stale.length === 0) return 'idle'
    const wait = sending.rates.wait(chatId, onlyHalves ? -HALF_CREDIT : SPARE)
    if (wait > 0) return { waitMs: wait }
    const time = now()
    const ready = stale.find((card) => due(card) <= time)
    return ready === undefined ? { waitMs: Math.min(...stale.map(due)) - time } : editOne(ready)
  }
  const post = async (given: OutboxRow): Promise<Turn> => {
    const row = await asRinging(sending.context, given)
    const { turn, half } = await postFirst(sending, row)
    if (half) halves.set(row.chatId, true)
    return turn
  }
  const send = (row: OutboxRow): Promise<Turn> => {
    if (row.kind === 'card') return post(row)
    if (row.kind === 'prompt') return sendPrompt(sending, row)
    if (row.kind === 'pin') return sendPin(sending, row)
    if (row.kind === 'pictures') return sendPictures(sending, row)
    if (row.kind === 'caption') return sendCaption(sending, row)
    if (row.kind === 'text' || row.kind === 'document') return asRinging(sending.context, row).then((told) => sendWords(sending, told))
    if (row.kind === 'reaction' || row.kind === 'callback') return sendQuick(sending, row).then(() => 'again')
    if (row.kind === 'topic') return sendTopic(sending, row)
    if (row.kind === 'leave') return sendLeave(sending, row)
    return assertNever(row.kind)
  }

  return {
    async inOrder(chatId) {
      let row = await nextInOrder(db, botId, chatId)
      if (row !== undefined && isAnswer(row) && row.waitMs === 0 && sending.rates.wait(chatId, -CREDIT) === 0) return send(row)
      if (halves.get(chatId) === true) {
        const turn = await cards(chatId, true)
        if (turn === 'again') return turn
        if (turn !== 'idle' && sending.rates.wait(chatId) > 0) return turn
        if (turn === 'idle') halves.delete(chatId)
        row = await nextInOrder(db, botId, chatId)
      }
      if (row === undefined) return cards(chatId, false)
      const wait = Math.max(row.waitMs, sending.rates.wait(chatId))
      return wait > 0 ? { waitMs: wait } : send(row)
    },
    async quick(chatId) {
      const rows = await nextQuick(db, botId, chatId, QUICK_AT_ONCE)
      const ready = rows.filter((row) => row.waitMs === 0)
      await Promise.all(ready.map((row) => sendQuick(sending, row)))
      if (ready.length > 0) return 'again'
      return rows.length === 0 ? 'idle' : { waitMs: Math.min(...rows.map((row) => row.waitMs)) }
    },
  }
}
