/**
 * One update, handled exactly once: what the capability does, what is said about it and the end of the inbox row are one transaction.
 * A refusal worded for the person ends it with that sentence; what nobody expected is tried again, and then admitted.
 */
import { LughError, crashPoint, errorText, oneLine, sayError, TelegramChatId, TelegramUserId } from '#core'
import {
  cardByMessage,
  claimThisUpdate,
  conversationAt,
  countAttempt,
  endUpdate,
  namePerson,
  personByTelegramId,
  setUsername,
  taskOfTopic,
  threadHere,
  type InboxRow,
  type Person,
  type Tx,
} from '#db'
import type { Handling } from './act.ts'
import { Incoming } from './arrival.ts'
import { runCommand } from './command.ts'
import { handleReaction } from './handle-answer.ts'
import { handleMembership, handleMove } from './handle-group.ts'
import { closeTrail, handleEdit, handleMessage, type Trail } from './handle-message.ts'
import { answer, say } from './say.ts'
import { answerTap, handleTap } from './handle-tap.ts'
import type { Turn } from './lanes.ts'
import { tryPairing } from './pairing.ts'
import type { BotContext } from './ports.ts'
import { NOT_YOURS, refuseInWords } from './receive.ts'

/** The first try and three more. */
const TRIES = 4
/** Before the second try; it grows fourfold. A lost race is over in milliseconds, a sick disk in seconds. */
const FIRST_RETRY_MS = 250
/** A full disk is nothing an update can help: it waits for space, as long as that takes. */
const FULL_RETRY_MS = 1000
const NAME_MAX = 64
const FAILURE_MAX = 500

export type Claim = (tx: Tx) => Promise<InboxRow | undefined>

/** Handles the update that `claim` takes, if any. `username`: the bot's own, when known. */
export async function handleNext(context: BotContext, claim: Claim, username: () => string | undefined): Promise<Turn> {
  let row: InboxRow | undefined
  let trail: Trail = {}
  try {
    await context.db.tx(async (tx) => {
      trail = {}
      row = await claim(tx)
      if (row !== undefined) await handle(tx, context, row, username(), trail)
      if (row !== undefined) crashPoint('inbox.before-outcome')
    })
    if (row !== undefined) crashPoint('inbox.after-outcome')
    return row === undefined ? 'idle' : 'again'
  } catch (error) {
    if (row === undefined) throw error
    return afterError(context, row, trail, error)
  }
}

async function handle(tx: Tx, context: BotContext, row: InboxRow, username: string | undefined, trail: Trail): Promise<void> {
  const body = Incoming.parse(row.body)
  if (body.kind === 'pairing') await pair(tx, context, row, body)
  else if (body.kind === 'membership') await handleMembership(tx, context, row, body)
  else if (body.kind === 'moved') await handleMove(tx, context, row.chatId, TelegramChatId.parse(body.to))
  else {
    const handling = await begin(tx, context, row, body)
    if (handling === undefined) {
      await endUpdate(tx, context.botId, row.updateId, 'refused', 'not listed any more')
      return
    }
    await handleBody(handling, body, username, trail)
  }
  await endUpdate(tx, context.botId, row.updateId, 'handled')
}

async function handleBody(
  handling: Handling,
  body: Exclude<Incoming, { kind: 'pairing' | 'membership' | 'moved' }>,
  username: string | undefined,
  trail: Trail,
): Promise<void> {
  if (body.kind === 'message') await handleMessage(handling, body, username, trail)
  else if (body.kind === 'tap') await handleTap(handling, body)
  else if (body.kind === 'reaction') await handleReaction({ ...handling, way: 'reaction' }, body)
  else if (body.kind === 'edit') await handleEdit(handling, body)
}

/** Who and where, read now: somebody taken off the list since the update was stored is a stranger. */
async function begin(tx: Tx, context: BotContext, row: InboxRow, body: Incoming): Promise<Handling | undefined> {
  const person = await personByTelegramId(tx, TelegramUserId.parse(body.from))
  if (person === undefined) return undefined
  return handlingFor(tx, context, row, body, person)
}

