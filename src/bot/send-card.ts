/**
 * Cards to Telegram: posted once as a bare line, then edited into what rows say, newest wins. At no time do two messages carry live
 * buttons of one card: buttons come only by an edit of the one message whose number is written down.
 */
import { crashPoint, errorText, TelegramChatId } from '#core'
import {
  cardById,
  enqueueCard,
  loseCardMessage,
  markSending,
  retryOutbox,
  setCardFailure,
  setCardMessage,
  setCardShown,
  type CardRow,
  type OutboxRow,
} from '#db'
import { drawCard, placeholderOf, type Drawn } from './draw-card.ts'
import { handleMove } from './handle-group.ts'
import type { Turn } from './lanes.ts'
import { isMessageLost, isTokenRefused, isUnchanged } from './outcome.ts'
import type { BotContext } from './ports.ts'
import { backoff, deliver, marks, place, refuse, type Sending } from './send-row.ts'
import type { Answer } from './telegram.ts'

/** A card that cannot be drawn would hold up everything behind it. */
const DRAW_TRIES = 5
const TOKEN_REFUSED_MS = 10_000

/** Posts a card's first message. Answers the turn, and whether its buttons are still to come by an edit. */
export async function postFirst(sending: Sending, row: OutboxRow): Promise<{ turn: Turn; half: boolean }> {
  const { context } = sending
  const card = row.cardId === null ? undefined : await cardById(context.db, row.cardId)
  const drawn = card === undefined || card.messageId !== null ? undefined : await tryDraw(sending, row, card)
  if (drawn === 'later') return { turn: 'again', half: false }
  if (card === undefined || drawn === undefined) {
    await refuse(
      sending,
      row,
      card === undefined || card.messageId === null ? 'there is nothing to show any more' : 'it has a message already',
      async (tx) => {
        if (card !== undefined && card.messageId === null) await setCardFailure(tx, card.id, card.version, 'there is nothing to show any more')
      },
    )
    return { turn: 'again', half: false }
  }
  const half = drawn.keyboard.length > 0
  const content = half ? { text: placeholderOf(drawn), entities: [] } : { text: drawn.rich.text, ...marks(drawn.rich) }
  const turn = await deliver(
    sending,
    row,
    true,
    () => post(sending, row, content),
    async (tx, [messageId]) => {
      if (messageId === undefined || (await setCardMessage(tx, card.id, messageId)) === 0) return
      if (!half) await setCardShown(tx, card.id, card.version, { ...drawn, since: nowSeconds(context) })
    },
  )
  return { turn, half }
}

async function post(
  { ask }: Sending,
  row: OutboxRow,
  content: { text: string; entities: ReturnType<typeof marks>['entities'] },
): Promise<Answer<number[]>> {
  const answer = await ask((api, signal) => api.sendMessage({ ...place(row), ...content, link_preview_options: { is_disabled: true } }, signal))
  return answer.ok ? { ok: true, value: [answer.value.message_id] } : answer
}

/** Draws; an error is counted as a try of the row, and the last of them ends it. */
async function tryDraw(sending: Sending, row: OutboxRow, card: CardRow): Promise<Drawn | undefined | 'later'> {
  const { context } = sending
  try {
    return await drawCard(context, card)
  } catch (error) {
    context.log.error({ cardId: card.id, kind: card.kind, error: errorText(error) }, 'bot.card-not-drawn')
    if (row.attempts + 1 >= DRAW_TRIES) return undefined
    await markSending(context.db, row.id)
    await retryOutbox(context.db, row.id, backoff(sending, row.attempts), 'the card could not be drawn')
    return 'later'
  }
}

/** Only when Telegram did not say when: after a loss, what is shown may be older, and an answer to it is then refused too readily. */
function nowSeconds({ clock }: BotContext): number {
  return Math.ceil(clock.now().getTime() / 1000)
}

/** Telegram's own time of the edit; 0 when it did not say. */
function editedAt(message: true | { edit_date?: number }): number {
  return message === true ? 0 : (message.edit_date ?? 0)
}

