/**
 * One outbox row, or one part of it, to Telegram: the intent is written, the call made, the outcome written. A row found "sending" from
 * an earlier life is sent again; a row is never dropped but by a "no" that is written into it.
 */
import { InputFile } from 'grammy'
import { crashPoint, effect, TelegramChatId } from '#core'
import {
  CallbackBody,
  changeSettled,
  DocumentBody,
  picturesAsText,
  dropReply,
  enqueueText,
  markOutboxRefused,
  markSending,
  markSent,
  messagesOf,
  PromptBody,
  promptById,
  ReactionBody,
  recordPart,
  retryOutbox,
  sendElsewhere,
  setPromptMessage,
  TextBody,
  touchCards,
  type OutboxRow,
  type Tx,
} from '#db'
import { toMessageEntities, toRich, type Rich } from './entities.ts'
import { handleMove } from './handle-group.ts'
import type { Turn } from './lanes.ts'
import { isReplyLost, isThreadLost, isTokenRefused, isUnchanged, type Refusal } from './outcome.ts'
import type { BotContext } from './ports.ts'
import { promptMark } from './prompt-mark.ts'
import type { Rates } from './rates.ts'
import { fallFlat } from './fall-flat.ts'
import { REPLY_LOST } from './reply-lost.ts'
import { toBlocks } from './rich-message.ts'
import { CAPTION_MAX, shorten, split } from './split.ts'
import type { Answer, Ask } from './telegram.ts'
import { untilWritten } from './until-written.ts'

export type Sending = {
  readonly context: BotContext
  readonly ask: Ask
  readonly rates: Rates
  readonly backoffMs: number
  /** Whether this server has said that it knows no rich messages. */
  readonly rich: { refused: boolean }
  /** Aborts when nothing may be waited for any more. */
  readonly hard: AbortSignal
}

/** After this many failures the wait grows no more. */
const BACKOFF_DOUBLINGS = 6
const TOKEN_REFUSED_MS = 10_000
/** A reaction or a toast is worth nothing later. */
const QUICK_TRIES = 5
/** Files may take their time on a phone's uplink. */
export const UPLOAD_TIMEOUT_MS = 120_000
const FALLBACK_MAX = 300

/** What Telegram made of a call: the messages that exist now. */
export type Made = readonly number[]

/** Sends the next part of a text or a document. */
export async function sendWords(sending: Sending, row: OutboxRow): Promise<Turn> {
  if (row.kind === 'document') return deliver(sending, row, true, () => sendDocument(sending, row))
  const body = TextBody.parse(row.body)
  const whole = toRich(body.replyLost === true ? [REPLY_LOST, '\n', body.text] : body.text)
  const parts = split(whole)
  const blocks = row.partsSent > 0 || parts.length < 2 || sending.rich.refused ? undefined : toBlocks(whole)
  if (blocks !== undefined) return deliver(sending, row, true, () => sendRich(sending, row, blocks))
  const part = parts[row.partsSent]
  const last = row.partsSent >= parts.length - 1
  // Telegram refuses a message of white space; between two parts there is nothing to see in it.
  if (part === undefined || part.text.trim() === '') return settle(sending, row, last, [])
  return deliver(sending, row, last, () => sendPart(sending, row, part))
}

/** What would be several messages as one. Refused for what it is, it is nothing that was sent: the row's next turn is plain. */
async function sendRich({ ask, rich, context }: Sending, row: OutboxRow, blocks: NonNullable<ReturnType<typeof toBlocks>>): Promise<Answer<Made>> {
  const answer = await ask((api, signal) => api.sendRichMessage({ ...place(row), rich_message: { blocks } }, signal))
  if (answer.ok) return { ok: true, value: [answer.value.message_id] }
  if (answer.why !== 'no' || isOfItsPlace(answer)) return answer
  rich.refused = true
  context.log.info({ outboxId: row.id, say: answer.say }, 'bot.plain-from-now-on')
  return { ok: false, why: 'slow', waitMs: 0, say: answer.say }
}

