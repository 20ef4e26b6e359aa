/**
 * Telegram's updates, parsed once into what Lugh uses of them. Who it is from stands beside the content, so that the content
 * can be left out of everything when that person is not listed.
 */
import { z } from 'zod'
import { AIMING, aimOf, chosenReply, Meant, meantBy, questionAnswered, type Aim } from './aim.ts'
import { bodyOfMembership, bodyOfMove, Membership, MembershipBody, MoveBody } from './membership.ts'

const User = z.object({
  id: z.number().int(),
  is_bot: z.boolean().default(false),
  first_name: z.string().default(''),
  username: z.string().optional().catch(undefined),
})
const Chat = z.looseObject({
  id: z.number().int(),
  type: z.string(),
  title: z.string().optional().catch(undefined),
  is_forum: z.boolean().optional().catch(undefined),
})
const anything = z.unknown().optional()

/** Kinds of message that hold something to read or hear, and that Lugh cannot take yet; the word for each. */
const KINDS = {
  voice: 'voice messages',
  audio: 'audio',
  photo: 'pictures',
  video: 'videos',
  video_note: 'video messages',
  animation: 'animations',
  document: 'files',
  sticker: 'stickers',
  location: 'places',
  venue: 'places',
  contact: 'contacts',
  poll: 'polls',
  dice: 'dice',
  game: 'games',
  story: 'stories',
  paid_media: 'paid media',
  checklist: 'checklists',
  rich_message: 'rich messages',
} as const
const kindNames = z.enum(Object.keys(KINDS)).options

/** What can be heard, as Telegram describes it; what it leaves out is found out from the file. */
const SoundFile = z
  .looseObject({ file_id: z.string(), duration: z.number().int().min(0).default(0), file_size: z.number().int().min(0).default(0) })
  .optional()
  .catch(undefined)

const Message = z.looseObject({
  message_id: z.number().int(),
  date: z.number().int().optional(),
  from: User.optional(),
  sender_chat: Chat.optional(),
  chat: Chat,
  message_thread_id: z.number().int().optional(),
  is_topic_message: z.boolean().optional(),
  text: z.string().optional(),
  ...AIMING,
  migrate_to_chat_id: z.number().int().optional().catch(undefined),
  caption: z.string().optional().catch(undefined),
  media_group_id: z.string().optional().catch(undefined),
  photo: z
    .array(z.looseObject({ file_id: z.string(), file_size: z.number().optional(), width: z.number(), height: z.number() }))
    .optional()
    .catch(undefined),
  document: z
    .looseObject({ file_id: z.string(), file_name: z.string().default(''), file_size: z.number().optional() })
    .optional()
    .catch(undefined),
  voice: SoundFile,
  audio: SoundFile,
  video_note: SoundFile,
  forward_origin: anything,
  via_bot: anything,
})
type Message = z.infer<typeof Message>

/** Custom and paid ones mean nothing to us. */
const Reactions = z
  .array(z.looseObject({ emoji: z.string().optional() }))
  .transform((all) => all.flatMap(({ emoji }) => emoji ?? []))
  .catch([])

const Update = z.looseObject({
  update_id: z.number().int(),
  message: Message.optional(),
  edited_message: Message.optional(),
  callback_query: z
    .object({
      id: z.string(),
      from: User,
      data: z.string().optional(),
      message: z
        .looseObject({
          message_id: z.number().int(),
          chat: Chat,
          message_thread_id: z.number().int().optional(),
          is_topic_message: z.boolean().optional(),
        })
        .optional(),
    })
    .optional(),
  message_reaction: z
    .looseObject({
      chat: Chat,
      user: User.optional(),
      message_id: z.number().int().optional(),
      date: z.number().int().optional(),
      old_reaction: Reactions,
      new_reaction: Reactions,
    })
    .optional(),
  my_chat_member: z.looseObject({ chat: Chat, from: User, new_chat_member: Membership }).optional(),
})

