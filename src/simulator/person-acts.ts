/** What people do with their phones. Each act changes the world and makes the update Telegram would make; none of it is the bot's. */
import { LughError } from '#core'
import { detectEntities } from './detect-entities.ts'
import { imageSize } from './image-size.ts'
import { plainEmoji, REACTIONS } from './reactions.ts'
import { queryJson, reactionJson, userJson } from './telegram-json.ts'
import type { JsonObject, Media, MediaKind, Message, Query, User } from './world-types.ts'
import { emptyChat, type NewMessage, type WorldStore } from './world-store.ts'

/** `anonymous`: in the name of the group, as its administrators may. */
export type SayOptions = Readonly<{ replyTo?: number; threadId?: number; anonymous?: boolean }>
export type FileOptions = SayOptions & Readonly<{ caption?: string; albumId?: string }>
/** A file as a person sends it. `size` pretends a larger one than `bytes` holds. */
export type OutgoingFile = Readonly<{
  bytes: Uint8Array
  name?: string
  mime?: string
  size?: number
  duration?: number
  /** Of a recording: what it says, for a stand-in that cannot hear. */
  says?: string
}>
export type GroupOptions = Readonly<{
  title: string
  members: readonly number[]
  forum?: boolean
  basic?: boolean
  bot?: 'administrator' | 'member'
  /** Whether an administrator bot may manage topics (it may). */
  botTopics?: boolean
}>
export type Which = string | RegExp | Readonly<{ data: string }>
/** `stale`: press what the given value of the message shows, though it has changed. `forged`: send data that no button holds. */
export type PressOptions = Readonly<{ stale?: boolean; forged?: boolean }>

const FOLDERS: Record<MediaKind, string> = { photo: 'photos', document: 'documents', voice: 'voice', audio: 'music', video: 'videos' }
const MIMES: Record<MediaKind, string> = {
  photo: 'image/jpeg',
  document: 'application/octet-stream',
  voice: 'audio/ogg',
  audio: 'audio/mpeg',
  video: 'video/mp4',
}
const NAMES: Record<MediaKind, string> = { photo: 'photo.jpg', document: 'file', voice: 'voice.oga', audio: 'audio.mp3', video: 'video.mp4' }

/** Telegram's own account, as which administrators write who hide. */
const ANONYMOUS: User = { id: 1_087_968_824, isBot: true, firstName: 'Group', username: 'GroupAnonymousBot' }

export type PersonActs = ReturnType<typeof personActs>