/** A "no" that would have been said to a plain message, too. */
function isOfItsPlace(answer: Refusal): boolean {
  return (
    isTokenRefused(answer) ||
    answer.code === 403 ||
    answer.movedTo !== undefined ||
    isReplyLost(answer) ||
    isThreadLost(answer) ||
    /chat not found/i.test(answer.say)
  )
}

async function sendPart({ ask }: Sending, row: OutboxRow, part: Rich): Promise<Answer<Made>> {
  const answer = await ask((api, signal) =>
    api.sendMessage({ ...place(row), text: part.text, ...marks(part), link_preview_options: { is_disabled: true } }, signal),
  )
  return answer.ok ? { ok: true, value: [answer.value.message_id] } : answer
}

async function sendDocument(sending: Sending, row: OutboxRow): Promise<Answer<Made>> {
  const body = DocumentBody.parse(row.body)
  const [under] = body.under === undefined || body.replyLost === true ? [] : await messagesOf(sending.context.db, body.under)
  return sendFile(sending, under === undefined ? row : { ...row, replyTo: under }, body)
}

/** Sends a file with its caption, cut to what Telegram takes. */
export async function sendFile({ ask }: Sending, row: OutboxRow, body: DocumentBody): Promise<Answer<Made>> {
  const bytes = 'text' in body ? Buffer.from(body.text, 'utf8') : Buffer.from(body.base64, 'base64')
  const words = toRich([body.replyLost === true ? `${REPLY_LOST}\n` : '', body.caption ?? ''])
  const caption = shorten(words, CAPTION_MAX)
  const answer = await ask(
    (api, signal) =>
      api.sendDocument(
        {
          ...place(row),
          document: new InputFile(bytes, body.filename),
          ...(caption.text.trim() === '' ? {} : { caption: caption.text, caption_entities: toMessageEntities(caption.entities) }),
        },
        signal,
      ),
    { timeoutMs: UPLOAD_TIMEOUT_MS },
  )
  return answer.ok ? { ok: true, value: [answer.value.message_id] } : answer
}

/** Where a row's message goes, what it answers, and whether it rings. Only the first part answers and rings. */
export function place(row: Pick<OutboxRow, 'chatId' | 'sendTo' | 'replyTo' | 'loud' | 'partsSent'>): {
  chat_id: number
  message_thread_id?: number
  reply_parameters?: { message_id: number }
  disable_notification?: true
} {
  return {
    chat_id: row.chatId,
    ...(row.sendTo === 0 ? {} : { message_thread_id: row.sendTo }),
    ...(row.replyTo === null || row.partsSent > 0 ? {} : { reply_parameters: { message_id: row.replyTo } }),
    ...(row.loud && row.partsSent === 0 ? {} : { disable_notification: true }),
  }
}

/** Always present, so that nothing in the words is ever parsed as markup. */
export function marks(rich: Rich): { entities: ReturnType<typeof toMessageEntities> } {
  return { entities: toMessageEntities(rich.entities) }
}