/** The updates Telegram is asked for; `message_reaction` comes only when listed. */
export const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'message_reaction', 'my_chat_member'] as const

/** `seconds` and `bytes` as the sender's phone says. */
const Sound = z.object({ file: z.string(), seconds: z.number(), bytes: z.number() })
export type Sound = z.infer<typeof Sound>

/** A picture or a file, by what Telegram calls it. */
const Upload = z.object({
  file: z.string(),
  name: z.string(),
  photo: z.boolean(),
  bytes: z.number().optional(),
  album: z.string().optional(),
  caption: z.string(),
})
type Upload = z.infer<typeof Upload>

/** What an inbox row holds of an update that will be handled. */
export const Incoming = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('message'),
    urgent: z.boolean(),
    from: z.number().int(),
    name: z.string(),
    /** What Telegram calls the sender, without @. */
    username: z.string().optional(),
    /** Whom a command points at. */
    meant: Meant.optional(),
    messageId: z.number().int(),
    threadId: z.number().int(),
    /** Absent: it holds no text. */
    text: z.string().optional(),
    /** What it holds instead, as a word of a sentence. */
    unsupported: z.string().optional(),
    /** Something to be heard: a voice message, a video message, an audio file. */
    sound: Sound.optional(),
    /** A checkpoint's file, by its name; what Telegram calls it. */
    checkpointFile: z.string().optional(),
    /** A picture, or a file of another kind. `caption`: the sender's own words. */
    upload: Upload.optional(),
    forwarded: z.boolean(),
    replyTo: z.number().int().optional(),
    /** The question that the message it answers puts. */
    question: z.uuid().optional(),
    /** When it was sent, in seconds of Telegram's clock. */
    date: z.number().int().optional(),
  }),
  z.object({
    kind: z.literal('edit'),
    urgent: z.boolean(),
    from: z.number().int(),
    messageId: z.number().int(),
    threadId: z.number().int(),
    /** Absent in rows of an older version. */
    text: z.string().optional(),
  }),
  /** What somebody put on a message just now; what they took away is of no consequence. */
  z.object({
    kind: z.literal('reaction'),
    urgent: z.boolean(),
    from: z.number().int(),
    name: z.string(),
    messageId: z.number().int(),
    emoji: z.array(z.string()),
    date: z.number().int().optional(),
  }),
  z.object({
    kind: z.literal('tap'),
    urgent: z.boolean(),
    from: z.number().int(),
    name: z.string(),
    callbackId: z.string(),
    messageId: z.number().int(),
    threadId: z.number().int(),
    data: z.string(),
  }),
  /** Somebody not listed offers a pairing code; only its SHA-256 is kept. */
  z.object({
    kind: z.literal('pairing'),
    urgent: z.boolean(),
    from: z.number().int(),
    name: z.string(),
    messageId: z.number().int(),
    codeSha256: z.string(),
  }),
  MembershipBody,
  MoveBody,
  /** Known, and of no consequence: a change of membership, a service message. */
  z.object({ kind: z.literal('nothing'), urgent: z.boolean(), from: z.number().int() }),
])
export type Incoming = z.infer<typeof Incoming>

export type Arrival = {
  readonly updateId: number
  /** The update's own kind, as Telegram names it. */
  readonly kind: string
  readonly from?: { readonly id: number; readonly isBot: boolean }
  readonly chat?: { readonly id: number; readonly type: string; readonly is_forum?: boolean | undefined }
  /** Of a message: whom it is for. */
  readonly aim?: Aim
  /** Sent in the name of a chat (anonymous admin, channel), not of a person. */
  readonly faceless: boolean
  readonly body?: Incoming
}

