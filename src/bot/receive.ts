/**
 * A batch of updates becomes rows, in one transaction, before Telegram may forget it. Who is asked first: of somebody not listed nothing
 * is kept but the fact, nothing is downloaded, and one polite refusal leaves, ever, in a private chat only. In a group that the owner admitted,
 * what is not meant for the bot leaves no trace.
 */
import { createHash } from 'node:crypto'
import { LughError, TelegramChatId, TelegramUserId, errorText } from '#core'
import {
  admittedAmong,
  appendEvent,
  boundThreads,
  buttonsDoing,
  enqueueCallback,
  enqueueText,
  insertUpdates,
  isOurMessage,
  listedAmong,
  noteForum,
  pairingOpen,
  refuseOnce,
  type NewUpdate,
  type Tx,
} from '#db'
import { isAimedAt, withoutName, type Me } from './aim.ts'
import { parseUpdate, type Arrival, type Incoming } from './arrival.ts'
import type { BotContext } from './ports.ts'

/** The capability whose button overtakes the queue, as `/stop` does. */
export const STOP_CAPABILITY = 'stop_task'

/** Stores what is new of the batch; what was delivered before changes nothing. Wakes the handler at commit. `username`: the bot's own, when known. */
export async function storeUpdates(context: BotContext, raw: readonly unknown[], username?: string): Promise<void> {
  const arrivals = raw.flatMap((one) => parseUpdate(one) ?? [])
  if (arrivals.length < raw.length) context.log.warn({ count: raw.length - arrivals.length }, 'bot.update-unreadable')
  const knows = (command: string): boolean => context.ports.resolveCommand(command, '') !== undefined
  if (arrivals.length > 0) await storeAll(context, arrivals, { id: context.botId, username, knows })
}

/** One update that the store cannot take would otherwise be delivered, and fail, for ever, and everything behind it with it. */
async function storeAll(context: BotContext, arrivals: readonly Arrival[], me: Me): Promise<void> {
  try {
    await context.db.tx((tx) => store(tx, context, arrivals, me))
  } catch (error) {
    if (error instanceof LughError && error.retryable) throw error
    const [only, ...others] = arrivals
    if (others.length > 0) for (const arrival of arrivals) await storeAll(context, [arrival], me)
    else if (only !== undefined && only.body !== undefined) {
      context.log.error({ updateId: only.updateId, kind: only.kind, error: errorText(error) }, 'bot.update-unstorable')
      await storeAll(context, [{ updateId: only.updateId, kind: only.kind, faceless: true }], me)
    } else throw error
  }
}

async function store(tx: Tx, context: BotContext, all: readonly Arrival[], me: Me): Promise<void> {
  const listed = await listedAmong(tx, [...new Set(all.flatMap((arrival) => arrival.from?.id ?? []))])
  const admitted = await admittedAmong(tx, context.botId, [...new Set(all.flatMap((arrival) => groupOf(arrival) ?? []))])
  const bound = await boundThreads(tx, context.botId, [...admitted])
  const arrivals: Arrival[] = []
  for (const arrival of all)
    if (!admitted.has(groupOf(arrival) ?? 0) || (await isForUs(tx, context, arrival, me, bound))) arrivals.push(inOwnWords(arrival, me))
  await noteTopics(tx, context, arrivals, admitted)
  const pairing = arrivals.some((arrival) => offeredCode(arrival) !== undefined) && (await pairingOpen(tx, context.clock.now()))
  const presses = arrivals.flatMap(pressed)
  const stops = await buttonsDoing(tx, presses, [STOP_CAPABILITY])
  const rows = arrivals.map((arrival) => toRow(arrival, { listed, pairing, stops, admitted }))
  const fresh = await insertUpdates(tx, context.botId, rows)
  for (const [index, arrival] of arrivals.entries())
    if (fresh.has(arrival.updateId) && rows[index]?.state === 'refused') await refuse(tx, context, arrival, admitted)
}

function groupOf({ chat }: Arrival): number | undefined {
  return chat !== undefined && (chat.type === 'group' || chat.type === 'supergroup') ? chat.id : undefined
}

/** In an admitted group: what is said to others, or put on what others said, leaves no row at all. */
async function isForUs(tx: Tx, { botId }: BotContext, { aim, chat, body }: Arrival, me: Me, bound: ReadonlySet<string>): Promise<boolean> {
  if (body?.kind === 'reaction') return isOurMessage(tx, botId, TelegramChatId.parse(chat?.id ?? 0), body.messageId)
  if (aim === undefined) return true
  return isAimedAt(aim, me, bound.has(`${chat?.id ?? 0}:${aim.threadId}`))
}

/** Each message of a forum says that it is one: topics that were switched off, or on, show in the next. */
async function noteTopics(tx: Tx, { botId }: BotContext, arrivals: readonly Arrival[], admitted: ReadonlySet<number>): Promise<void> {
  const seen = new Map<number, boolean>()
  for (const { aim, chat } of arrivals)
    if (aim !== undefined && chat !== undefined && admitted.has(chat.id)) seen.set(chat.id, chat.is_forum === true)
  for (const [id, forum] of seen) {
    const chatId = TelegramChatId.parse(id)
    if ((await noteForum(tx, botId, chatId, forum)) === 0 || forum) continue
    await enqueueText(tx, { botId, chatId, key: `flat:${chatId}:${arrivals[0]?.updateId ?? 0}`, text: TOPICS_OFF })
  }
}