async function handlingFor(tx: Tx, context: BotContext, row: InboxRow, body: Incoming, person: Person): Promise<Handling | undefined> {
  const at = { botId: context.botId, chatId: row.chatId }
  const named = 'name' in body ? await calledByName(tx, person, body.name) : person
  if (body.kind === 'message') await setUsername(tx, person, body.username ?? null)
  const threadId =
    'threadId' in body
      ? await threadHere(tx, { ...at, threadId: body.threadId })
      : body.kind === 'reaction'
        ? await threadOf(tx, context, row.chatId, body.messageId)
        : 0
  const conversation = await conversationAt(tx, { id: context.ids.uuid(), botId: context.botId, chatId: row.chatId, threadId })
  const messageId = 'messageId' in body ? body.messageId : 0
  const topicTask = threadId === 0 ? undefined : await taskOfTopic(tx, { ...at, threadId })
  if (conversation === undefined) return undefined
  const meant = body.kind === 'message' && body.meant !== undefined ? { meant: body.meant } : {}
  const topic = topicTask === undefined ? {} : { topicTask }
  return { tx, context, updateId: row.updateId, person: named, conversation, messageId, ...meant, ...topic }
}

/** A reaction says no thread: it is where its message is. */
async function threadOf(tx: Tx, context: BotContext, chatId: InboxRow['chatId'], messageId: number): Promise<number> {
  return (await cardByMessage(tx, context.botId, chatId, messageId))?.threadId ?? 0
}

/** Somebody listed by number alone is called by their first name once they speak. */
async function calledByName(tx: Tx, person: Person, first: string): Promise<Person> {
  const name = oneLine(first, NAME_MAX)
  if (name === '' || person.name !== String(person.telegramUserId)) return person
  await namePerson(tx, person.id, name)
  return { ...person, name }
}

/** The right code: its bearer owns the bot and is welcomed as by `/start`. The wrong one: a stranger like any other. */
async function pair(tx: Tx, context: BotContext, row: InboxRow, offer: Extract<Incoming, { kind: 'pairing' }>): Promise<void> {
  const owner = await tryPairing(tx, context, offer)
  if (owner === undefined) return refuseInWords(tx, context, offer.from)
  const handling = await handlingFor(tx, context, row, offer, owner)
  if (handling !== undefined && context.ports.resolveCommand('start', '') !== undefined)
    await answer(handling, await runCommand(handling, { name: 'start', words: '' }))
  else if (handling !== undefined) await say(handling, 'This bot is yours now.')
}

/** Worded for a person and not to be tried again; everything else is ours to retry. */
function isRefusal(error: unknown): error is LughError {
  return error instanceof LughError && !error.retryable && error.code !== 'internal' && !error.code.startsWith('db.')
}

async function afterError(context: BotContext, row: InboxRow, trail: Trail, error: unknown): Promise<Turn> {
  if (isRefusal(error)) {
    await end(context, row, trail, { state: 'handled', failure: error.code, words: error.say })
    return 'again'
  }
  context.log.error({ updateId: row.updateId, error: errorText(error) }, 'bot.update-failed')
  if (error instanceof LughError && error.code === 'disk.full') {
    await sayWhyItWaits(context, row, error)
    return { waitMs: FULL_RETRY_MS }
  }
  const attempts = await countAttempt(context.db, context.botId, row.updateId, errorText(error, FAILURE_MAX))
  if (attempts < TRIES) return { waitMs: FIRST_RETRY_MS * 4 ** (attempts - 1) }
  await end(context, row, trail, { state: 'failed', failure: errorText(error, FAILURE_MAX), words: sayError(error) })
  return 'again'
}

/** Once for each update, where there is room for that much; where there is none the log has said it. */
async function sayWhyItWaits(context: BotContext, row: InboxRow, full: LughError): Promise<void> {
  try {
    await context.db.tx(async (tx) => {
      const body = Incoming.safeParse(row.body)
      const handling = body.success ? await begin(tx, context, row, body.data) : undefined
      if (handling !== undefined) await say(handling, full.say, 'wait')
    })
  } catch (error) {
    if (!(error instanceof LughError) || !error.retryable) throw error
  }
}

type End = { state: 'handled' | 'failed'; failure: string; words: string }

/** The handling was rolled back; this says so, once, and ends the update. */
async function end(context: BotContext, row: InboxRow, trail: Trail, ending: End): Promise<void> {
  await context.db.tx(async (tx) => {
    if ((await claimThisUpdate(tx, context.botId, row.updateId)) === undefined) return
    const body = Incoming.safeParse(row.body)
    const handling = body.success ? await begin(tx, context, row, body.data) : undefined
    if (body.success && handling !== undefined) await tell(handling, body.data, trail, ending)
    await endUpdate(tx, context.botId, row.updateId, ending.state, ending.failure)
  })
}

async function tell(handling: Handling, body: Incoming, trail: Trail, { words, failure }: End): Promise<void> {
  if (body.kind === 'tap') return answerTap(handling, body, failure === 'not-allowed' ? `${NOT_YOURS} ${words}` : words, true)
  await closeTrail(handling, trail)
  await say(handling, words)
}
