/** What Telegram says of groups: the owner is asked in private about each one Lugh is added to. In the group itself nothing is said before. */
import { TelegramChatId, TelegramUserId, nameHidden, oneLine } from '#core'
import {
  appendEvent,
  countAsking,
  enqueueText,
  groupOf,
  groupSubject,
  groupsAskedByStrangers,
  joinGroup,
  listPeople,
  lockPersons,
  moveChat,
  moveGroup,
  personByTelegramId,
  postCard,
  touchCards,
  type Group,
  type InboxRow,
  type Tx,
} from '#db'
import type { Incoming } from './arrival.ts'
import type { BotContext } from './ports.ts'

const TITLE_MAX = 64
/** Anybody may add a bot to any group: a stranger can make the owner look at so many cards and no more. */
const STRANGERS_GROUPS_MAX = 3

type Membership = Extract<Incoming, { kind: 'membership' }>

/** Lugh was added, given other rights, or taken out. */
export async function handleMembership(tx: Tx, context: BotContext, row: InboxRow, body: Membership): Promise<void> {
  const { botId } = context
  const before = await groupOf(tx, botId, row.chatId)
  if (!body.present) return leftBehind(tx, context, before)
  const { forum, administrator, managesTopics, from: addedBy } = body
  const title = nameHidden(oneLine(body.title, TITLE_MAX)) || String(row.chatId)
  const now = await joinGroup(tx, { botId, chatId: row.chatId, title, forum, administrator, managesTopics, addedBy })
  if (now === undefined) return
  const isNew = now.state === 'asked' && (before === undefined || before.state !== 'asked')
  if (isNew) await ask(tx, context, now)
  else await touchCards(tx, { kind: 'group', subjectId: groupSubject(now) })
}

/** The group has another number. What waits about it for the owner is asked about anew. */
export async function handleMove(tx: Tx, context: BotContext, from: TelegramChatId, to: TelegramChatId): Promise<void> {
  const before = await groupOf(tx, context.botId, from)
  if (before === undefined || (before.state !== 'asked' && before.state !== 'admitted')) return
  await moveChat(tx, context.botId, from, to)
  await appendEvent(tx, { door: 'telegram', kind: 'group.moved', data: { chatId: from, to } })
  await touchCards(tx, { kind: 'group', subjectId: groupSubject(before) })
  const now = await groupOf(tx, context.botId, to)
  if (now?.state === 'asked') await ask(tx, context, now)
}

async function ask(tx: Tx, context: BotContext, group: Group): Promise<void> {
  const known = group.addedBy === null ? undefined : await personByTelegramId(tx, TelegramUserId.parse(group.addedBy))
  // Two groups at once are handled side by side: each must count the other.
  if (known === undefined) await lockPersons(tx)
  if (known === undefined && (await groupsAskedByStrangers(tx)) >= STRANGERS_GROUPS_MAX) {
    context.log.warn({ chatId: group.chatId }, 'bot.group-not-asked')
    return
  }
  const { botId, chatId } = group
  const asked = await countAsking(tx, botId, chatId)
  await appendEvent(tx, { door: 'telegram', kind: 'group.asked', data: { chatId } })
  for (const owner of await ownersChats(tx))
    await postCard(tx, {
      id: context.ids.uuid(),
      botId,
      chatId: owner,
      kind: 'group',
      subjectId: groupSubject({ botId, chatId, asked }),
      loud: true,
      class: 'decision',
    })
}

async function leftBehind(tx: Tx, { botId }: BotContext, group: Group | undefined): Promise<void> {
  if (group === undefined || (await moveGroup(tx, group, ['asked', 'admitted'], 'gone')) === 0) return
  await appendEvent(tx, { door: 'telegram', kind: 'group.gone', data: { chatId: group.chatId } })
  await touchCards(tx, { kind: 'group', subjectId: groupSubject(group) })
  if (group.state !== 'admitted') return
  for (const chatId of await ownersChats(tx))
    await enqueueText(tx, {
      botId,
      chatId,
      key: `group-gone:${chatId}:${group.chatId}:${group.asked}`,
      text: `👥 Lugh was taken out of the group “${group.title}”. What was asked for there goes on: /inbox shows what waits.`,
    })
}

/** A person's private chat has their number. */
async function ownersChats(tx: Tx): Promise<TelegramChatId[]> {
  return (await listPeople(tx)).filter(({ role }) => role === 'owner').map(({ telegramUserId }) => TelegramChatId.parse(telegramUserId))
}