/** Posts or closes a question. Closed before its turn came, it is not posted at all. */
export async function sendPrompt(sending: Sending, row: OutboxRow): Promise<Turn> {
  const { context, ask } = sending
  const body = PromptBody.parse(row.body)
  const prompt = await promptById(context.db, body.promptId)
  if (prompt === undefined) return settle(sending, row, true, [])
  if (body.act !== 'open') {
    const { messageId } = prompt
    if (messageId === null) return settle(sending, row, true, [])
    return deliver(sending, row, true, async () => {
      const answer = await ask((api, signal) =>
        api.editMessageText({ chat_id: row.chatId, message_id: messageId, text: body.text, entities: [] }, signal),
      )
      if (!answer.ok && answer.why === 'no' && !isTokenRefused(answer)) return { ok: true, value: [] }
      return answer.ok ? { ok: true, value: [] } : answer
    })
  }
  if (prompt.state !== 'open') return settle(sending, row, true, [])
  const keyboard = { inline_keyboard: [[{ text: '❌ Cancel', callback_data: promptMark(prompt.id) }]], force_reply: true }
  const lost = body.replyLost === true ? `${REPLY_LOST}\n` : ''
  const text = `${lost}${body.text}\nReply, or just write it within two minutes.`
  return deliver(
    sending,
    row,
    true,
    async () => {
      const answer = await ask((api, signal) => api.sendMessage({ ...place(row), text, entities: [], reply_markup: keyboard }, signal))
      return answer.ok ? { ok: true, value: [answer.value.message_id] } : answer
    },
    async (tx, [messageId]) => {
      if (messageId !== undefined) await setPromptMessage(tx, prompt.id, messageId)
    },
  )
}

/** Sends one row with its intent before and its outcome after. `also` is written with the success; `last` is asked after the call. */
export async function deliver(
  sending: Sending,
  row: OutboxRow,
  last: boolean | (() => boolean),
  call: () => Promise<Answer<Made>>,
  also?: (tx: Tx, made: Made) => Promise<void>,
): Promise<Turn> {
  const { context, rates } = sending
  return effect(
    `outbox.${row.kind}`,
    async () => {
      await markSending(context.db, row.id)
    },
    () => {
      rates.take(row.chatId)
      return call()
    },
    (answer) =>
      answer.ok ? settle(sending, row, typeof last === 'boolean' ? last : last(), answer.value, also) : afterFailure(sending, row, answer),
  )
}

/** Writes that a part, or the `last` one, has become these messages. */
export async function settle(
  sending: Sending,
  row: OutboxRow,
  last: boolean,
  made: Made,
  also?: (tx: Tx, made: Made) => Promise<void>,
): Promise<Turn> {
  const { db, log } = sending.context
  await untilWritten(
    async () => {
      if (!last) await recordPart(db, row, made)
      else if (also === undefined && row.changeId === null) await markSent(db, row, made)
      else
        await db.tx(async (tx) => {
          if ((await markSent(tx, row, made)) === 0) return
          await also?.(tx, made)
          await touchWhenSettled(tx, row)
        })
    },
    sending.hard,
    log,
  )
  return 'again'
}

/** The review card can offer the merge once everything of its change has been shown: the last row of it makes the card stale. */
async function touchWhenSettled(tx: Tx, row: OutboxRow): Promise<void> {
  if (row.changeId !== null && (await changeSettled(tx, row.changeId))) await touchCards(tx, { kind: 'review', subjectId: row.changeId })
}

async function afterFailure(sending: Sending, row: OutboxRow, answer: Extract<Answer<never>, { ok: false }>): Promise<Turn> {
  const { context, rates } = sending
  if (answer.why === 'slow') {
    rates.block(row.chatId, answer.waitMs)
    await retryOutbox(context.db, row.id, answer.waitMs, answer.say)
    return 'again'
  }
  if (answer.why === 'unknown') {
    await retryOutbox(context.db, row.id, backoff(sending, row.attempts), answer.say)
    return 'again'
  }
  if (isTokenRefused(answer)) {
    context.log.error({ say: answer.say }, 'bot.token-refused')
    await retryOutbox(context.db, row.id, TOKEN_REFUSED_MS, answer.say)
    return 'again'
  }
  if (isThreadLost(answer) && row.sendTo !== 0) {
    await context.db.tx((tx) => fallFlat(tx, row))
    await retryOutbox(context.db, row.id, 0, answer.say)
    return 'again'
  }
  if (answer.movedTo !== undefined) {
    const to = TelegramChatId.parse(answer.movedTo)
    await context.db.tx((tx) => handleMove(tx, context, row.chatId, to))
    // Where the move was known before, this row alone came late.
    if ((await sendElsewhere(context.db, row.id, to)) > 0) return 'again'
  }
  if (isReplyLost(answer) && row.replyTo !== null) {
    await dropReply(context.db, row.id)
    return 'again'
  }
  if (row.kind === 'pictures' && (await picturesAsText(context.db, row.id, answer.say)) > 0) {
    context.log.warn({ outboxId: row.id, say: answer.say }, 'bot.diff-as-text')
    return 'again'
  }
  await refuse(sending, row, `${answer.code}: ${answer.say}`)
  return 'again'
}