/** What an edit came to: done (or of no use any more), or to be tried again after so long. */
export type Edited = { readonly retryMs?: number }

/** Brings a stale card up to date, or posts it anew when its message is gone. `tries`: how often it just failed. */
export async function editCard(sending: Sending, card: CardRow, tries: number): Promise<Edited> {
  const { context } = sending
  const { messageId } = card
  if (messageId === null) return repost(sending, card)
  const drawn = await drawCard(context, card).catch((error: unknown) => {
    context.log.error({ cardId: card.id, kind: card.kind, error: errorText(error) }, 'bot.card-not-drawn')
    return 'failed' as const
  })
  if (drawn === 'failed') return giveUpAfter(sending, card, tries, 'the card could not be drawn')
  if (drawn === undefined) {
    await setCardFailure(context.db, card.id, card.version, 'there is nothing to show any more')
    return {}
  }
  if (drawn.sha256 === card.bodySha256) {
    await setCardShown(context.db, card.id, card.version, { ...drawn, since: nowSeconds(context) })
    return {}
  }
  return edit(sending, card, messageId, drawn, tries)
}

async function edit(sending: Sending, card: CardRow, messageId: number, drawn: Drawn, tries: number): Promise<Edited> {
  const { context, ask, rates } = sending
  rates.take(card.chatId)
  crashPoint('card.before-edit')
  const answer = await ask((api, signal) =>
    api.editMessageText(
      {
        chat_id: card.chatId,
        message_id: messageId,
        text: drawn.rich.text,
        ...marks(drawn.rich),
        link_preview_options: { is_disabled: true },
        ...(drawn.keyboard.length === 0 ? {} : { reply_markup: { inline_keyboard: drawn.keyboard } }),
      },
      signal,
    ),
  )
  crashPoint('card.after-edit')
  if (answer.ok || (answer.why === 'no' && isUnchanged(answer))) {
    await setCardShown(context.db, card.id, card.version, { ...drawn, since: (answer.ok && editedAt(answer.value)) || nowSeconds(context) })
    return {}
  }
  return afterEditFailure(sending, card, messageId, answer, tries)
}

async function afterEditFailure(
  sending: Sending,
  card: CardRow,
  messageId: number,
  answer: Extract<Answer<unknown>, { ok: false }>,
  tries: number,
): Promise<Edited> {
  const { context, rates } = sending
  if (answer.why === 'slow') {
    rates.block(card.chatId, answer.waitMs)
    return { retryMs: answer.waitMs }
  }
  if (answer.why === 'unknown') return { retryMs: backoff(sending, tries) }
  if (answer.movedTo !== undefined) {
    const to = TelegramChatId.parse(answer.movedTo)
    await context.db.tx((tx) => handleMove(tx, context, card.chatId, to))
    return {}
  }
  if (isTokenRefused(answer)) return { retryMs: TOKEN_REFUSED_MS }
  if (isMessageLost(answer)) {
    await loseCardMessage(context.db, card.id, messageId)
    return {}
  }
  context.log.warn({ cardId: card.id, kind: card.kind, failure: answer.say }, 'bot.card-refused')
  await setCardFailure(context.db, card.id, card.version, `${answer.code}: ${answer.say}`)
  return {}
}

async function giveUpAfter(sending: Sending, card: CardRow, tries: number, failure: string): Promise<Edited> {
  if (tries + 1 < DRAW_TRIES) return { retryMs: backoff(sending, tries) }
  await setCardFailure(sending.context.db, card.id, card.version, failure)
  return {}
}

/** A card without a message and without a row that would make one gets a new first post, silent. */
async function repost({ context }: Sending, card: CardRow): Promise<Edited> {
  await context.db.tx((tx) =>
    enqueueCard(tx, {
      botId: card.botId,
      chatId: card.chatId,
      threadId: card.threadId,
      key: `card:${card.id}:again:${context.ids.uuid()}`,
      cardId: card.id,
      taskId: card.taskId ?? undefined,
      replyTo: card.replyTo ?? undefined,
    }),
  )
  return {}
}
