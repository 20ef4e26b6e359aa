/** sendMessage and what shares its way into a chat. */
import { badRequest } from '../refusal.ts'
import type { Chat, Content, JsonObject, Message } from '../world-types.ts'
import { readMarkup } from './markup.ts'
import { readChat, readReply, readThread, type Context, type Method } from './method.ts'
import { readRich } from './rich.ts'
import { readText } from './text.ts'

/** Puts the bot's message into the chat as the shared parameters say. */
export function botSends(context: Context, parameters: JsonObject, content: Content & Pick<Message, 'forwardedFrom'>, album?: string): Message {
  const markup = readMarkup(parameters)
  const chat = readChat(context, parameters)
  const threadId = readThread(context, chat, parameters)
  const replyTo = readReply(context, chat, parameters)
  return context.world.addMessage(context.world.bot, chat.id, {
    ...content,
    silent: parameters['disable_notification'] === true,
    ...(markup === undefined ? {} : { markup }),
    ...(threadId === undefined ? {} : { threadId }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(album === undefined ? {} : { albumId: album }),
  })
}

export const sendMessage: Method = (context, parameters) => {
  const content = readText(parameters, 'message is too long')
  return context.world.messageJson(botSends(context, parameters, content))
}

/** Shown as the text and marks that its blocks come to. */
export const sendRichMessage: Method = (context, parameters) => context.world.messageJson(botSends(context, parameters, readRich(parameters)))

/** A draft is no message: it has no number, costs a message of the limits, and is gone with the bot's next message. */
export const sendMessageDraft: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  if (chat.kind !== 'private') throw badRequest('message drafts can be sent to private chats only')
  const threadId = readThread(context, chat, parameters)
  const draftId = Number(parameters['draft_id'])
  if (draftId === 0) throw badRequest('draft_id must be non-zero')
  const text = parameters['text'] === undefined || parameters['text'] === '' ? '' : readText(parameters, 'message is too long').text
  context.world.emit({ kind: 'draft.shown', chatId: chat.id, draftId, text, ...(threadId === undefined ? {} : { threadId }) })
  return true
}

export const sendChatAction: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  const threadId = readThread(context, chat, parameters)
  const action = String(parameters['action'])
  context.world.emit({ kind: 'chat.action', chatId: chat.id, action, ...(threadId === undefined ? {} : { threadId }) })
  return true
}

export const forwardMessage: Method = (context, parameters) => copy(context, parameters, 'forward')

export const copyMessage: Method = (context, parameters) => {
  const sent = copy(context, parameters, 'copy')
  return { message_id: sent['message_id'] }
}

function copy(context: Context, parameters: JsonObject, how: 'forward' | 'copy'): JsonObject {
  const from: Chat = readChat(context, { chat_id: parameters['from_chat_id'] })
  const source = context.world.message(from.id, Number(parameters['message_id']))
  if (source === undefined || source.deleted) throw badRequest(`message to ${how} not found`)
  const origin = source.forwardedFrom ?? { user: source.from, date: source.date }
  const { text, entities, media } = source
  const said = { text, entities, media }
  const sent = botSends(context, parameters, how === 'copy' ? said : { ...said, forwardedFrom: origin })
  return context.world.messageJson(sent)
}
