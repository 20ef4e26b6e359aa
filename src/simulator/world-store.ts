/** What the simulated Telegram holds: people, chats, messages, files, presses; and who watches. Never talks to the network. */
import { createHash } from 'node:crypto'
import type { Clock } from '#core'
import { LughError, systemClock } from '#core'
import { chatJson, messageJson, type Lookup } from './telegram-json.ts'
import { UpdateQueue } from './update-queue.ts'
import type { BotUser, Chat, Content, JsonObject, Markup, Message, Query, StoredFile, User, Watcher, WorldEvent } from './world-types.ts'

export type NewMessage = Partial<Omit<Message, 'id' | 'chatId' | 'from' | 'version' | 'history'>> & Readonly<{ text: string }>
export type NewFile = Readonly<{ bytes: Uint8Array; name: string; mime: string; folder: string; size?: number }>

/** Groups of today's Telegram have ids of this form. */
const FIRST_GROUP_ID = -1_001_000_000_001

export class WorldStore implements Lookup {
  readonly bot: BotUser
  readonly clock: Clock
  readonly updates: UpdateQueue
  readonly #persons = new Map<number, User>()
  readonly #chats = new Map<number, Chat>()
  readonly #messages = new Map<number, Map<number, Message>>()
  readonly #said = new Map<string, string>()
  readonly #files = new Map<string, StoredFile>()
  readonly #queries = new Map<string, Query>()
  readonly #watchers = new Set<Watcher>()
  #serial: number
  readonly #after: number

  constructor(bot: BotUser, clock: Clock = systemClock, after = 0) {
    this.bot = bot
    this.clock = clock
    this.#after = after
    this.#serial = after
    this.updates = new UpdateQueue(after)
  }

  /** Unix seconds by the world's clock. */
  seconds(): number {
    return Math.floor(this.clock.now().getTime() / 1000)
  }