/** The acts over one world. Every one throws `LughError` when a phone would not let the person do it. */
export function personActs(world: WorldStore) {
  /** Sends text. The first message in a private chat starts it. Over 4096 characters a phone would split it: so must the caller. */
  function sendText(from: number, chatId: number, text: string, options: SayOptions = {}): Message {
    if (text.trim() === '') refuse('An empty message cannot be sent.')
    if (Array.from(text).length > 4096) refuse('A message holds at most 4096 characters.')
    return say(from, chatId, { text: text.trim(), entities: detectEntities(text.trim()) }, options)
  }

  /** Sends a file as a photo, a document, a voice note, … */
  function sendFile(from: number, chatId: number, kind: MediaKind, file: OutgoingFile, options: FileOptions = {}): Message {
    const caption = options.caption ?? ''
    if (Array.from(caption).length > 1024) refuse('A caption holds at most 1024 characters.')
    const album = options.albumId === undefined ? {} : { albumId: options.albumId }
    return say(from, chatId, { text: caption, entities: detectEntities(caption), media: toMedia(kind, file), ...album }, options)
  }

  const sendPhoto = (from: number, chatId: number, file: OutgoingFile, options?: FileOptions): Message =>
    sendFile(from, chatId, 'photo', file, options)
  const sendDocument = (from: number, chatId: number, file: OutgoingFile, options?: FileOptions): Message =>
    sendFile(from, chatId, 'document', file, options)
  const sendVoice = (from: number, chatId: number, file: OutgoingFile, options?: FileOptions): Message =>
    sendFile(from, chatId, 'voice', file, options)
  const sendAudio = (from: number, chatId: number, file: OutgoingFile, options?: FileOptions): Message =>
    sendFile(from, chatId, 'audio', file, options)

  /** Sends 2-10 photos as one album; the caption goes with the first. Each is a message of its own, as in Telegram. */
  function sendAlbum(from: number, chatId: number, photos: readonly OutgoingFile[], options: FileOptions = {}): Message[] {
    if (photos.length < 2 || photos.length > 10) refuse('An album holds 2 to 10 photos.')
    const albumId = String(13_000_000_000_000_000 + world.serial())
    const { caption, ...rest } = options
    return photos.map((photo, index) =>
      sendFile(from, chatId, 'photo', photo, { ...rest, albumId, ...(index === 0 && caption !== undefined ? { caption } : {}) }),
    )
  }

  function toMedia(kind: MediaKind, file: OutgoingFile): Media {
    const size = file.size === undefined ? {} : { size: file.size }
    const stored = world.addFile({
      bytes: file.bytes,
      name: file.name ?? NAMES[kind],
      mime: file.mime ?? MIMES[kind],
      folder: FOLDERS[kind],
      ...size,
    })
    if (file.says !== undefined && file.says !== '') world.remember(file.bytes, file.says)
    const duration = file.duration === undefined ? {} : { duration: file.duration }
    return { kind, file: stored, ...duration, ...(kind === 'photo' ? (imageSize(file.bytes) ?? { width: 1080, height: 1080 }) : {}) }
  }

  function say(from: number, chatId: number, draft: NewMessage, options: SayOptions): Message {
    const person = member(from, chatId)
    if (options.replyTo !== undefined) mustMessage(chatId, options.replyTo)
    const chat = world.mustChat(chatId)
    if (chat.kind === 'private' && (!chat.started || chat.blocked)) unblock(chatId)
    const place = compactOptions(options)
    const hidden = options.anonymous === true ? { senderChat: chatId } : {}
    const message = world.addMessage(options.anonymous === true ? ANONYMOUS : person, chatId, { ...draft, ...place, ...hidden })
    if (botSees(message)) world.updates.push('message', world.messageJson(message))
    return message
  }

  /** Privacy mode: in a group a plain member hears commands, replies to itself and mentions of its name only. */
  function botSees(message: Message): boolean {
    const chat = world.mustChat(message.chatId)
    if (chat.kind === 'private') return true
    if (chat.bot === 'left') return false
    if (chat.bot === 'administrator' || world.bot.readsAllGroupMessages) return true
    const replied = message.replyTo === undefined ? undefined : world.message(chat.id, message.replyTo)
    if (replied?.from.id === world.bot.id) return true
    const name = `@${world.bot.username}`.toLowerCase()
    return message.entities.some((entity) => {
      const words = message.text.slice(entity.offset, entity.offset + entity.length).toLowerCase()
      return entity.type === 'mention' ? words === name : entity.type === 'bot_command' && (!words.includes('@') || words.endsWith(name))
    })
  }

  /** Rewrites one's own message. */
  function editText(from: number, message: Message, text: string): Message {
    const now = mustMessage(message.chatId, message.id)
    if (now.from.id !== from) refuse('Only your own messages can be edited.')
    const content = { text: text.trim(), entities: detectEntities(text.trim()), ...(now.media === undefined ? {} : { media: now.media }) }
    const next = world.editContent(now, content)
    if (botSees(next)) world.updates.push('edited_message', world.messageJson(next))
    return next
  }

  /** Sends a copy of a message, saying whose it was. */
  function forward(from: number, message: Message, chatId: number, options: SayOptions = {}): Message {
    const now = mustMessage(message.chatId, message.id)
    const origin = now.forwardedFrom ?? { user: now.from, date: now.date }
    const media = now.media === undefined ? {} : { media: now.media }
    return say(from, chatId, { text: now.text, entities: now.entities, ...media, forwardedFrom: origin }, options)
  }

  /** Takes a message away for both sides; the bot hears nothing of it. */
  function remove(from: number, message: Message): Message {
    member(from, message.chatId)
    return world.deleteMessage(mustMessage(message.chatId, message.id))
  }

  /** Shows one reaction (or several, or none: `[]`) on a message. In groups only an administrator bot hears of it. */
  function react(from: number, message: Message, emoji: string | readonly string[]): Message {
    const person = member(from, message.chatId)
    const now = mustMessage(message.chatId, message.id)
    const list = (typeof emoji === 'string' ? [emoji] : emoji).map(plainEmoji)
    for (const one of list) if (!REACTIONS.has(one)) refuse(`${one} is not a reaction Telegram allows.`)
    const before = now.reactions.find((reaction) => reaction.userId === from)?.emoji ?? []
    const next = world.setReaction(now, from, list)
    const chat = world.mustChat(message.chatId)
    if (chat.kind === 'private' || chat.bot === 'administrator') world.updates.push('message_reaction', reactionUpdate(next, person, before, list))
    return next
  }

  function reactionUpdate(message: Message, person: User, before: readonly string[], after: readonly string[]): JsonObject {
    return {
      chat: world.chatJson(world.mustChat(message.chatId)),
      message_id: message.id,
      user: userJson(person),
      date: world.seconds(),
      old_reaction: reactionJson(before),
      new_reaction: reactionJson(after),
    }
  }

  /** Presses a callback button, found by its label (whole, or a pattern) or its data. Answers the press, to be seen answered later. */
  function pressButton(from: number, message: Message, which: Which, options: PressOptions = {}): Query {
    const person = member(from, message.chatId)
    const shown = options.stale === true || options.forged === true ? message : mustMessage(message.chatId, message.id)
    const data = options.forged === true ? dataOf(which) : findData(shown, which)
    const id = String(4_400_000_000_000_000 + world.serial())
    const query: Query = { id, from: person, chatId: message.chatId, messageId: message.id, data, pressedAt: world.clock.now().getTime() }
    world.putQuery(query)
    world.emit({ kind: 'button.pressed', query })
    world.updates.push('callback_query', queryJson(world, query))
    return query
  }

  function mustMessage(chatId: number, messageId: number): Message {
    const message = world.message(chatId, messageId)
    if (message === undefined || message.deleted) return refuse(`Message ${messageId} is not in this chat.`)
    return message
  }

  /** The person, when they may write in the chat. */
  function member(userId: number, chatId: number): User {
    const person = world.mustPerson(userId)
    if (!world.mustChat(chatId).members.includes(userId)) refuse(`${person.firstName} is not in this chat.`)
    return person
  }

  /** Makes a group with the bot in it. */
  function createGroup(by: number, options: GroupOptions): number {
    const id = world.newGroupId()
    const kind = options.basic === true ? ('group' as const) : ('supergroup' as const)
    const bot = options.bot ?? 'member'
    const botTopics = options.botTopics ?? true
    const group = { title: options.title, members: [...new Set([by, ...options.members])], isForum: options.forum ?? false, bot, botTopics }
    world.putChat({ ...emptyChat(id, kind), ...group })
    tellMembership(by, id, 'left', bot)
    return id
  }

  /** Makes the bot an administrator or a plain member of a group, or throws it out. */
  function setBotRole(by: number, chatId: number, role: 'administrator' | 'member' | 'left', rights: { topics?: boolean } = {}): void {
    const chat = world.mustChat(chatId)
    world.putChat({ ...chat, bot: role, botTopics: rights.topics ?? true })
    tellMembership(by, chatId, chat.bot, role)
  }

  /** Opens a topic in a forum; answers its thread id. */
  function createTopic(by: number, chatId: number, name: string): number {
    const chat = world.mustChat(chatId)
    if (chat.kind === 'private' ? !world.bot.hasTopics : !chat.isForum) refuse('This chat has no topics.')
    const person = member(by, chatId)
    const threadId = world.nextMessageId(chatId)
    world.putChat({ ...chat, topics: [...chat.topics, { threadId, name, closed: false }] })
    const message = world.addMessage(person, chatId, { text: '', threadId, service: { kind: 'topic.created', name } })
    if (chat.bot !== 'left') world.updates.push('message', world.messageJson(message))
    return threadId
  }

  /** Takes a topic away with all that was said in it; the bot hears nothing of it. */
  function removeTopic(by: number, chatId: number, threadId: number): void {
    member(by, chatId)
    for (const message of world.messages(chatId)) if (message.threadId === threadId) world.deleteMessage(message)
    const chat = world.mustChat(chatId)
    world.putChat({ ...chat, topics: chat.topics.filter((topic) => topic.threadId !== threadId) })
  }

  /** Switches the topics of a supergroup on or off; the bot is not told. */
  function setForum(by: number, chatId: number, isForum: boolean): void {
    member(by, chatId)
    world.putChat({ ...world.mustChat(chatId), isForum })
  }

  /** A basic group becomes a supergroup with another number and an empty history; answers the number. */
  function upgradeGroup(by: number, chatId: number): number {
    const person = member(by, chatId)
    const old = world.mustChat(chatId)
    if (old.kind !== 'group') refuse('Only a basic group becomes a supergroup.')
    const id = world.newGroupId()
    world.putChat({ ...old, id, kind: 'supergroup', pinned: [], topics: [] })
    world.putChat({ ...old, migratedTo: id })
    for (const [chat, kind, other] of [
      [chatId, 'migrated.to', id],
      [id, 'migrated.from', chatId],
    ] as const)
      world.updates.push('message', world.messageJson(world.addMessage(person, chat, { text: '', service: { kind, chatId: other } })))
    return id
  }

  /** Lets somebody into a group. */
  function join(userId: number, chatId: number): void {
    const chat = world.mustChat(chatId)
    world.mustPerson(userId)
    world.putChat({ ...chat, members: [...new Set([...chat.members, userId])] })
  }

  /** Stops the bot from writing to this person. */
  function block(userId: number): void {
    world.putChat({ ...world.mustChat(userId), blocked: true })
    tellMembership(userId, userId, 'member', 'kicked')
  }

  /** Takes a block back, or opens the chat for the first time without a word. */
  function unblock(userId: number): void {
    const chat = world.mustChat(userId)
    world.putChat({ ...chat, blocked: false, started: true })
    if (chat.blocked) tellMembership(userId, userId, 'kicked', 'member')
  }

  function tellMembership(by: number, chatId: number, before: string, after: string): void {
    const { botTopics } = world.mustChat(chatId)
    const chatMember = (status: string): JsonObject => ({ user: userJson(world.bot), status, ...memberExtras(status, botTopics) })
    world.updates.push('my_chat_member', {
      chat: world.chatJson(world.mustChat(chatId)),
      from: userJson(world.mustPerson(by)),
      date: world.seconds(),
      old_chat_member: chatMember(before),
      new_chat_member: chatMember(after),
    })
  }

  return {
    sendText,
    sendFile,
    sendPhoto,
    sendDocument,
    sendVoice,
    sendAudio,
    sendAlbum,
    editText,
    forward,
    remove,
    react,
    pressButton,
    createGroup,
    setBotRole,
    createTopic,
    removeTopic,
    setForum,
    upgradeGroup,
    join,
    block,
    unblock,
  }
}

