/** Whose phone the page is, and which chat and topic it shows; who else there is, and where they could be. One place for all windows of the page. */
import { LughError } from '#core'
import type { Chat, Message } from '../world-types.ts'
import type { World } from '../world.ts'
import { namedLabel } from './hidden.ts'
import type { Act, PlacesView } from './views.ts'

/** What the page looks at now. Changed only by `createPlaces`. */
export type Looking = { readonly world: World; personId: number; chatId: number; threadId?: number | undefined }
type Going = Extract<Act, { act: 'look' | 'meet' | 'group' | 'topic' }>

/** Numbers of people the page itself lets in begin here, so that nobody takes them for those of a test. */
const FIRST_NEWCOMER = 1101

export function createPlaces(looking: Looking) {
  const { world } = looking

  /** Whether a chat shows one topic at a time. */
  const hasTopics = (chat: Chat): boolean => (chat.kind === 'private' ? world.bot.hasTopics : chat.isForum)

  /** Whether the message is among those on the screen. */
  function sees(message: Message): boolean {
    if (message.chatId !== looking.chatId) return false
    return !hasTopics(world.mustChat(message.chatId)) || message.threadId === looking.threadId
  }

  /** The topic that what is sent goes to. */
  const thread = (): number | undefined => (hasTopics(world.mustChat(looking.chatId)) ? looking.threadId : undefined)

  function view(): PlacesView {
    const chats = world.chats().filter((chat) => chat.migratedTo === undefined && chat.members.includes(looking.personId))
    return {
      person: looking.personId,
      chat: looking.chatId,
      ...(looking.threadId === undefined ? {} : { thread: looking.threadId }),
      persons: world.persons().map(({ id, firstName }) => ({ id, name: namedLabel(firstName) })),
      chats: chats.map((chat) => ({
        id: chat.id,
        title: chat.kind === 'private' ? namedLabel(world.bot.firstName) : namedLabel(chat.title ?? 'Group'),
        forum: hasTopics(chat),
        topics: hasTopics(chat) ? chat.topics.map(({ threadId, name, closed }) => ({ id: threadId, name: namedLabel(name), closed })) : [],
      })),
    }
  }

  /** Goes there, or makes it first. Throws LughErrors that can be shown. */
  function go(act: Going): void {
    switch (act.act) {
      case 'look':
        return look(act.person ?? looking.personId, act.chat, act.thread)
      case 'meet': {
        const id = Math.max(FIRST_NEWCOMER - 1, ...world.persons().map((person) => person.id)) + 1
        return look(world.addPerson({ id, firstName: act.name, username: `person${id}` }).id, undefined, undefined)
      }
      case 'group': {
        const members = world.persons().map(({ id }) => id)
        const id = world.createGroup(looking.personId, {
          title: act.title,
          members,
          forum: act.forum,
          bot: act.administrator ? 'administrator' : 'member',
        })
        return look(looking.personId, id, undefined)
      }
      case 'topic':
        return look(looking.personId, looking.chatId, world.createTopic(looking.personId, looking.chatId, act.name))
      default:
        return act satisfies never
    }
  }

  function look(person: number, chat: number | undefined, thread: number | undefined): void {
    world.mustPerson(person)
    // Another person's private chat is theirs; a group stays on the screen when somebody else takes the phone.
    const kept = looking.chatId < 0 && person !== looking.personId ? looking.chatId : person
    const chatId = chat ?? kept
    const there = world.mustChat(chatId)
    if (!there.members.includes(person)) throw new LughError('not-found', 'That person is not in this chat.')
    if (thread !== undefined && !there.topics.some(({ threadId }) => threadId === thread)) throw new LughError('not-found', 'That topic is gone.')
    Object.assign(looking, {
      personId: person,
      chatId,
      threadId: thread ?? (chat === undefined && chatId === looking.chatId ? looking.threadId : undefined),
    })
  }

  return { sees, thread, view, go }
}