/** Parses one update. Undefined when it has not even an `update_id`; without content when it is of a kind Lugh does not know. */
export function parseUpdate(raw: unknown): Arrival | undefined {
  const update = Update.safeParse(raw)
  if (!update.success) return bareUpdate(raw)
  const {
    update_id: updateId,
    message,
    edited_message: edited,
    callback_query: tap,
    message_reaction: reaction,
    my_chat_member: member,
  } = update.data
  if (message?.migrate_to_chat_id !== undefined)
    return { updateId, kind: 'message', chat: message.chat, faceless: true, body: bodyOfMove(message.migrate_to_chat_id) }
  if (message !== undefined)
    return { updateId, kind: 'message', ...whoOf(message), aim: aimOf(message, threadOf(message)), ...bodyOfMessage(message) }
  if (edited !== undefined) return { updateId, kind: 'edited_message', ...whoOf(edited), aim: aimOf(edited, threadOf(edited)), ...bodyOfEdit(edited) }
  if (tap !== undefined) {
    const who = { from: personOf(tap.from), faceless: false }
    if (tap.message === undefined || tap.data === undefined) return { updateId, kind: 'callback_query', ...who }
    return { updateId, kind: 'callback_query', ...who, chat: tap.message.chat, ...bodyOfTap(tap, tap.message, tap.data) }
  }
  if (reaction?.user !== undefined)
    return {
      updateId,
      kind: 'message_reaction',
      chat: reaction.chat,
      from: personOf(reaction.user),
      faceless: false,
      body: bodyOfReaction(reaction, reaction.user),
    }
  if (member !== undefined && member.chat.type !== 'private')
    return {
      updateId,
      kind: 'my_chat_member',
      chat: member.chat,
      from: personOf(member.from),
      faceless: false,
      ...bodyOfMembership(member.chat, member.from.id, member.new_chat_member),
    }
  const quiet = reaction ?? member
  const from = member?.from
  if (quiet === undefined) return bareUpdate(raw)
  const kind = reaction === undefined ? 'my_chat_member' : 'message_reaction'
  if (from === undefined) return { updateId, kind, chat: quiet.chat, faceless: true }
  return { updateId, kind, chat: quiet.chat, from: personOf(from), faceless: false, body: { kind: 'nothing', urgent: false, from: from.id } }
}

function bareUpdate(raw: unknown): Arrival | undefined {
  const bare = z.looseObject({ update_id: z.number().int() }).safeParse(raw)
  if (!bare.success) return undefined
  const kind = Object.keys(bare.data).find((key) => key !== 'update_id') ?? 'unknown'
  return { updateId: bare.data.update_id, kind: kind.slice(0, 40), faceless: true }
}

function personOf(user: z.infer<typeof User>): { id: number; isBot: boolean } {
  return { id: user.id, isBot: user.is_bot }
}

function whoOf(message: Message): Pick<Arrival, 'from' | 'chat' | 'faceless'> {
  const from = message.from === undefined ? {} : { from: personOf(message.from) }
  return { ...from, chat: message.chat, faceless: message.sender_chat !== undefined || message.from === undefined }
}

type Reaction = NonNullable<z.infer<typeof Update>['message_reaction']>

function bodyOfReaction({ message_id: messageId, old_reaction: before, new_reaction: after, date }: Reaction, by: z.infer<typeof User>): Incoming {
  const emoji = after.filter((one) => !before.includes(one))
  if (messageId === undefined || emoji.length === 0) return { kind: 'nothing', urgent: false, from: by.id }
  return { kind: 'reaction', urgent: false, from: by.id, name: by.first_name, messageId, emoji, ...(date === undefined ? {} : { date }) }
}

type Tap = NonNullable<z.infer<typeof Update>['callback_query']>

function bodyOfTap(tap: Tap, message: NonNullable<Tap['message']>, data: string): { body: Incoming } {
  const { message_id: messageId } = message
  const at = { messageId, threadId: threadOf(message) }
  return { body: { kind: 'tap', urgent: false, from: tap.from.id, name: tap.from.first_name, callbackId: tap.id, ...at, data } }
}