function compactOptions(options: SayOptions): SayOptions {
  return {
    ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
    ...(options.threadId === undefined ? {} : { threadId: options.threadId }),
  }
}

function memberExtras(status: string, topics: boolean): JsonObject {
  if (status === 'kicked') return { until_date: 0 }
  if (status !== 'administrator') return {}
  const rights = ['can_be_edited', 'is_anonymous', 'can_manage_chat', 'can_delete_messages', 'can_manage_video_chats', 'can_restrict_members']
  const more = [
    'can_promote_members',
    'can_send_welcome_messages',
    'can_change_info',
    'can_invite_users',
    'can_post_stories',
    'can_edit_stories',
    'can_delete_stories',
  ]
  const all = Object.fromEntries([...rights, ...more, 'can_pin_messages'].map((right) => [right, right !== 'is_anonymous']))
  return { ...all, can_manage_topics: topics }
}

function findData(message: Message, which: Which): string {
  const buttons = message.markup?.kind === 'inline' ? message.markup.rows.flat() : []
  const button = buttons.find(({ text, callback_data: data }) =>
    typeof which === 'string' ? text === which : which instanceof RegExp ? which.test(text) : data === which.data,
  )
  const labels = buttons.map(({ text }) => text).join(' | ')
  if (button?.callback_data === undefined) return refuse(`Message ${message.id} has no such button to press; it has: ${labels || 'none'}.`)
  return button.callback_data
}

function dataOf(which: Which): string {
  return typeof which === 'object' && 'data' in which ? which.data : refuse('Forged presses need their data.')
}

function refuse(why: string): never {
  throw new LughError('input.invalid', why)
}
