/**
 * A batch of updates becomes rows, in one transaction, before Telegram may forget it. Who is asked first: of somebody not listed nothing
 * is kept but the fact, nothing is downloaded, and one polite refusal leaves, ever, in a private chat only.
 */
import { createHash } from 'node:crypto'
import { LughError, TelegramChatId, TelegramUserId, errorText } from '#core'
import { appendEvent, buttonsDoing, enqueueText, insertUpdates, listedAmong, pairingOpen, refuseOnce, type NewUpdate, type Tx } from '#db'
import { parseUpdate, type Arrival, type Incoming } from './arrival.ts'
import type { BotContext } from './ports.ts'

/** The capability whose button overtakes the queue, as `/stop` does. */
export const STOP_CAPABILITY = 'stop_task'

/** Stores what is new of the batch; what was delivered before changes nothing. Wakes the handler at commit. */
export async function storeUpdates(context: BotContext, raw: readonly unknown[]): Promise<void> {
  const arrivals = raw.flatMap((one) => parseUpdate(one) ?? [])
  if (arrivals.length < raw.length) context.log.warn({ count: raw.length - arrivals.length }, 'bot.update-unreadable')
  if (arrivals.length > 0) await storeAll(context, arrivals)
}

/** One update that the store cannot take would otherwise be delivered, and fail, for ever, and everything behind it with it. */
async function storeAll(context: BotContext, arrivals: readonly Arrival[]): Promise<void> {
  try {
    await context.db.tx((tx) => store(tx, context, arrivals))
  } catch (error) {
    if (error instanceof LughError && error.retryable) throw error
    const [only, ...others] = arrivals
    if (others.length > 0) for (const arrival of arrivals) await storeAll(context, [arrival])
    else if (only !== undefined && only.body !== undefined) {
      context.log.error({ updateId: only.updateId, kind: only.kind, error: errorText(error) }, 'bot.update-unstorable')
      await storeAll(context, [{ updateId: only.updateId, kind: only.kind, faceless: true }])
    } else throw error
  }
}

async function store(tx: Tx, context: BotContext, arrivals: readonly Arrival[]): Promise<void> {
  const listed = await listedAmong(tx, [...new Set(arrivals.flatMap((arrival) => arrival.from?.id ?? []))])
  const pairing = arrivals.some((arrival) => offeredCode(arrival) !== undefined) && (await pairingOpen(tx, context.clock.now()))
  const stops = await buttonsDoing(tx, arrivals.flatMap(pressed), [STOP_CAPABILITY])
  const rows = arrivals.map((arrival) => toRow(arrival, { listed, pairing, stops }))
  const fresh = await insertUpdates(tx, context.botId, rows)
  for (const [index, arrival] of arrivals.entries())
    if (fresh.has(arrival.updateId) && rows[index]?.state === 'refused') await refuse(tx, context, arrival)
}

/** A press can carry any characters; only these can be an id of ours. */
const BUTTON_ID = /^[\w-]{1,64}$/

function pressed(arrival: Arrival): string[] {
  return arrival.body?.kind === 'tap' && BUTTON_ID.test(arrival.body.data) ? [arrival.body.data] : []
}

function toRow(arrival: Arrival, known: { listed: ReadonlySet<number>; pairing: boolean; stops: ReadonlySet<string> }): NewUpdate {
  const chatId = TelegramChatId.parse(arrival.chat?.id ?? arrival.from?.id ?? 0)
  const refused = { updateId: arrival.updateId, chatId, state: 'refused', body: {} } as const
  if (!inOwnPrivateChat(arrival)) return refused
  const body = known.listed.has(arrival.from?.id ?? 0) ? arrival.body : known.pairing ? offeredCode(arrival) : undefined
  if (body === undefined) return refused
  const urgent = body.urgent || (body.kind === 'tap' && known.stops.has(body.data))
  return { updateId: arrival.updateId, chatId, state: 'received', body: { ...body, urgent } }
}

/** Groups are not admitted yet, channels and anonymous admins never: a person speaks for themselves, in their own chat with the bot. */
function inOwnPrivateChat(arrival: Arrival): boolean {
  const { from, chat } = arrival
  return from !== undefined && chat !== undefined && !from.isBot && !arrival.faceless && chat.type === 'private' && chat.id === from.id
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

async function refuse(tx: Tx, context: BotContext, arrival: Arrival): Promise<void> {
  const userId = arrival.from?.id ?? 0
  await appendEvent(tx, {
    kind: 'stranger.refused',
    door: 'telegram',
    data: { telegramUserId: userId, chatId: arrival.chat?.id ?? userId, update: arrival.kind },
  })
  if (arrival.kind === 'message' && inOwnPrivateChat(arrival) && arrival.body?.kind === 'message' && !arrival.body.forwarded)
    await refuseInWords(tx, context, userId)
}

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
