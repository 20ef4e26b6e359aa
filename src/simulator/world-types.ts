/** The data of the simulated Telegram: people, chats, messages and what happens to them. Values only, never changed in place. */

/** An account: a person or the bot. Ids are Telegram's numbers. */
export type User = Readonly<{ id: number; isBot: boolean; firstName: string; lastName?: string; username?: string; languageCode?: string }>

export type BotUser = User &
  Readonly<{
    isBot: true
    username: string
    /** BotFather's privacy mode switched off: the bot sees every message of a group. */
    readsAllGroupMessages: boolean
    /** BotFather's threaded mode: private chats have topics. */
    hasTopics: boolean
  }>

export type Topic = Readonly<{ threadId: number; name: string; closed: boolean }>

/** A chat with the bot in it. The id of a private chat is the person's id; groups have negative ids. */
export type Chat = Readonly<{
  id: number
  kind: 'private' | 'group' | 'supergroup'
  title?: string
  members: readonly number[]
  isForum: boolean
  topics: readonly Topic[]
  /** Groups: whether the bot is a member, and an administrator (only then does it hear of reactions). */
  bot: 'administrator' | 'member' | 'left'
  /** Groups: an administrator bot may open, name and close topics. */
  botTopics: boolean
  /** Basic groups: the supergroup it became. */
  migratedTo?: number
  /** Private chats: the person has written first; until then the bot may not. */
  started: boolean
  /** Private chats: the person has blocked the bot. */
  blocked: boolean
  /** Ids of pinned messages, the newest last. */
  pinned: readonly number[]
}>

/** Telegram's own MessageEntity: offsets and lengths in UTF-16 units. */
export type Entity = Readonly<{ type: string; offset: number; length: number; url?: string; language?: string; custom_emoji_id?: string }>

export const MEDIA_KINDS = ['photo', 'document', 'voice', 'audio', 'video'] as const
export type MediaKind = (typeof MEDIA_KINDS)[number]

/** A file in the cloud. `bytes` may be shorter than `size` when a test pretends a large one. */
export type StoredFile = Readonly<{ fileId: string; uniqueId: string; path: string; name: string; mime: string; size: number; bytes: Uint8Array }>

export type Media = Readonly<{ kind: MediaKind; file: StoredFile; width?: number; height?: number; duration?: number }>

/** What a message says; beside a medium `text` is its caption. */
export type Content = Readonly<{ text: string; entities: readonly Entity[]; media?: Media | undefined }>

/** Telegram's own InlineKeyboardButton, the members that can be played. */
export type Button = Readonly<{
  text: string
  callback_data?: string
  url?: string
  copy_text?: Readonly<{ text: string }>
  web_app?: Readonly<{ url: string }>
  style?: 'danger' | 'success' | 'primary'
  disabled?: Readonly<Record<string, never>>
}>

/** What stands under a message, or replaces the phone's keyboard. */
export type Markup =
  | Readonly<{ kind: 'inline'; rows: readonly (readonly Button[])[] }>
  | Readonly<{ kind: 'force-reply'; placeholder?: string }>
  | Readonly<{ kind: 'reply'; rows: readonly (readonly string[])[]; placeholder?: string }>
  | Readonly<{ kind: 'remove' }>

export type Service =
  | Readonly<{ kind: 'pinned'; messageId: number }>
  | Readonly<{ kind: 'topic.created'; name: string }>
  | Readonly<{ kind: 'topic.edited'; name: string }>
  | Readonly<{ kind: 'topic.closed' }>
  | Readonly<{ kind: 'topic.reopened' }>
  | Readonly<{ kind: 'migrated.to' | 'migrated.from'; chatId: number }>

export type Reaction = Readonly<{ userId: number; emoji: readonly string[] }>

/** One message as it stands at one moment. Every change makes a new value with a higher `version`. */
export type Message = Content &
  Readonly<{
    /** Counted per chat from 1. */
    id: number
    chatId: number
    from: User
    /** Unix seconds. */
    date: number
    editDate?: number
    threadId?: number
    /** Written in the name of this chat: by an administrator who hides. */
    senderChat?: number
    replyTo?: number
    albumId?: string
    forwardedFrom?: Readonly<{ user: User; date: number }>
    service?: Service
    markup?: Markup | undefined
    silent: boolean
    reactions: readonly Reaction[]
    /** What it said before each edit, the oldest first. */
    history: readonly Content[]
    deleted: boolean
    version: number
  }>

/** A press of a callback button, and what the bot answered. */
export type Query = Readonly<{
  id: string
  from: User
  chatId: number
  messageId: number
  data: string
  /** Milliseconds since 1970. */
  pressedAt: number
  answer?: Readonly<{ text: string; alert: boolean; url?: string }>
}>

/** What a watcher is told, after the world has changed. */
export type WorldEvent =
  | Readonly<{ kind: 'message.added'; message: Message }>
  /** The text, caption, entities or medium changed (the keyboard may have changed with it). */
  | Readonly<{ kind: 'message.edited'; message: Message; before: Message }>
  /** Only what stands under the message changed. */
  | Readonly<{ kind: 'keyboard.changed'; message: Message; before: Message }>
  | Readonly<{ kind: 'message.deleted'; message: Message }>
  /** `emoji` is all that this user now shows on the message; empty when taken away. */
  | Readonly<{ kind: 'reaction.changed'; message: Message; userId: number; emoji: readonly string[] }>
  | Readonly<{ kind: 'message.pinned' | 'message.unpinned'; message: Message }>
  /** The bot is typing, uploading, …: shown for 5 seconds or until its next message. */
  | Readonly<{ kind: 'chat.action'; chatId: number; action: string; threadId?: number }>
  /** Words that are not a message yet: shown for half a minute or until the bot's next message. */
  | Readonly<{ kind: 'draft.shown'; chatId: number; draftId: number; text: string; threadId?: number }>
  | Readonly<{ kind: 'button.pressed'; query: Query }>
  /** The toast (or alert) the person sees. */
  | Readonly<{ kind: 'callback.answered'; query: Query }>
  /** A chat is new, or its title, members, topics, pins or permissions changed. */
  | Readonly<{ kind: 'chat.changed'; chat: Chat }>

export type Watcher = (event: WorldEvent) => void

export type JsonObject = { [key: string]: unknown }
