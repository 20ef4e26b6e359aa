/** A message of the world → what the page shows of it, as seen by one person. Pure: reads the world, never changes it. */
import { assertNever, cut } from '#core'
import type { Button, Chat, Markup, Media, Message, Service, User } from '../world-types.ts'
import type { World } from '../world.ts'
import { hiddenEntities, namedLabel } from './hidden.ts'
import type { ButtonView, ChatView, CommandView, FileView, MessageView } from './views.ts'

/** A quoted message is one line on the phone. */
const QUOTE_LENGTH = 120
/** As many name colours as Telegram has. */
const HUES = 7

export type Eye = Readonly<{ world: World; personId: number; chatId: number }>

/** What `eye` sees of a message. */
export function viewMessage(eye: Eye, message: Message): MessageView {
  return {
    id: message.id,
    version: message.version,
    out: message.from.id === eye.personId,
    from: nameOf(message.from),
    hue: message.from.id % HUES,
    date: message.date,
    ...(message.editDate === undefined ? {} : { edited: true }),
    ...(message.silent ? { silent: true } : {}),
    text: message.text,
    entities: [
      ...message.entities.map(({ type, offset, length, url, language }) => defined({ type, offset, length, url, language })),
      ...hiddenEntities(message.text),
    ],
    ...viewReply(eye, message),
    ...(message.forwardedFrom === undefined ? {} : { forwarded: nameOf(message.forwardedFrom.user) }),
    ...(message.albumId === undefined ? {} : { album: message.albumId }),
    ...(message.media === undefined ? {} : { file: viewFile(message.media) }),
    ...(message.service === undefined ? {} : { notice: viewNotice(eye, message, message.service) }),
    ...viewMarkup(message.markup),
    reactions: viewReactions(eye, message),
  }
}

/** What `eye` sees of the chat around the messages. */
export function viewChat(eye: Eye, chat: Chat, commands: readonly CommandView[], about: string | undefined): Omit<ChatView, 'places'> {
  const { bot } = eye.world
  const pinnedId = chat.pinned.at(-1)
  const pinned = pinnedId === undefined ? undefined : eye.world.message(chat.id, pinnedId)
  return {
    title: chat.kind === 'private' ? nameOf(bot) : namedLabel(chat.title ?? 'Group'),
    bot: { name: nameOf(bot), username: bot.username, ...(about === undefined ? {} : { about: namedLabel(about) }) },
    isPrivate: chat.kind === 'private',
    commands: commands.map(({ command, description }) => ({ command, description: namedLabel(description) })),
    reactions: ['👍', '👎', '👀', '🤔', '✍', '❤', '🔥', '🎉'],
    ...(pinned === undefined || pinned.deleted ? {} : { pinned: { id: pinned.id, text: summary(pinned) } }),
  }
}

/** The file's path on this page's server, and what a bubble says of it. */
function viewFile({ kind, file, width, height, duration }: Media): FileView {
  const size = defined({ width, height, seconds: duration })
  return { kind, href: `/page/file/${encodeURIComponent(file.fileId)}`, name: namedLabel(file.name), mime: file.mime, size: file.size, ...size }
}

function viewReply(eye: Eye, message: Message): Pick<MessageView, 'reply'> {
  const replied = message.replyTo === undefined ? undefined : eye.world.message(message.chatId, message.replyTo)
  if (replied === undefined) return {}
  return { reply: { id: replied.id, from: nameOf(replied.from), text: replied.deleted ? 'Deleted message' : summary(replied) } }
}

/** A message in one line. */
function summary(message: Message): string {
  const words = namedLabel(message.text.replace(/\s+/gu, ' ').trim())
  if (words !== '') return cut(words, QUOTE_LENGTH)
  if (message.media === undefined) return 'Message'
  return message.media.kind === 'photo' ? '🖼 Photo' : `📎 ${namedLabel(message.media.file.name)}`
}

function viewNotice(eye: Eye, message: Message, service: Service): string {
  switch (service.kind) {
    case 'pinned': {
      const pinned = eye.world.message(message.chatId, service.messageId)
      return `${nameOf(message.from)} pinned ${pinned === undefined ? 'a message' : `“${cut(summary(pinned), 40)}”`}`
    }
    case 'topic.created':
      return `Topic “${namedLabel(service.name)}” created`
    case 'topic.edited':
      return `Topic renamed “${namedLabel(service.name)}”`
    case 'topic.closed':
      return 'Topic closed'
    case 'topic.reopened':
      return 'Topic reopened'
    case 'migrated.to':
    case 'migrated.from':
      return 'The group became a supergroup'
    default:
      return assertNever(service)
  }
}

function viewMarkup(markup: Markup | undefined): Pick<MessageView, 'keyboard' | 'ask'> {
  if (markup?.kind === 'inline') return markup.rows.length === 0 ? {} : { keyboard: markup.rows.map((row) => row.map(viewButton)) }
  if (markup?.kind !== 'force-reply') return {}
  return { ask: markup.placeholder === undefined ? {} : { placeholder: namedLabel(markup.placeholder) } }
}

function viewButton(button: Button): ButtonView {
  return {
    text: namedLabel(button.text),
    ...(button.style === undefined ? {} : { style: button.style }),
    ...(button.disabled === undefined ? {} : { off: true }),
    ...defined({ data: button.callback_data, url: button.url ?? button.web_app?.url, copy: button.copy_text?.text }),
  }
}

function viewReactions(eye: Eye, message: Message): MessageView['reactions'] {
  const all = new Map<string, { count: number; mine: boolean }>()
  for (const { userId, emoji } of message.reactions)
    for (const one of emoji) {
      const before = all.get(one) ?? { count: 0, mine: false }
      all.set(one, { count: before.count + 1, mine: before.mine || userId === eye.personId })
    }
  return [...all].map(([emoji, rest]) => ({ emoji, ...rest }))
}

function nameOf(user: User): string {
  return namedLabel(user.lastName === undefined ? user.firstName : `${user.firstName} ${user.lastName}`)
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
}

/** The object without its undefined members. */
function defined<T extends Record<string, unknown>>(object: T): Defined<T>
function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}