const TOPICS_OFF = 'Topics are off in this group: everything comes here again. Reply to a card to speak to its agent.'

/** In a group the bot's name only says for whom the words are. */
function inOwnWords(arrival: Arrival, me: Me): Arrival {
  const { body } = arrival
  if (groupOf(arrival) === undefined || body === undefined) return arrival
  if ((body.kind !== 'message' && body.kind !== 'edit') || body.text === undefined) return arrival
  return { ...arrival, body: { ...body, text: withoutName(body.text, me.username) } }
}

/** A press can carry any characters; only these can be an id of ours. */
const BUTTON_ID = /^[\w-]{1,64}$/

function pressed(arrival: Arrival): string[] {
  return arrival.body?.kind === 'tap' && BUTTON_ID.test(arrival.body.data) ? [arrival.body.data] : []
}

type Known = {
  readonly listed: ReadonlySet<number>
  readonly pairing: boolean
  readonly stops: ReadonlySet<string>
  readonly admitted: ReadonlySet<number>
}

function toRow(arrival: Arrival, known: Known): NewUpdate {
  const chatId = TelegramChatId.parse(arrival.chat?.id ?? arrival.from?.id ?? 0)
  const refused = { updateId: arrival.updateId, chatId, state: 'refused', body: {} } as const
  const body = isAboutGroup(arrival) ? arrival.body : wordsOf(arrival, known)
  if (body === undefined) return refused
  const urgent = body.urgent || (body.kind === 'tap' && known.stops.has(body.data))
  return { updateId: arrival.updateId, chatId, state: 'received', body: { ...body, urgent } }
}

/** What Telegram itself says of a group: taken in whoever caused it, since it decides nothing. */
function isAboutGroup({ body }: Arrival): boolean {
  return body?.kind === 'membership' || body?.kind === 'moved'
}

function wordsOf(arrival: Arrival, known: Known): Incoming | undefined {
  const inGroup = known.admitted.has(groupOf(arrival) ?? 0) && bySomebody(arrival)
  if (!inGroup && !inOwnPrivateChat(arrival)) return undefined
  if (known.listed.has(arrival.from?.id ?? 0)) return arrival.body
  return known.pairing && !inGroup ? offeredCode(arrival) : undefined
}

/** A person, not a bot and not somebody behind a chat's name: anonymous admins and channels are nobody. */
function bySomebody({ from, faceless }: Arrival): boolean {
  return from !== undefined && !from.isBot && !faceless
}

function inOwnPrivateChat(arrival: Arrival): boolean {
  const { from, chat } = arrival
  return bySomebody(arrival) && chat !== undefined && chat.type === 'private' && chat.id === from?.id
}

const CODE = /^\/start(?:@\w+)? ([\w-]{16,64})$/

function offeredCode(arrival: Arrival): Incoming | undefined {
  const body = arrival.body
  if (body?.kind !== 'message' || body.forwarded || body.text === undefined) return undefined
  const code = CODE.exec(body.text)?.[1]
  if (code === undefined) return undefined
  return { kind: 'pairing', urgent: false, from: body.from, name: body.name, messageId: body.messageId, codeSha256: sha256(code) }
}

/** SHA-256, hex: all that is ever kept of a pairing code. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

async function refuse(tx: Tx, context: BotContext, arrival: Arrival, admitted: ReadonlySet<number>): Promise<void> {
  const userId = arrival.from?.id ?? 0
  await appendEvent(tx, {
    kind: 'stranger.refused',
    door: 'telegram',
    data: { telegramUserId: userId, chatId: arrival.chat?.id ?? userId, update: arrival.kind },
  })
  if (admitted.has(groupOf(arrival) ?? 0) && arrival.body?.kind === 'tap') await refusePress(tx, context, arrival, arrival.body.callbackId)
  if (arrival.kind === 'message' && inOwnPrivateChat(arrival) && arrival.body?.kind === 'message' && !arrival.body.forwarded)
    await refuseInWords(tx, context, userId)
}

/** Seen by nobody else. Outside of admitted groups a stranger's press gets no answer at all. */
async function refusePress(tx: Tx, context: BotContext, arrival: Arrival, callbackId: string): Promise<void> {
  await enqueueCallback(tx, {
    botId: context.botId,
    chatId: TelegramChatId.parse(arrival.chat?.id ?? 0),
    key: `tap:${arrival.updateId}`,
    callbackId,
    text: `${NOT_YOURS} You are not on this bot’s list; its owner can put you there: /role.`,
    alert: true,
  })
}

/** How every answer to somebody begins who presses what is not theirs. */
export const NOT_YOURS = 'Not your button.'

/** The one refusal a person ever gets. */
export async function refuseInWords(tx: Tx, context: BotContext, userId: number): Promise<void> {
  if (!(await refuseOnce(tx, context.botId, TelegramUserId.parse(userId)))) return
  await enqueueText(tx, {
    botId: context.botId,
    chatId: TelegramChatId.parse(userId),
    key: `stranger:${userId}`,
    text: `Sorry, this bot works only for the people its owner has listed. Your Telegram number is ${userId}, should they want to add you.`,
  })
}