/** A thread id is a topic only where the message says so; elsewhere it marks a chain of replies. */
function threadOf(message: { is_topic_message?: boolean | undefined; message_thread_id?: number | undefined }): number {
  return message.is_topic_message === true ? (message.message_thread_id ?? 0) : 0
}

const STOP = /^\/stop(?:@\w+)?(?:\s|$)/i
/** In reply to a card. */
const STOP_WORD = /^\s*stop[.!]*\s*$/iu

/** What a checkpoint's file is called; anything else is no file Lugh can take yet. */
const CHECKPOINT_FILE = /\.lugh$/iu

function bodyOfMessage(message: Message): { body?: Incoming } {
  if (message.from === undefined) return {}
  const { text, message_id: messageId } = message
  const held = kindNames.find((kind) => message[kind] !== undefined)
  if (text === undefined && held === undefined) return { body: { kind: 'nothing', urgent: false, from: message.from.id } }
  const forwarded = message.forward_origin !== undefined || message.via_bot !== undefined
  const upload = uploadOf(message, held, forwarded)
  const reply = chosenReply(message)
  const question = questionAnswered(message)
  const meant = meantBy(message)
  return {
    body: {
      kind: 'message',
      urgent: text !== undefined && !forwarded && (STOP.test(text) || (reply !== undefined && STOP_WORD.test(text))),
      from: message.from.id,
      name: message.from.first_name,
      ...(message.from.username === undefined ? {} : { username: message.from.username }),
      ...(meant === undefined ? {} : { meant }),
      messageId,
      threadId: threadOf(message),
      ...(text === undefined ? {} : { text }),
      ...soundOf(message),
      ...(text === undefined && held !== undefined && upload === undefined ? { unsupported: wordOf(held) } : {}),
      ...(CHECKPOINT_FILE.test(message.document?.file_name ?? '') ? { checkpointFile: message.document?.file_id } : {}),
      ...(upload === undefined ? {} : { upload }),
      forwarded,
      ...(reply === undefined ? {} : { replyTo: reply.message_id }),
      ...(question === undefined ? {} : { question }),
      ...(message.date === undefined ? {} : { date: message.date }),
    },
  }
}

function soundOf({ voice, audio, video_note: round }: Message): { sound?: Sound } {
  const held = voice ?? audio ?? round
  return held === undefined ? {} : { sound: { file: held.file_id, seconds: held.duration, bytes: held.file_size } }
}

/** The picture or file of a message. A photo comes in several sizes: the largest. A forwarded caption is not the sender's words. */
function uploadOf(message: Message, held: string | undefined, forwarded: boolean): Upload | undefined {
  const common = {
    caption: forwarded ? '' : (message.caption ?? '').trim(),
    ...(message.media_group_id === undefined ? {} : { album: message.media_group_id }),
  }
  const largest = message.photo?.toSorted((a, b) => b.width * b.height - a.width * a.height)[0]
  if (held === 'photo' && largest !== undefined) return { ...common, file: largest.file_id, name: 'photo.jpg', photo: true, ...sized(largest) }
  const { document } = message
  if (held !== 'document' || document === undefined || CHECKPOINT_FILE.test(document.file_name)) return undefined
  return { ...common, file: document.file_id, name: document.file_name === '' ? 'file' : document.file_name, photo: false, ...sized(document) }
}

function sized({ file_size: bytes }: { file_size?: number | undefined }): { bytes?: number } {
  return bytes === undefined ? {} : { bytes }
}

function wordOf(kind: string): string {
  return Object.entries(KINDS).find(([name]) => name === kind)?.[1] ?? 'this'
}

function bodyOfEdit(message: Message): { body?: Incoming } {
  if (message.from === undefined || message.text === undefined) return {}
  const { text, message_id: messageId } = message
  return { body: { kind: 'edit', urgent: false, from: message.from.id, messageId, threadId: threadOf(message), text } }
}
