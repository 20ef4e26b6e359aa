/** What a bot asks about a chat and does to it: pins, topics, members. */
import { z } from 'zod'
import { badRequest, movedOn, Refusal } from '../refusal.ts'
import { TOPIC_COLOUR, userJson } from '../telegram-json.ts'
import type { Chat, Topic } from '../world-types.ts'
import { readChat, readMessage, type Context, type Method } from './method.ts'

export const getChat: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  const { world } = context
  const pinned = world.message(chat.id, chat.pinned.at(-1) ?? 0)
  return {
    ...world.chatJson(chat),
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
    ...(pinned === undefined ? {} : { pinned_message: world.messageJson(pinned) }),
  }
}

export const getChatMember: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  const { user_id: userId } = z.object({ user_id: z.number() }).parse(parameters)
  const user = context.world.person(userId)
  if (user === undefined) throw movedOn('user not found')
  const status = user.isBot ? chat.bot : chat.members[0] === userId ? 'creator' : chat.members.includes(userId) ? 'member' : 'left'
  return { user: userJson(user), status, ...(status === 'creator' ? { is_anonymous: false } : {}) }
}

function mayPin(chat: Chat): void {
  if (chat.kind !== 'private' && chat.bot !== 'administrator') throw movedOn('not enough rights to manage pinned messages in the chat')
}

export const pinChatMessage: Method = (context, parameters) => {
  const { world } = context
  const chat = readChat(context, parameters)
  const message = readMessage(context, chat, parameters, 'pin')
  mayPin(chat)
  world.putChat({ ...chat, pinned: [...chat.pinned.filter((id) => id !== message.id), message.id] })
  world.emit({ kind: 'message.pinned', message })
  const silent = parameters['disable_notification'] === true || chat.kind === 'private'
  world.addMessage(world.bot, chat.id, { text: '', silent, service: { kind: 'pinned', messageId: message.id } })
  return true
}

/** Without an id, the newest pin. */
export const unpinChatMessage: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  mayPin(chat)
  const { message_id: id = chat.pinned.at(-1) } = z.object({ message_id: z.number().optional() }).parse(parameters)
  if (id === undefined || !chat.pinned.includes(id)) throw movedOn('message to unpin not found')
  unpin(context, chat, [id])
  return true
}

export const unpinAllChatMessages: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  mayPin(chat)
  unpin(context, chat, chat.pinned)
  return true
}

function unpin({ world }: Context, chat: Chat, ids: readonly number[]): void {
  world.putChat({ ...chat, pinned: chat.pinned.filter((id) => !ids.includes(id)) })
  for (const id of ids) {
    const message = world.message(chat.id, id)
    if (message !== undefined) world.emit({ kind: 'message.unpinned', message })
  }
}

/** Leaves a group; people there see it go. */
export const leaveChat: Method = (context, parameters) => {
  const chat = readChat(context, parameters)
  if (chat.kind === 'private') throw badRequest("chat member status can't be changed in private chats")
  context.world.setBotRole(context.world.bot.id, chat.id, 'left')
  return true
}

const MAX_TOPIC_NAME = 128
const TopicName = z.object({ name: z.string() })

function readForum(context: Context, parameters: Readonly<Record<string, unknown>>): Chat {
  const chat = readChat(context, parameters)
  const allowed = chat.kind === 'private' ? context.world.bot.hasTopics : chat.isForum
  if (!allowed) throw badRequest('the chat is not a forum')
  if (chat.kind !== 'private' && (chat.bot !== 'administrator' || !chat.botTopics))
    throw new Refusal(400, 'Bad Request: not enough rights to create a topic', 'world')
  return chat
}

function readName(parameters: Readonly<Record<string, unknown>>): string {
  const { name } = TopicName.parse(parameters)
  if (name.trim() === '' || Array.from(name).length > MAX_TOPIC_NAME) throw badRequest('TOPIC_TITLE_EMPTY')
  return name.trim()
}

export const createForumTopic: Method = (context, parameters) => {
  const { world } = context
  const name = readName(parameters)
  const chat = readForum(context, parameters)
  const threadId = world.nextMessageId(chat.id)
  world.putChat({ ...chat, topics: [...chat.topics, { threadId, name, closed: false }] })
  world.addMessage(world.bot, chat.id, { text: '', threadId, service: { kind: 'topic.created', name } })
  return { message_thread_id: threadId, name, icon_color: TOPIC_COLOUR }
}

function changeTopic(
  change: (topic: Topic, parameters: Readonly<Record<string, unknown>>) => { topic: Topic; said: 'topic.edited' | 'topic.closed' | 'topic.reopened' },
  inSupergroups = false,
): Method {
  return (context, parameters) => {
    const { world } = context
    const chat = readForum(context, parameters)
    if (chat.kind === 'private' && inSupergroups) throw badRequest('the chat is not a supergroup')
    const topic = chat.topics.find(({ threadId }) => threadId === parameters['message_thread_id'])
    if (topic === undefined) throw movedOn('message thread not found')
    const { topic: next, said } = change(topic, parameters)
    if (JSON.stringify(next) === JSON.stringify(topic)) throw movedOn('TOPIC_NOT_MODIFIED')
    world.putChat({ ...chat, topics: chat.topics.map((one) => (one === topic ? next : one)) })
    const service = said === 'topic.edited' ? { kind: said, name: next.name } : { kind: said }
    world.addMessage(world.bot, chat.id, { text: '', threadId: next.threadId, service })
    return true
  }
}

export const editForumTopic = changeTopic((topic, parameters) => ({
  topic: parameters['name'] === undefined ? topic : { ...topic, name: readName(parameters) },
  said: 'topic.edited',
}))
export const closeForumTopic = changeTopic((topic) => ({ topic: { ...topic, closed: true }, said: 'topic.closed' }), true)
export const reopenForumTopic = changeTopic((topic) => ({ topic: { ...topic, closed: false }, said: 'topic.reopened' }), true)

/** Takes the topic away with all that was said in it. */
export const deleteForumTopic: Method = (context, parameters) => {
  const { world } = context
  const chat = readForum(context, parameters)
  const threadId = parameters['message_thread_id']
  if (!chat.topics.some((topic) => topic.threadId === threadId)) throw movedOn('message thread not found')
  for (const message of world.messages(chat.id)) if (message.threadId === threadId) world.deleteMessage(message)
  world.putChat({ ...chat, topics: chat.topics.filter((topic) => topic.threadId !== threadId) })
  return true
}
