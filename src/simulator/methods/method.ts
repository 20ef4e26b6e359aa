/** What every Bot API method gets, and the checks they share. */
import { z } from 'zod'
import { badRequest, movedOn, Refusal } from '../refusal.ts'
import type { UploadedFile } from '../request-body.ts'
import type { World } from '../world.ts'
import type { Chat, JsonObject, Message } from '../world-types.ts'

export type Context = Readonly<{
  world: World
  files: ReadonlyMap<string, UploadedFile>
  /** How long a press can be answered, in milliseconds. */
  callbackTtlMs: number
}>

/** Does what the method says and answers its result; throws a `Refusal`. Parameters have passed the schema. */
export type Method = (context: Context, parameters: JsonObject) => unknown

const ChatId = z.object({ chat_id: z.union([z.string(), z.number()]) })
const MessageId = z.object({ message_id: z.number() })

/** The chat of `chat_id`, when the bot may look at it. */
export function readChat({ world }: Context, parameters: JsonObject): Chat {
  const { chat_id: given } = ChatId.parse(parameters)
  if (given === '') throw badRequest('chat_id is empty')
  const chat = world.chat(Number(given))
  if (chat === undefined) throw movedOn('chat not found')
  if (chat.migratedTo !== undefined)
    throw new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', 'world', { migrate_to_chat_id: chat.migratedTo })
  if (chat.kind === 'private') {
    if (chat.blocked) throw forbidden('bot was blocked by the user')
    if (!chat.started) throw sharesGroup(world, chat.id) ? forbidden("bot can't initiate conversation with a user") : movedOn('chat not found')
  } else if (chat.bot === 'left') throw forbidden(`bot was kicked from the ${chat.kind === 'group' ? 'group' : 'supergroup'} chat`)
  return chat
}

function sharesGroup(world: World, userId: number): boolean {
  return world.chats().some((chat) => chat.kind !== 'private' && chat.bot !== 'left' && chat.members.includes(userId))
}

function forbidden(text: string): Refusal {
  return new Refusal(403, `Forbidden: ${text}`, 'world')
}

const Thread = z.object({ message_thread_id: z.number().optional() })

/** The thread to write in, or undefined for none. A group without topics ignores it, as in life. */
export function readThread({ world }: Context, chat: Chat, parameters: JsonObject): number | undefined {
  const { message_thread_id: threadId } = Thread.parse(parameters)
  if (threadId === undefined || threadId === 0) return undefined
  if (chat.kind !== 'private' && !chat.isForum) return undefined
  const topic = chat.topics.find((one) => one.threadId === threadId)
  if (topic === undefined) throw movedOn('message thread not found')
  if (topic.closed && chat.kind !== 'private' && world.mustChat(chat.id).bot !== 'administrator') throw movedOn('TOPIC_CLOSED')
  return threadId
}

const Reply = z.object({
  reply_parameters: z.object({ message_id: z.number(), allow_sending_without_reply: z.boolean().default(false) }).optional(),
})

/** The message to reply to, or undefined for none. */
export function readReply({ world }: Context, chat: Chat, parameters: JsonObject): number | undefined {
  const { reply_parameters: reply } = Reply.parse(parameters)
  if (reply === undefined) return undefined
  const message = world.message(chat.id, reply.message_id)
  if (message !== undefined && !message.deleted) return message.id
  if (reply.allow_sending_without_reply) return undefined
  throw movedOn('message to be replied not found')
}

/** The message of `message_id`, or the refusal that names what it was wanted for. */
export function readMessage({ world }: Context, chat: Chat, parameters: JsonObject, wanted: string): Message {
  const { message_id: id } = MessageId.parse(parameters)
  const message = world.message(chat.id, id)
  if (message === undefined || message.deleted) throw movedOn(`message to ${wanted} not found`)
  return message
}