/** Milliseconds before the next try after `attempts` earlier ones. */
export function backoff({ backoffMs }: Sending, attempts: number): number {
  return backoffMs * 2 ** Math.min(attempts, BACKOFF_DOUBLINGS)
}

/** Telegram will never take this row: the reason stays in it, and the person hears of a text or file they would otherwise miss. */
export async function refuse({ context }: Sending, row: OutboxRow, failure: string, also?: (tx: Tx) => Promise<void>): Promise<void> {
  context.log.warn({ outboxId: row.id, kind: row.kind, failure }, 'bot.message-refused')
  await context.db.tx(async (tx) => {
    await markOutboxRefused(tx, row.id, failure)
    await also?.(tx)
    await touchWhenSettled(tx, row)
    if (!failure.startsWith('403') && !row.key.startsWith('fallback:')) await fallBack(tx, row, failure)
  })
}

async function fallBack(tx: Tx, row: OutboxRow, failure: string): Promise<void> {
  const what = row.kind === 'text' ? 'a message of mine' : row.kind === 'document' || row.kind === 'pictures' ? 'a file of mine' : undefined
  if (what === undefined) return
  await enqueueText(tx, {
    botId: row.botId,
    chatId: row.chatId,
    threadId: row.threadId,
    key: `fallback:${row.id}`,
    taskId: row.taskId ?? undefined,
    text: `Telegram did not take ${what} (${failure.slice(0, FALLBACK_MAX)}).`,
  })
}

/** Sends a reaction or the answer to a press. Past five tries, or a "no", it is over: neither is worth anything later. */
export async function sendQuick(sending: Sending, row: OutboxRow): Promise<void> {
  const { context, ask } = sending
  await markSending(context.db, row.id)
  crashPoint(`outbox.${row.kind}.before-act`)
  const answer = row.kind === 'callback' ? await answerCallback(ask, row) : await setReaction(ask, row)
  crashPoint(`outbox.${row.kind}.after-act`)
  // "Slow down" is said to the whole chat, whatever it was said about.
  if (!answer.ok && answer.why === 'slow') sending.rates.block(row.chatId, answer.waitMs)
  if (answer.ok || (answer.why === 'no' && isUnchanged(answer))) await untilWritten(() => markSent(context.db, row, []), sending.hard, context.log)
  else if (answer.why === 'no' || row.attempts + 1 >= QUICK_TRIES) await markOutboxRefused(context.db, row.id, answer.say)
  else await retryOutbox(context.db, row.id, answer.why === 'slow' ? answer.waitMs : backoff(sending, row.attempts), answer.say)
}

function answerCallback(ask: Ask, row: OutboxRow): Promise<Answer<unknown>> {
  const { callbackId, text, alert } = CallbackBody.parse(row.body)
  const words = text === undefined ? {} : { text, ...(alert === true ? { show_alert: true } : {}) }
  return ask((api, signal) => api.answerCallbackQuery({ callback_query_id: callbackId, ...words }, signal))
}

function setReaction(ask: Ask, row: OutboxRow): Promise<Answer<unknown>> {
  const { messageId, emoji } = ReactionBody.parse(row.body)
  return ask((api, signal) => api.setMessageReaction({ chat_id: row.chatId, message_id: messageId, reaction: [{ type: 'emoji', emoji }] }, signal))
}
