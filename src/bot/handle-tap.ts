/** A press of a button. Only the button's row says what it does, and only in the message that shows its card now; every press gets one honest answer. */
import { LughError, cut, type PersonId } from '#core'
import { buttonById, endPrompt, enqueueCallback, promptById } from '#db'
import type { Handling } from './act.ts'
import type { Incoming } from './arrival.ts'
import { pressButton } from './press-button.ts'
import { isPromptMark, promptOfMark } from './prompt-mark.ts'
import { closePrompt } from './say.ts'

export type IncomingTap = Extract<Incoming, { kind: 'tap' }>

/** Telegram's limit for the answer to a press. */
const TOAST_MAX = 200

/** Handles one press. Throws LughErrors worded for the person (shown as a box to close). */
export async function handleTap(handling: Handling, tap: IncomingTap): Promise<void> {
  if (isPromptMark(tap.data)) return cancelPrompt(handling, tap)
  const button = await buttonById(handling.tx, tap.data)
  if (button === undefined || button.botId !== handling.conversation.botId || button.chatId !== handling.conversation.chatId)
    throw new LughError('not-found', 'This button does nothing any more.')
  if (button.messageId !== tap.messageId) throw new LughError('conflict', 'This is an old copy of the card. Use the newest one, further down.')
  await pressButton(handling, button, (toast) => answerTap(handling, tap, toast))
}

async function cancelPrompt(handling: Handling, tap: IncomingTap): Promise<void> {
  const { tx, person, conversation: at } = handling
  const id = promptOfMark(tap.data)
  const prompt = id === undefined ? undefined : await promptById(tx, id)
  if (prompt === undefined || prompt.botId !== at.botId || prompt.chatId !== at.chatId)
    throw new LughError('not-found', 'This button does nothing any more.')
  refuseOthers(prompt.personId, person.id)
  if ((await endPrompt(tx, prompt.id, 'cancelled')) === 0)
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
