/** Changing and taking away messages of the bot. */
import { z } from 'zod'
import { badRequest, movedOn } from '../refusal.ts'
import type { Content, JsonObject, Markup, Message } from '../world-types.ts'
import { readMarkup } from './markup.ts'
import { readMedia } from './media.ts'
import { readChat, readMessage, type Context, type Method } from './method.ts'
import { readCaption, readText } from './text.ts'

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message'
/** Others' messages, and in groups also one's own, can be deleted for two days. */
const DELETABLE_SECONDS = 48 * 3600

function editable(context: Context, parameters: JsonObject): Message {
  if (parameters['inline_message_id'] !== undefined) throw badRequest('the simulator does not play inline messages')
  if (parameters['message_id'] === undefined) throw badRequest('message identifier is not specified')
  const chat = readChat(context, parameters)
  const message = readMessage(context, chat, parameters, 'edit')
  const ours = message.from.id === context.world.bot.id && message.forwardedFrom === undefined && message.service === undefined
  if (!ours || (message.markup !== undefined && message.markup.kind !== 'inline')) throw badRequest("message can't be edited")
  return message
}

/** Leaving the keyboard out takes it away, as in life. */
function edit(context: Context, message: Message, content: Content, parameters: JsonObject): JsonObject {
  const { world } = context
  const markup = readInline(parameters)
  if (!sameContent(message, content)) return world.messageJson(world.editContent(message, content, { markup }))
  if (same(message.markup, markup)) throw movedOn(NOT_MODIFIED)
  return world.messageJson(world.setMarkup(message, markup))
}

function readInline(parameters: JsonObject): Markup | undefined {
  const markup = readMarkup(parameters)
  if (markup !== undefined && markup.kind !== 'inline') throw badRequest('inline keyboard expected')
  return markup
}

function sameContent(a: Content, b: Content): boolean {
  return a.text === b.text && same(a.entities, b.entities) && a.media?.file.uniqueId === b.media?.file.uniqueId
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export const editMessageText: Method = (context, parameters) => {
  if (parameters['rich_message'] !== undefined) throw badRequest('the simulator does not play rich messages')
  const content = readText({ text: '', ...parameters }, 'MESSAGE_TOO_LONG')
  const message = editable(context, parameters)
  if (message.media !== undefined) throw badRequest('there is no text in the message to edit')
  return edit(context, message, content, parameters)
}

export const editMessageCaption: Method = (context, parameters) => {
  const content = readCaption(parameters)
  const message = editable(context, parameters)
  if (message.media === undefined) throw badRequest('there is no caption in the message to edit')
  return edit(context, message, { ...content, media: message.media }, parameters)
}

const InputMedia = z.object({ media: z.looseObject({ type: z.enum(['photo', 'document', 'audio', 'video']), media: z.string() }) })

export const editMessageMedia: Method = (context, parameters) => {
  const { media } = InputMedia.parse(parameters)
  const message = editable(context, parameters)
  const content = { ...readCaption(media), media: readMedia(context, media.type, media.media, media) }
  return edit(context, message, content, parameters)
}

export const editMessageReplyMarkup: Method = (context, parameters) => {
  const message = editable(context, parameters)
  return edit(context, message, message, parameters)
}

function deletable(context: Context, message: Message): boolean {
  const { world } = context
  const chat = world.mustChat(message.chatId)
  const age = world.seconds() - message.date
  if (chat.kind === 'private') return message.from.id === world.bot.id || age < DELETABLE_SECONDS
  return chat.bot === 'administrator' || (message.from.id === world.bot.id && age < DELETABLE_SECONDS)
}

export const deleteMessage: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  const message = readMessage(context, chat, parameters, 'delete')
  if (!deletable(context, message)) throw badRequest("message can't be deleted")
  context.world.deleteMessage(message)
  return true
}

const Many = z.object({ message_ids: z.array(z.number()) })

/** Those that cannot be found are passed over, as in life. */
export const deleteMessages: Method = (context, parameters) => {
  const { message_ids: ids } = Many.parse(parameters)
  if (ids.length === 0) throw badRequest('message identifiers are not specified')
  if (ids.length > 100) throw badRequest('too many message identifiers specified')
  const chat = readChat(context, parameters)
  const found = ids.map((id) => context.world.message(chat.id, id)).filter((message) => message !== undefined && !message.deleted)
  for (const message of found) if (message !== undefined && deletable(context, message)) context.world.deleteMessage(message)
  return true
}
