/** What a listed person wrote: a command, the answer to a question, words on a card, or a new wish. Decides which; does none of it itself. */
import { LughError, holdsKeyMark } from '#core'
import {
  cardById,
  cardByMessage,
  endPrompt,
  enqueuePrompt,
  enqueueReaction,
  enqueueText,
  openPrompt,
  outboxByMessage,
  promptByMessage,
  taskById,
  type PromptRow,
} from '#db'
import { actOn, type Acted, type Handling } from './act.ts'
import type { Incoming } from './arrival.ts'
import { parseCommand, runCommand } from './command.ts'
import type { Said } from './ports.ts'

export type IncomingMessage = Extract<Incoming, { kind: 'message' }>

/** What must still be written when the act refuses and everything else is rolled back. */
export type Trail = { prompt?: PromptRow }

/** Handles one message. `username` is the bot's own, when known. Throws LughErrors worded for the person. */
export async function handleMessage(handling: Handling, message: IncomingMessage, username: string | undefined, trail: Trail): Promise<void> {
  if (message.checkpointFile !== undefined && !message.forwarded) {
    await react(handling)
    return answer(handling, await actOn(handling, 'import_checkpoint', { telegram_file: message.checkpointFile }))
  }
  const text = readable(message)
  if (holdsKeyMark(text)) await warnOfKey(handling)
  const command = parseCommand(text)
  if (command !== undefined) {
    if (command.mention !== undefined && username !== undefined && command.mention.toLowerCase() !== username.toLowerCase())
      throw new LughError('input.invalid', `That command is for @${command.mention}; I am @${username}.`)
    return answer(handling, await runCommand(handling, command))
  }
  const prompt = await promptFor(handling, message)
  if (prompt !== undefined) {
    trail.prompt = prompt
    return answerPrompt(handling, prompt, text)
  }
  const about = message.replyTo === undefined ? {} : await aboutMessage(handling, message.replyTo)
  if (about.taskNumber === undefined) await react(handling)
  const meant = handling.context.ports.wordsFor({ text, ...about })
  await answer(handling, await actOn(handling, meant.capability, meant.input))
}

/** The key was taken out before the message was stored; in the chat it still stands. */
async function warnOfKey({ tx, conversation: at, messageId, updateId }: Handling): Promise<void> {
  await enqueueText(tx, {
    botId: at.botId,
    chatId: at.chatId,
    threadId: at.threadId,
    key: `key:${updateId}`,
    replyTo: messageId,
    text: '🔑 That held what looks like a key. I did not keep it and no agent gets it. Delete the message, and change the key if others could have read it. Programs take their keys from files or variables of their own machine.',
  })
}

/** The words of the message; throws one clear sentence when there are none Lugh may act on. */
function readable(message: IncomingMessage): string {
  if (message.unsupported !== undefined)
    throw new LughError('input.invalid', `I can read text for now, not ${message.unsupported}. Please write it in words.`)
  if (message.forwarded)
    throw new LughError('input.invalid', 'I do not act on forwarded messages: they are not your words. Copy the text and send it as your own.')
  const text = (message.text ?? '').trim()
  if (text === '') throw new LughError('input.invalid', 'That message holds no words. Write what you want done.')
  return text
}

/** The question this message answers: by a reply, however late, or by being the person's next words in time. */
async function promptFor(handling: Handling, message: IncomingMessage): Promise<PromptRow | undefined> {
  const { tx, person, conversation: at } = handling
  const open = (): Promise<PromptRow | undefined> => openPrompt(tx, at.botId, at.chatId, at.threadId, person.id)
  if (message.replyTo === undefined) return open()
  const replied = await promptByMessage(tx, at.botId, at.chatId, message.replyTo)
  if (replied === undefined) return (await isUnknown(handling, message.replyTo)) ? open() : undefined
  if (replied.personId !== person.id) throw new LughError('not-allowed', 'That question was put to somebody else.')
  if (replied.state === 'open') return replied
  throw new LughError(
    'conflict',
    `That question is ${replied.state === 'answered' ? 'answered already' : 'no longer open'}. Press the card's button again.`,
  )
}

/** A message of ours that no row knows: the call that sent it was never answered (a kill, a cut), and most likely it was a question put twice. */
async function isUnknown({ tx, conversation: at }: Handling, messageId: number): Promise<boolean> {
  const card = await cardByMessage(tx, at.botId, at.chatId, messageId)
  return card === undefined && (await outboxByMessage(tx, at.botId, at.chatId, messageId)) === undefined
}

async function answerPrompt(handling: Handling, prompt: PromptRow, text: string): Promise<void> {
  await endPrompt(handling.tx, prompt.id, 'answered')
  await closePrompt(handling, prompt, 'answered')
  await answer(handling, await actOn(handling, prompt.capability, { ...prompt.input, [prompt.field]: text }))
}

/** Queues the end of a question's message: no keyboard, and what came of it. */
export async function closePrompt(handling: Pick<Handling, 'tx'>, prompt: PromptRow, act: 'answered' | 'cancelled'): Promise<void> {
  await enqueuePrompt(handling.tx, {
    botId: prompt.botId,
    chatId: prompt.chatId,
    threadId: prompt.threadId,
    key: `prompt:${prompt.id}:end`,
    promptId: prompt.id,
    act,
    text: act === 'answered' ? '✓ Got your answer.' : '✗ Cancelled.',
  })
}

/** The card a replied-to message shows or showed, and the task it is about; neither for any other message. */
async function aboutMessage(handling: Handling, messageId: number): Promise<Omit<Said, 'text'>> {
  const { tx, conversation: at } = handling
  const sent = await outboxByMessage(tx, at.botId, at.chatId, messageId)
  const old = sent === undefined || sent.cardId === null ? undefined : await cardById(tx, sent.cardId)
  const card = (await cardByMessage(tx, at.botId, at.chatId, messageId)) ?? old
  const taskId = card?.taskId ?? sent?.taskId ?? null
  const task = taskId === null ? undefined : await taskById(tx, taskId)
  return {
    ...(card === undefined ? {} : { card: { kind: card.kind, subjectId: card.subjectId } }),
    ...(task === undefined ? {} : { taskNumber: task.number }),
  }
}

/** 👀: "I have seen it", within a second, long before there is a card. */
async function react(handling: Handling): Promise<void> {
  const { tx, conversation: at, messageId, updateId } = handling
  await enqueueReaction(tx, { botId: at.botId, chatId: at.chatId, key: `seen:${updateId}`, messageId, emoji: '👀' })
}

/** Queues what the capability answers in words, if anything. */
export async function answer(handling: Handling, acted: Acted | undefined): Promise<void> {
  const text = acted?.capability.say(acted.output)
  if (text !== undefined) await say(handling, text)
}

/** Queues one message in answer to this update's. */
export async function say(handling: Handling, text: Parameters<typeof enqueueText>[1]['text']): Promise<void> {
  const { tx, conversation: at, messageId, updateId } = handling
  await enqueueText(tx, { botId: at.botId, chatId: at.chatId, threadId: at.threadId, key: `answer:${updateId}`, replyTo: messageId, text })
}