  /** Calls back after every change. Answers how to stop that. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Tells the watchers; for the world's own acts only. */
  emit(event: WorldEvent): void {
    for (const watcher of this.#watchers) watcher(event)
  }

  /** A number nobody else gets, for ids. */
  serial(): number {
    return (this.#serial += 1)
  }

  // People and chats

  /** Adds a person together with their private chat with the bot (not yet started). */
  addPerson(person: Omit<User, 'isBot'>): User {
    const user: User = { ...person, isBot: false }
    this.#persons.set(user.id, user)
    this.putChat({ ...emptyChat(user.id, 'private'), members: [user.id] })
    return user
  }

  person(userId: number): User | undefined {
    return userId === this.bot.id ? this.bot : this.#persons.get(userId)
  }

  persons(): User[] {
    return [...this.#persons.values()]
  }

  chat(chatId: number): Chat | undefined {
    return this.#chats.get(chatId)
  }

  chats(): Chat[] {
    return [...this.#chats.values()]
  }

  /** Stores a chat as it now is and says so. */
  putChat(chat: Chat): Chat {
    this.#chats.set(chat.id, chat)
    if (!this.#messages.has(chat.id)) this.#messages.set(chat.id, new Map())
    this.emit({ kind: 'chat.changed', chat })
    return chat
  }

  newGroupId(): number {
    return FIRST_GROUP_ID - this.chats().filter((chat) => chat.id < 0).length
  }

  /** The chat, for those who know that it exists. Throws `not-found`. */
  mustChat(chatId: number): Chat {
    return this.chat(chatId) ?? missing(`chat ${chatId}`)
  }

  /** The person, for those who know that they exist. Throws `not-found`. */
  mustPerson(userId: number): User {
    return this.person(userId) ?? missing(`person ${userId}`)
  }

  // Messages

  /** One message as it is now, deleted ones included. */
  message(chatId: number, messageId: number): Message | undefined {
    return this.#messages.get(chatId)?.get(messageId)
  }

  /** The messages of a chat in order; deleted ones only on request. */
  messages(chatId: number, options: { deleted?: boolean } = {}): Message[] {
    return [...(this.#messages.get(chatId)?.values() ?? [])].filter((message) => options.deleted === true || !message.deleted)
  }

  /** The id of the message that comes next in a chat; a topic is named after the message that opens it. */
  nextMessageId(chatId: number): number {
    return this.#after + (this.#messages.get(chatId)?.size ?? 0) + 1
  }

  /** Puts a message at the end of a chat and says so. */
  addMessage(from: User, chatId: number, draft: NewMessage): Message {
    const list = this.#messages.get(chatId) ?? missing(`chat ${chatId}`)
    const base = { entities: [], date: this.seconds(), silent: false, reactions: [], deleted: false }
    const message: Message = { ...base, ...draft, id: this.nextMessageId(chatId), chatId, from, history: [], version: 1 }
    list.set(message.id, message)
    this.emit({ kind: 'message.added', message })
    return message
  }

  /** Stores a changed message without a word; the caller emits what happened. Throws `not-found`. */
  replaceMessage(message: Message, change: Partial<Message>): Message {
    const next: Message = { ...message, ...change, version: message.version + 1 }
    const list = this.#messages.get(message.chatId) ?? missing(`chat ${message.chatId}`)
    list.set(message.id, next)
    return next
  }

  /** Changes what a message says, keeping what it said. */
  editContent(message: Message, content: Content, change: Partial<Message> = {}): Message {
    const { text, entities, media } = message
    const said: Content = media === undefined ? { text, entities } : { text, entities, media }
    const next = this.replaceMessage(message, { ...content, ...change, editDate: this.seconds(), history: [...message.history, said] })
    this.emit({ kind: 'message.edited', message: next, before: message })
    return next
  }

  /** Changes what stands under a message; `undefined` takes it away. */
  setMarkup(message: Message, markup: Markup | undefined): Message {
    const next = this.replaceMessage(message, { markup, editDate: this.seconds() })
    this.emit({ kind: 'keyboard.changed', message: next, before: message })
    return next
  }

  /** Takes a message away for everybody. */
  deleteMessage(message: Message): Message {
    const next = this.replaceMessage(message, { deleted: true })
    this.emit({ kind: 'message.deleted', message: next })
    return next
  }

  /** Sets all that one account shows on a message. */
  setReaction(message: Message, userId: number, emoji: readonly string[]): Message {
    const others = message.reactions.filter((reaction) => reaction.userId !== userId)
    const next = this.replaceMessage(message, { reactions: emoji.length === 0 ? others : [...others, { userId, emoji }] })
    this.emit({ kind: 'reaction.changed', message: next, userId, emoji })
    return next
  }

  messageJson(message: Message): JsonObject {
    return messageJson(this, message)
  }

  chatJson(chat: Chat): JsonObject {
    return chatJson(this, chat)
  }

  // Files

  /** Stores a file; the same bytes keep their unique id, as in Telegram. */
  /** What a recording says; for who cannot hear. */
  remember(bytes: Uint8Array, words: string): void {
    this.#said.set(createHash('sha256').update(bytes).digest('hex'), words)
  }

  /** The words that were given with a recording; undefined when none were. */
  saidIn(bytes: Uint8Array): string | undefined {
    return this.#said.get(createHash('sha256').update(bytes).digest('hex'))
  }

  addFile(file: NewFile): StoredFile {
    const uniqueId = createHash('sha256').update(file.bytes).digest('base64url').slice(0, 16)
    const extension = /\.\w+$/.exec(file.name)?.[0] ?? ''
    const serial = this.serial()
    const stored: StoredFile = {
      fileId: `SIM${serial}-${uniqueId}`,
      uniqueId,
      path: `${file.folder}/file_${serial}${extension}`,
      name: file.name,
      mime: file.mime,
      size: file.size ?? file.bytes.byteLength,
      bytes: file.bytes,
    }
    this.#files.set(stored.fileId, stored)
    return stored
  }

  file(fileId: string): StoredFile | undefined {
    return this.#files.get(fileId)
  }

  fileByPath(path: string): StoredFile | undefined {
    return [...this.#files.values()].find((file) => file.path === path)
  }

  // Presses

  query(queryId: string): Query | undefined {
    return this.#queries.get(queryId)
  }

  queries(): Query[] {
    return [...this.#queries.values()]
  }

  putQuery(query: Query): Query {
    this.#queries.set(query.id, query)
    return query
  }
}

/** A chat with nothing in it. */
export function emptyChat(id: number, kind: Chat['kind']): Chat {
  return { id, kind, members: [], isForum: false, topics: [], bot: 'member', botTopics: true, started: false, blocked: false, pinned: [] }
}

function missing(what: string): never {
  throw new LughError('not-found', `The simulator knows no ${what}.`)
}
