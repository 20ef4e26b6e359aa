/**
 * An answer to a card that names no button: a reaction, or a listed word in reply. It presses a button that the card's message shows, by
 * the orchestrator's one table, and only if the message showed it when the answer was given. Everything else is said honestly and changes nothing.
 */
import { LughError } from '#core'
import { buttonById, cardById, cardByMessage, outboxByMessage, taskById, type CardRow, type Task } from '#db'
import type { AnswerMeaning, Way } from '#orchestrator'
import { actOn, type Handling } from './act.ts'
import type { Incoming } from './arrival.ts'
import { pressButton } from './press-button.ts'
import { say } from './say.ts'

/** What a message of ours is about. */
export type About = {
  /** The card it shows, or showed before another message took its place. */
  readonly card?: CardRow
  readonly task?: Task
  /** It is part of what shows a change, like the file of its diff. */
  readonly ofChange: boolean
}

/** What the message of this number is about; all empty for a message nobody knows. */
export async function aboutMessage({ tx, conversation: at }: Handling, messageId: number): Promise<About> {
  const sent = await outboxByMessage(tx, at.botId, at.chatId, messageId)
  const old = sent === undefined || sent.cardId === null ? undefined : await cardById(tx, sent.cardId)
  const card = (await cardByMessage(tx, at.botId, at.chatId, messageId)) ?? old
  const taskId = card?.taskId ?? sent?.taskId ?? null
  const task = taskId === null ? undefined : await taskById(tx, taskId)
  return { ...(card === undefined ? {} : { card }), ...(task === undefined ? {} : { task }), ofChange: (sent?.changeId ?? null) !== null }
}

export type Given = { readonly meaning: AnswerMeaning; readonly way: Way; readonly messageId: number; readonly date: number | undefined }

/** Does what the answer means. Answers false when it is no answer but words for an agent. Throws LughErrors worded for the person. */
export async function handleAnswer(handling: Handling, about: About, given: Given): Promise<boolean> {
  const { card, task } = about
  if (card === undefined) return answerAboutTask(handling, about, given)
  const asked = { kind: card.kind, keys: card.keys ?? [], subject: card.subjectId, task: task?.number }
  const verdict = handling.context.ports.answerTo(asked, given.meaning, given.way)
  switch (verdict.do) {
    case 'comment':
      return false
    case 'nothing':
      return true
    case 'refuse':
      throw new LughError('conflict', verdict.say)
    case 'call':
      await call(handling, verdict.capability, verdict.input)
      return true
    case 'press':
      checkShown(card, given)
      await press(handling, verdict.button)
      return true
    default:
      return verdict satisfies never
  }
}

/** A message that is no card, but about a task: it can be looked into, and decides nothing. */
async function answerAboutTask(handling: Handling, { task, ofChange }: About, { meaning, way }: Given): Promise<boolean> {
  if (task === undefined) return way === 'reaction'
  const verdict = handling.context.ports.answerTo({ kind: 'task', keys: [], task: task.number }, meaning, way)
  if (verdict.do === 'call') {
    await call(handling, verdict.capability, verdict.input)
    return true
  }
  if (way === 'reaction' && ofChange && meaning !== 'later')
    throw new LughError('conflict', `This only shows the change. Answer on the review card of T${task.number} itself.`)
  return way === 'reaction'
}

/** Refuses what was given to an old copy, or to a card that looked otherwise at that moment. */
function checkShown(card: CardRow, { messageId, date }: Given): void {
  if (card.messageId !== messageId) throw new LughError('conflict', 'This is an old copy of the card. Use the newest one, further down.')
  if (card.keysSince !== null && (date === undefined || date <= card.keysSince))
    throw new LughError('conflict', 'The card changed just as you answered, so nothing was done. Look at it again, then answer.')
}

async function press(handling: Handling, id: string): Promise<void> {
  const button = await buttonById(handling.tx, id)
  if (button === undefined) throw new LughError('not-found', 'This button does nothing any more.')
  // The card itself says what came of it; there is no press to answer.
  await pressButton(handling, button, () => Promise.resolve())
}

async function call(handling: Handling, capability: string, input: Record<string, unknown>): Promise<void> {
  const acted = await actOn(handling, capability, input)
  const words = acted.capability.say(acted.output)
  if (words !== undefined) await say(handling, words)
}

export type IncomingReaction = Extract<Incoming, { kind: 'reaction' }>

/** Handles what somebody put on a message. Throws LughErrors worded for the person. */
export async function handleReaction(handling: Handling, reaction: IncomingReaction): Promise<void> {
  const { messageId, date } = reaction
  const meanings = [...new Set(reaction.emoji.flatMap((emoji) => handling.context.ports.meaningOfEmoji(emoji) ?? []))]
  const [meaning] = meanings
  if (meaning === undefined) return
  const about = await aboutMessage(handling, messageId)
  if (meanings.length > 1 && about.card !== undefined)
    throw new LughError('input.invalid', 'Those reactions contradict each other. Give one at a time.')
  await handleAnswer(handling, about, { meaning, way: 'reaction', messageId, date })
}
