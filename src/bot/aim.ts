/**
 * Whether something said in a group is meant for the bot: a command, a mention, a reply to the bot's own message, or anything in a topic
 * that is bound. Everything else is talk between people, of which nothing is kept.
 */
import { z } from 'zod'
import { promptOfMark } from './prompt-mark.ts'
import { parseCommand } from './command.ts'

const User = z.object({ id: z.number().int(), is_bot: z.boolean().default(false), first_name: z.string().default('') })

/** The members of a message that say whom it is for. */
export const AIMING = {
  entities: z
    .array(z.looseObject({ type: z.string(), offset: z.number().int(), length: z.number().int(), user: User.optional().catch(undefined) }))
    .optional()
    .catch(undefined),
  caption_entities: z
    .array(z.looseObject({ type: z.string(), offset: z.number().int(), length: z.number().int() }))
    .optional()
    .catch(undefined),
  reply_to_message: z
    .looseObject({
      message_id: z.number().int(),
      from: User.optional().catch(undefined),
      sender_chat: z.unknown().optional(),
      forum_topic_created: z.unknown().optional(),
      reply_markup: z
        .looseObject({ inline_keyboard: z.array(z.array(z.looseObject({ callback_data: z.string().optional() }))) })
        .optional()
        .catch(undefined),
    })
    .optional(),
}
type Aiming = { readonly [K in keyof typeof AIMING]?: z.infer<(typeof AIMING)[K]> } & {
  readonly text?: string | undefined
  readonly caption?: string | undefined
  readonly message_thread_id?: number | undefined
}

/** Somebody a message points at: whom it answers, or a person without a name at Telegram who is mentioned. */
export const Meant = z.object({ id: z.number().int(), name: z.string(), isBot: z.boolean() })
export type Meant = z.infer<typeof Meant>

export type Aim = {
  /** Whose message it answers. */
  readonly repliesTo?: number
  /** Names that are mentioned, lower case, without their @. */
  readonly mentions: readonly string[]
  readonly mentionedIds: readonly number[]
  readonly command?: { readonly name: string; readonly mention?: string }
  readonly threadId: number
}

/** The message somebody chose to answer. The first message of a topic is what all others there answer as far as Telegram is concerned; nobody chose that. */
export function chosenReply({ reply_to_message: reply, message_thread_id: thread }: Aiming): Aiming['reply_to_message'] {
  return reply === undefined || reply.forum_topic_created !== undefined || reply.message_id === thread ? undefined : reply
}

/** The id of the question that the answered message puts, as its own button says; undefined where it puts none. */
export function questionAnswered(message: Aiming): string | undefined {
  const buttons = chosenReply(message)?.reply_markup?.inline_keyboard.flat() ?? []
  return buttons.flatMap(({ callback_data: data }) => promptOfMark(data ?? '') ?? [])[0]
}

/** Whom a message is for, by its own words. */
export function aimOf(message: Aiming, threadId: number): Aim {
  const text = message.text ?? message.caption ?? ''
  const entities = message.text === undefined ? message.caption_entities : message.entities
  const mentions = (entities ?? [])
    .filter(({ type }) => type === 'mention')
    .map(({ offset, length }) => text.slice(offset + 1, offset + length).toLowerCase())
  const replied = chosenReply(message)?.from
  const command = message.text === undefined ? undefined : parseCommand(message.text)
  return {
    ...(replied === undefined ? {} : { repliesTo: replied.id }),
    mentions,
    mentionedIds: (message.entities ?? []).flatMap(({ user }) => user?.id ?? []),
    ...(command === undefined ? {} : { command }),
    threadId,
  }
}

/** Whom a command is about, where it points at somebody: the mentioned person without a name at Telegram, or who wrote what it answers. */
export function meantBy(message: Aiming): Meant | undefined {
  if (message.text?.startsWith('/') !== true) return undefined
  const mentioned = message.entities?.find(({ type }) => type === 'text_mention')?.user
  const reply = chosenReply(message)
  const user = mentioned ?? (reply?.sender_chat === undefined ? reply?.from : undefined)
  return user === undefined ? undefined : { id: user.id, name: user.first_name, isBot: user.is_bot }
}

export type Me = { readonly id: number; readonly username: string | undefined; readonly knows: (command: string) => boolean }

/** Whether it is for the bot. A command that names no bot is, if there is such a command; in a bound topic everything is that names no other. */
export function isAimedAt(aim: Aim, me: Me, bound: boolean): boolean {
  const own = me.username?.toLowerCase()
  const named = aim.command?.mention?.toLowerCase()
  if (named !== undefined) return named === own
  if (bound || aim.repliesTo === me.id || aim.mentionedIds.includes(me.id)) return true
  if (own !== undefined && aim.mentions.includes(own)) return true
  return aim.command !== undefined && me.knows(aim.command.name)
}

/** The words without the bot's own name, which only says for whom they are. */
export function withoutName(text: string, username: string | undefined): string {
  if (username === undefined || text.startsWith('/')) return text
  return text.replace(new RegExp(`(^|\\s)@${username}(?![A-Za-z0-9_])[,:]?`, 'iu'), '$1').trim()
}
