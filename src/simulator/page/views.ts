/** What the phone page is told and may ask for: its whole protocol as types and schemas. Values only; nothing here reads the world. */
import { z } from 'zod'

/** Telegram's entities and one of the page's own: `hidden`, characters that would not be seen. Offsets in UTF-16 units of the text as sent. */
export type EntityView = {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
}

export type ButtonView = {
  readonly text: string
  readonly style?: 'danger' | 'success' | 'primary'
  /** Callback data: sent back when pressed. */
  readonly data?: string
  readonly url?: string
  readonly copy?: string
  /** Shown, but cannot be pressed. */
  readonly off?: true
}

export type FileView = {
  readonly kind: 'photo' | 'document' | 'voice' | 'audio' | 'video'
  /** A path of this page's own server. */
  readonly href: string
  readonly name: string
  readonly mime: string
  readonly size: number
  readonly width?: number
  readonly height?: number
  readonly seconds?: number
}

export type MessageView = {
  readonly id: number
  /** Grows with every change; a lower one is never shown over a higher. */
  readonly version: number
  /** Sent by the person who holds the phone. */
  readonly out: boolean
  readonly from: string
  /** Which of the name colours the sender has. */
  readonly hue: number
  /** Unix seconds. */
  readonly date: number
  readonly edited?: true
  readonly silent?: true
  readonly text: string
  readonly entities: readonly EntityView[]
  readonly reply?: { readonly id: number; readonly from: string; readonly text: string }
  readonly forwarded?: string
  readonly album?: string
  readonly file?: FileView
  /** A line of the chat itself ("pinned a message"), not a bubble. */
  readonly notice?: string
  readonly keyboard?: readonly (readonly ButtonView[])[]
  /** The composer opens as a reply to this message. */
  readonly ask?: { readonly placeholder?: string }
  readonly reactions: readonly { readonly emoji: string; readonly count: number; readonly mine: boolean }[]
}

export type CommandView = { readonly command: string; readonly description: string }

/** Who there is and where they could be; what the page shows now. */
export type PlacesView = {
  readonly person: number
  readonly chat: number
  readonly thread?: number
  readonly persons: readonly { readonly id: number; readonly name: string }[]
  readonly chats: readonly {
    readonly id: number
    readonly title: string
    readonly forum: boolean
    readonly topics: readonly { readonly id: number; readonly name: string; readonly closed: boolean }[]
  }[]
}

export type ChatView = {
  readonly title: string
  readonly bot: { readonly name: string; readonly username: string; readonly about?: string }
  readonly isPrivate: boolean
  readonly commands: readonly CommandView[]
  readonly reactions: readonly string[]
  readonly pinned?: { readonly id: number; readonly text: string }
  readonly places: PlacesView
}

/** One line of the event stream. `state` replaces all that the page knew. */
export type PageEvent =
  | { readonly event: 'state'; readonly data: { readonly chat: ChatView; readonly messages: readonly MessageView[]; readonly more: boolean } }
  | { readonly event: 'chat'; readonly data: ChatView }
  | { readonly event: 'message'; readonly data: MessageView }
  | { readonly event: 'gone'; readonly data: { readonly id: number } }
  | { readonly event: 'typing'; readonly data: { readonly action: string } }
  | { readonly event: 'draft'; readonly data: { readonly text: string } }
  | { readonly event: 'answer'; readonly data: { readonly query: string; readonly text: string; readonly alert: boolean; readonly url?: string } }

const messageId = z.number().int().positive()

/** What Telegram's own app takes as one album. */
const ALBUM_MAX = 10

/** What the page may do, as posted to `/page/act`. */
export const Act = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('send'), text: z.string().min(1).max(16_384), replyTo: messageId.optional() }),
  /** Files that were put to `/page/upload` before, sent as photos (several: an album) or as they are. */
  z.strictObject({
    act: z.literal('files'),
    files: z.array(z.string().min(1).max(64)).min(1).max(ALBUM_MAX),
    as: z.enum(['photo', 'document']),
    caption: z.string().max(4096),
    replyTo: messageId.optional(),
  }),
  /** Another person's phone, another chat, another topic. */
  z.strictObject({ act: z.literal('look'), person: z.number().int().optional(), chat: z.number().int().optional(), thread: messageId.optional() }),
  z.strictObject({ act: z.literal('meet'), name: z.string().trim().min(1).max(64) }),
  z.strictObject({ act: z.literal('group'), title: z.string().trim().min(1).max(64), forum: z.boolean(), administrator: z.boolean() }),
  z.strictObject({ act: z.literal('topic'), name: z.string().trim().min(1).max(128) }),
  z.strictObject({ act: z.literal('press'), messageId, data: z.string().min(1).max(64) }),
  z.strictObject({ act: z.literal('edit'), messageId, text: z.string().min(1).max(16_384) }),
  z.strictObject({ act: z.literal('react'), messageId, emoji: z.array(z.string().min(1).max(16)).max(3) }),
])
export type Act = z.infer<typeof Act>

/** What stands in the address of a recording that the page posts. `says`: what it says, for a stand-in that cannot hear. */
export const Recording = z.object({
  kind: z.enum(['voice', 'audio']),
  says: z.string().max(4096),
  seconds: z.coerce.number().min(0).max(86_400),
  name: z.string().max(200).optional(),
  replyTo: z.coerce.number().int().positive().optional(),
})
