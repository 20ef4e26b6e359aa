/** A press of a button. Only the button's row says what it does, and only in the message that shows its card now; every press gets one honest answer. */
import { LughError, cut, type PersonId } from '#core'
import { buttonById, cancelOtherPrompts, endPrompt, enqueueCallback, enqueuePrompt, insertPrompt, promptById, type ButtonRow } from '#db'
import { actOn, type Acted, type Handling } from './act.ts'
import type { Incoming } from './arrival.ts'
import { runCommand } from './command.ts'
import { closePrompt, say } from './handle-message.ts'
import { COMMAND_FIELD } from './own-card.ts'

export type IncomingTap = Extract<Incoming, { kind: 'tap' }>

/** An unreplied text counts as the answer so long. */
export const PROMPT_MS = 120_000
/** Telegram's limit for the answer to a press. */
const TOAST_MAX = 200
/** Data of a question's own Cancel button: this and the question's id. */
export const CANCEL_PREFIX = 'x:'

/** Handles one press. Throws LughErrors worded for the person (shown as a box to close). */
export async function handleTap(handling: Handling, tap: IncomingTap): Promise<void> {
  if (tap.data.startsWith(CANCEL_PREFIX)) return cancelPrompt(handling, tap)
  const button = await buttonById(handling.tx, tap.data)
  if (button === undefined || button.botId !== handling.conversation.botId || button.chatId !== handling.conversation.chatId)
    throw new LughError('not-found', 'This button does nothing any more.')
  if (button.messageId !== tap.messageId) throw new LughError('conflict', 'This is an old copy of the card. Use the newest one, further down.')
  if (button.ask !== null) return ask(handling, tap, button, button.ask)
  const acted = await act(handling, button)
  const toast = toastOf(acted)
  await answerTap(handling, tap, toast)
  // A press is answered where it was pressed; a message of its own only when there is no short word for it.
  const words = toast === undefined ? acted?.capability.say(acted.output) : undefined
  if (words !== undefined) await say(handling, words)
}

/** A capability that starts with a slash is a command, as if typed. */
function act(handling: Handling, button: ButtonRow): Promise<Acted | undefined> {
  if (!button.capability.startsWith('/')) return actOn(handling, button.capability, button.input)
  const words = button.input[COMMAND_FIELD]
  return runCommand(handling, { name: button.capability.slice(1), words: typeof words === 'string' ? words : '' })
}

function toastOf(acted: Acted | undefined): string | undefined {
  return acted?.capability.toast?.(acted.output)
}

/** Opens the button's question. One at a time: the person's other questions here end. */
async function ask(handling: Handling, tap: IncomingTap, button: ButtonRow, question: { field: string; prompt: string }): Promise<void> {
  const { tx, context, person, conversation: at } = handling
  const id = context.ids.uuid()
  const { capability, input } = button
  await insertPrompt(
    tx,
    { id, botId: at.botId, chatId: at.chatId, threadId: at.threadId, personId: person.id, capability, input, field: question.field },
    PROMPT_MS,
  )
  await endOthers(handling, id)
  await enqueuePrompt(tx, {
    botId: at.botId,
    chatId: at.chatId,
    threadId: at.threadId,
    key: `prompt:${id}`,
    replyTo: tap.messageId,
    promptId: id,
    act: 'open',
    text: question.prompt,
  })
  await answerTap(handling, tap, undefined)
}

async function endOthers(handling: Handling, id: string): Promise<void> {
  const { tx, person, conversation: at } = handling
  for (const other of await cancelOtherPrompts(tx, { id, botId: at.botId, chatId: at.chatId, personId: person.id })) {
    const prompt = await promptById(tx, other)
    if (prompt !== undefined) await closePrompt(handling, prompt, 'cancelled')
  }
}

async function cancelPrompt(handling: Handling, tap: IncomingTap): Promise<void> {
  const { tx, person, conversation: at } = handling
  const id = tap.data.slice(CANCEL_PREFIX.length)
  const prompt = /^[0-9a-f-]{36}$/.test(id) ? await promptById(tx, id) : undefined
  if (prompt === undefined || prompt.botId !== at.botId || prompt.chatId !== at.chatId)
    throw new LughError('not-found', 'This button does nothing any more.')
  refuseOthers(prompt.personId, person.id)
  if ((await endPrompt(tx, id, 'cancelled')) === 0)
    throw new LughError('conflict', prompt.state === 'answered' ? 'Too late: it is answered already.' : 'It is cancelled already.')
  await closePrompt(handling, prompt, 'cancelled')
  await answerTap(handling, tap, 'Cancelled.')
}

function refuseOthers(asked: PersonId, presser: PersonId): void {
  if (asked !== presser) throw new LughError('not-allowed', 'That question was put to somebody else.')
}

/** Queues the answer to a press, which leaves before everything else. Without words it only ends the button's spinning. */
export async function answerTap(
  handling: Pick<Handling, 'tx' | 'conversation' | 'updateId'>,
  tap: IncomingTap,
  text: string | undefined,
  alert = false,
): Promise<void> {
  const { tx, conversation: at, updateId } = handling
  await enqueueCallback(tx, {
    botId: at.botId,
    chatId: at.chatId,
    key: `tap:${updateId}`,
    callbackId: tap.callbackId,
    ...(text === undefined || text === '' ? {} : { text: cut(text, TOAST_MAX) }),
    ...(alert ? { alert } : {}),
  })
}
