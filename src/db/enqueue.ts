/** Everything that leaves over Telegram is first an `outbox` row, written in the transaction that decided it. Nothing here sends. */
import { redactKeys, type BotId, type CardId, type ChangeId, type NoticeClass, type TaskId, type TelegramChatId, type Text } from '#core'
import { z } from 'zod'
import {
  storableJson,
  type CallbackBody,
  type CaptionBody,
  type DocumentBody,
  type PicturesBody,
  type PinBody,
  type PromptBody,
  type ReactionBody,
  type TextBody,
} from './outbox-body.ts'
import type { Tx } from './port.ts'

/** Where a row goes, and what it belongs to. `key` makes it idempotent per bot: the same key is sent once. */
export type OutboxPlace = {
  readonly botId: BotId
  readonly chatId: TelegramChatId
  readonly threadId?: number
  readonly key: string
  /** The message it answers. */
  readonly replyTo?: number | undefined
  readonly taskId?: TaskId | undefined
  /** The change whose showing this row is part of; see `changeShown`. */
  readonly changeId?: ChangeId | undefined
  /** Rings; everything else arrives silently. */
  readonly loud?: boolean | undefined
  /** What a loud message is about: the person's rules and quiet hours may silence it. Left out: it rings. */
  readonly class?: NoticeClass | undefined
}

type Content =
  | { kind: 'text'; body: TextBody }
  | { kind: 'document'; body: DocumentBody }
  | { kind: 'card'; body: Record<string, never>; cardId: CardId }
  | { kind: 'reaction'; body: ReactionBody }
  | { kind: 'callback'; body: CallbackBody }
  | { kind: 'prompt'; body: PromptBody }
  | { kind: 'pin'; body: PinBody; cardId: CardId }
  | { kind: 'pictures'; body: PicturesBody }
  | { kind: 'caption'; body: CaptionBody }
  | { kind: 'leave' | 'topic'; body: Record<string, never> }

const Id = z.object({ id: z.number() })

/** Inserts the row and rings `outbox` at commit. Answers its id, or undefined when the key was there already (unique bot_id, key decides a race). */
async function enqueue(tx: Tx, place: OutboxPlace, content: Content): Promise<number | undefined> {
  const row = await tx.row(
    Id,
    `insert into outbox (bot_id, chat_id, thread_id, kind, key, body, card_id, task_id, change_id, reply_to_message_id, loud, class, state)
     values ($1::bigint, $2::bigint, $3::bigint, $4::text, $5::text, $6::jsonb, $7::uuid, $8::uuid, $9::uuid, $10::bigint, $11::boolean, $12::text, 'pending')
     on conflict (bot_id, key) do nothing returning id`,
    [
      place.botId,
      place.chatId,
      place.threadId ?? 0,
      content.kind,
      place.key,
      storableJson(content.body, (text) => (text === bytesIn(content) ? text : redactKeys(text))),
      'cardId' in content ? content.cardId : null,
      place.taskId ?? null,
      place.changeId ?? null,
      place.replyTo ?? null,
      place.loud ?? false,
      place.class ?? null,
    ],
  )
  if (row !== undefined) await tx.notify('outbox', String(place.chatId))
  return row?.id
}

/** What is bytes in base64 and no words. */
function bytesIn(content: Content): string | undefined {
  if (content.kind === 'pictures') return content.body.beginning
  return content.kind === 'document' && 'base64' in content.body ? content.body.base64 : undefined
}

/** A diff as pictures, sent once and in order; `beginning` must be without keys already. */
export function enqueuePictures(
  tx: Tx,
  message: OutboxPlace & { readonly pictures: Omit<PicturesBody, 'asText' | 'replyLost'> },
): Promise<number | undefined> {
  return enqueue(tx, message, { kind: 'pictures', body: message.pictures })
}

/** New words under pictures that were sent before, in order with what is sent to the chat. */
export function enqueueCaption(tx: Tx, message: OutboxPlace & CaptionBody): Promise<number | undefined> {
  return enqueue(tx, message, { kind: 'caption', body: { outboxId: message.outboxId, text: message.text } })
}

/** A message in words, sent once and in order; long text becomes several messages. Answers the row's id, or undefined when the key is known. */
export function enqueueText(tx: Tx, message: OutboxPlace & { readonly text: Text }): Promise<number | undefined> {
  return enqueue(tx, message, { kind: 'text', body: { text: message.text } })
}

/**
 * A file, sent once and in order: its words as `text`, or any bytes as `base64`. The caption is cut to Telegram's 1024 characters.
 * `under`: the row of this chat, sent before, whose message it answers.
 */
export function enqueueDocument(
  tx: Tx,
  message: OutboxPlace & { readonly filename: string; readonly caption?: Text | undefined; readonly under?: number | undefined } & (
      | { readonly text: string }
      | { readonly base64: string }
    ),
): Promise<number | undefined> {
  const { filename, caption, under } = message
  const named = { filename, ...(caption === undefined ? {} : { caption }), ...(under === undefined ? {} : { under }) }
  return enqueue(tx, message, { kind: 'document', body: 'text' in message ? { ...named, text: message.text } : { ...named, base64: message.base64 } })
}

/** The first message of a card, in order among the others; its words are rendered when its turn comes. `postCard` calls it. */
export function enqueueCard(tx: Tx, message: OutboxPlace & { readonly cardId: CardId }): Promise<number | undefined> {
  return enqueue(tx, message, { kind: 'card', body: {}, cardId: message.cardId })
}

/** An emoji on a message, sent at once, past everything that waits. Only emoji that Telegram allows as reactions. */
export function enqueueReaction(tx: Tx, reaction: OutboxPlace & ReactionBody): Promise<number | undefined> {
  return enqueue(tx, reaction, { kind: 'reaction', body: { messageId: reaction.messageId, emoji: reaction.emoji } })
}

/** The answer to a press of a button, sent at once. */
export function enqueueCallback(tx: Tx, answer: OutboxPlace & CallbackBody): Promise<number | undefined> {
  const { callbackId, text, alert } = answer
  return enqueue(tx, answer, {
    kind: 'callback',
    body: { callbackId, ...(text === undefined ? {} : { text }), ...(alert === true ? { alert } : {}) },
  })
}

/** A question with a forced reply, or the closing of one. */
export function enqueuePrompt(tx: Tx, prompt: OutboxPlace & PromptBody): Promise<number | undefined> {
  return enqueue(tx, prompt, { kind: 'prompt', body: { promptId: prompt.promptId, act: prompt.act, text: prompt.text } })
}

/** Pins a card's message, after it was posted, and unpins others. Worth nothing to wait for: what cannot be pinned stays unpinned. */
export function enqueuePin(tx: Tx, pin: OutboxPlace & PinBody & { readonly cardId: CardId }): Promise<number | undefined> {
  return enqueue(tx, pin, { kind: 'pin', body: { unpin: pin.unpin }, cardId: pin.cardId })
}

/** Opens, names or closes a topic, before what is said in it afterwards. */
export function enqueueTopic(tx: Tx, place: OutboxPlace): Promise<number | undefined> {
  return enqueue(tx, place, { kind: 'topic', body: {} })
}

/** Leaves a group, after everything that was to be sent there. */
export function enqueueLeave(tx: Tx, place: OutboxPlace): Promise<number | undefined> {
  return enqueue(tx, place, { kind: 'leave', body: {} })
}
