/** The world's values in Telegram's own JSON. Pure: reads the world, never changes it. */
import { assertNever } from '#core'
import type { BotUser, Chat, Content, JsonObject, Markup, Media, Message, Query, Service, User } from './world-types.ts'

/** What has to be looked up to write a message: other messages it points to, and its chat. */
export type Lookup = {
  chat(chatId: number): Chat | undefined
  message(chatId: number, messageId: number): Message | undefined
  person(userId: number): User | undefined
}

export function userJson(user: User): JsonObject {
  return compact({
    id: user.id,
    is_bot: user.isBot,
    first_name: user.firstName,
    last_name: user.lastName,
    username: user.username,
    language_code: user.languageCode,
  })
}

export function botJson(bot: BotUser): JsonObject {
  return {
    ...userJson(bot),
    can_join_groups: true,
    can_read_all_group_messages: bot.readsAllGroupMessages,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: bot.hasTopics,
    allows_users_to_create_topics: bot.hasTopics,
    can_manage_bots: false,
    supports_guest_queries: false,
    supports_join_request_queries: false,
  }
}

export function chatJson(world: Lookup, chat: Chat): JsonObject {
  if (chat.kind !== 'private') return compact({ id: chat.id, type: chat.kind, title: chat.title ?? '', is_forum: chat.isForum ? true : undefined })
  const person = world.person(chat.id)
  return compact({ id: chat.id, type: 'private', first_name: person?.firstName ?? '', last_name: person?.lastName, username: person?.username })
}

/** A message with, one level deep, the message it answers. */
export function messageJson(world: Lookup, message: Message, deep = true): JsonObject {
  const chat = world.chat(message.chatId)
  const senderChat = message.senderChat === undefined ? undefined : world.chat(message.senderChat)
  const replyTo = message.replyTo ?? topicHead(world, chat, message)?.id
  const replied = replyTo === undefined || !deep ? undefined : world.message(message.chatId, replyTo)
  return compact({
    message_id: message.id,
    from: userJson(message.from),
    sender_chat: senderChat === undefined ? undefined : chatJson(world, senderChat),
    chat: chat === undefined ? undefined : chatJson(world, chat),
    date: message.date,
    edit_date: message.editDate,
    message_thread_id: message.threadId,
    is_topic_message: message.threadId === undefined ? undefined : true,
    reply_to_message: replied === undefined || replied.deleted ? undefined : messageJson(world, replied, false),
    forward_origin:
      message.forwardedFrom === undefined
        ? undefined
        : { type: 'user', sender_user: userJson(message.forwardedFrom.user), date: message.forwardedFrom.date },
    media_group_id: message.albumId,
    ...(message.service === undefined ? contentJson(message) : serviceJson(world, message, message.service)),
    reply_markup: markupJson(message.markup),
  })
}

/** In a forum whatever answers nothing else answers the message that opened its topic. */
function topicHead(world: Lookup, chat: Chat | undefined, { id, threadId }: Message): Message | undefined {
  return chat?.isForum === true && threadId !== undefined && threadId !== id ? world.message(chat.id, threadId) : undefined
}

function contentJson(content: Content): JsonObject {
  const entities = content.entities.length === 0 ? undefined : content.entities
  if (content.media === undefined) return { text: content.text, entities }
  return { ...mediaJson(content.media), caption: content.text === '' ? undefined : content.text, caption_entities: entities }
}

function mediaJson(media: Media): JsonObject {
  const { file } = media
  const base = { file_id: file.fileId, file_unique_id: file.uniqueId, file_size: file.size }
  switch (media.kind) {
    case 'photo':
      return { photo: [{ ...base, width: media.width ?? 0, height: media.height ?? 0 }] }
    case 'document':
      return { document: { ...base, file_name: file.name, mime_type: file.mime } }
    case 'voice':
      return { voice: { ...base, duration: media.duration ?? 0, mime_type: file.mime } }
    case 'audio':
      return { audio: { ...base, duration: media.duration ?? 0, file_name: file.name, mime_type: file.mime } }
    case 'video':
      return {
        video: {
          ...base,
          width: media.width ?? 0,
          height: media.height ?? 0,
          duration: media.duration ?? 0,
          file_name: file.name,
          mime_type: file.mime,
        },
      }
    default:
      return assertNever(media.kind)
  }
}

function serviceJson(world: Lookup, message: Message, service: Service): JsonObject {
  switch (service.kind) {
    case 'pinned': {
      const pinned = world.message(message.chatId, service.messageId)
      return { pinned_message: pinned === undefined ? undefined : messageJson(world, pinned, false) }
    }
    case 'topic.created':
      return { forum_topic_created: { name: service.name, icon_color: TOPIC_COLOUR } }
    case 'topic.edited':
      return { forum_topic_edited: { name: service.name } }
    case 'topic.closed':
      return { forum_topic_closed: {} }
    case 'topic.reopened':
      return { forum_topic_reopened: {} }
    case 'migrated.to':
      return { migrate_to_chat_id: service.chatId }
    case 'migrated.from':
      return { migrate_from_chat_id: service.chatId }
    default:
      return assertNever(service)
  }
}

/** The first of the six colours Telegram allows for a topic's icon. */
export const TOPIC_COLOUR = 7_322_096

/** Only inline keyboards are part of a message others see. */
function markupJson(markup: Markup | undefined): JsonObject | undefined {
  return markup?.kind === 'inline' && markup.rows.length > 0 ? { inline_keyboard: markup.rows } : undefined
}

export function queryJson(world: Lookup, query: Query): JsonObject {
  const message = world.message(query.chatId, query.messageId)
  const chat = world.chat(query.chatId)
  return compact({
    id: query.id,
    from: userJson(query.from),
    message:
      message === undefined || message.deleted
        ? { chat: chat === undefined ? undefined : chatJson(world, chat), message_id: query.messageId, date: 0 }
        : messageJson(world, message),
    chat_instance: String(query.chatId * 7919),
    data: query.data,
  })
}

/** `emoji` as Telegram's ReactionType list. */
export function reactionJson(emoji: readonly string[]): JsonObject[] {
  return emoji.map((one) => ({ type: 'emoji', emoji: one }))
}

/** The object without its undefined members, as JSON would write it. */
function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
