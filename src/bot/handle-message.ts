/** What a listed person wrote: a command, the answer to a question, words on a card, or a new wish. Decides which; does none of it itself. */
import { LughError, holdsKeyMark } from '#core'
import { z } from 'zod'
import { cardByMessage, endPrompt, enqueueReaction, enqueueText, openPrompt, outboxByMessage, promptById, promptByMessage, type PromptRow } from '#db'
import { actOn, type Handling } from './act.ts'
import type { Incoming } from './arrival.ts'
import { parseCommand, runCommand, type Command } from './command.ts'
import { aboutMessage, handleAnswer, type About } from './handle-answer.ts'
import type { Said } from './ports.ts'
import { answer, closePrompt } from './say.ts'
import { takeVoice } from './voice/take-voice.ts'

export type IncomingMessage = Extract<Incoming, { kind: 'message' }>

/** What must still be written when the act refuses and everything else is rolled back. */
export type Trail = { prompt?: PromptRow }

/** Handles one message. `username` is the bot's own, when known. Throws LughErrors worded for the person. */
export async function handleMessage(handling: Handling, message: IncomingMessage, username: string | undefined, trail: Trail): Promise<void> {
  if (message.checkpointFile !== undefined && !message.forwarded) {
    await react(handling)
    return answer(handling, await actOn(handling, 'import_checkpoint', { telegram_file: message.checkpointFile }))
  }
  if (message.sound !== undefined && !message.forwarded) {
    await react(handling)
    return takeVoice(handling, message.sound, message)
  }
  if (message.upload !== undefined) return takeUpload(handling, message, message.upload)
  const text = readable(message)
  if (holdsKeyMark(text)) await warnOfKey(handling)
  const command = parseCommand(text)
  if (command !== undefined) {
    if (command.mention !== undefined && username !== undefined && command.mention.toLowerCase() !== username.toLowerCase())
      throw new LughError('input.invalid', `That command is for @${command.mention}; I am @${username}.`)
    if (message.replyTo !== undefined && (await commandOnCard(handling, command, message.replyTo, message.date))) return
    return answer(handling, await runCommand(handling, command))
  }
  const prompt = await promptFor(handling, message)
  if (prompt !== undefined) {
    trail.prompt = prompt
    return answerPrompt({ ...handling, way: 'reply' }, prompt, text)
  }
  const { ports } = handling.context
  const about = message.replyTo === undefined ? undefined : await aboutMessage(handling, message.replyTo)
  const meaning = ports.meaningOfWords(text)
  if (meaning !== undefined && message.replyTo !== undefined && about !== undefined) {
    const given = { meaning, way: 'reply', messageId: message.replyTo, date: message.date } as const
    if (await handleAnswer({ ...handling, way: 'reply' }, about, given)) return
  }
  if (about === undefined && (meaning === 'yes' || meaning === 'no')) throw new LughError('input.invalid', LOOSE)
  const inTopic = aboutHere(handling, about)
  // In a task's own topic the listed words that decide nothing are about that task.
  if (inTopic !== undefined && inTopic !== about && meaning !== undefined && message.replyTo === undefined) {
    const given = { meaning, way: 'reply', messageId: handling.messageId, date: message.date } as const
    if (await handleAnswer({ ...handling, way: 'reply' }, inTopic, given)) return
  }
  if (inTopic?.task === undefined) await react(handling)
  const meant = ports.wordsFor({ text, ...said(inTopic) })
  const replying = message.replyTo === undefined ? handling : { ...handling, repliesTo: message.replyTo, way: 'reply' as const }
  await answer(handling, await actOn(replying, meant.capability, meant.input))
}

/** `/why`, `/diff` or `/stop` alone, in reply to a card, is about that card. A yes or no is no command. */
async function commandOnCard(handling: Handling, { name, words }: Command, messageId: number, date: number | undefined): Promise<boolean> {
  const meaning = words === '' ? handling.context.ports.meaningOfWords(name) : undefined
  if (meaning !== 'why' && meaning !== 'diff' && meaning !== 'stop') return false
  const about = await aboutMessage(handling, messageId)
  if (about.card === undefined && about.task === undefined) return false
  return handleAnswer({ ...handling, way: 'reply' }, about, { meaning, way: 'reply', messageId, date })
}

/** A picture or a file: fetched and read later, so that nothing here waits for it. In answer to a task's card it is for that task. */
async function takeUpload(handling: Handling, message: IncomingMessage, upload: NonNullable<IncomingMessage['upload']>): Promise<void> {
  if (holdsKeyMark(upload.caption)) await warnOfKey(handling)
  const about = aboutHere(handling, message.replyTo === undefined ? undefined : await aboutMessage(handling, message.replyTo))
  const { file, ...rest } = upload
  const acted = await actOn(handling, 'take_upload', {
    ...rest,
    telegram_file: file,
    ...(about?.task === undefined ? {} : { task: about.task.number }),
  })
  if (TakenIn.parse(acted.output).first) await react(handling)
}

/** What a message is about that answers nothing that is about anything: in a task's topic, that task. */
export function aboutHere({ topicTask }: Handling, about: About | undefined): About | undefined {
  if (topicTask === undefined || about?.task !== undefined || about?.card !== undefined) return about
  return { task: topicTask, ofChange: false }
}

/** Of an album one message is answered, its first. */
const TakenIn = z.object({ first: z.boolean() })

const LOOSE = 'That decides nothing: I cannot know which card it is for. Press the card’s button, react to it with 👍, or reply to that very card.'

/** What is told of a message that was replied to. */
export function said(about: About | undefined): Omit<Said, 'text'> {
  return {
    ...(about?.card === undefined ? {} : { card: { kind: about.card.kind, subjectId: about.card.subjectId } }),
    ...(about?.task === undefined ? {} : { taskNumber: about.task.number }),
  }
}

/** Handles an edited message: what it asked for is changed, or the change is told. Throws LughErrors worded for the person. */
export async function handleEdit(handling: Handling, edit: Extract<Incoming, { kind: 'edit' }>): Promise<void> {
  const text = (edit.text ?? '').trim()
  if (holdsKeyMark(text)) await warnOfKey(handling)
  await answer(handling, await actOn(handling, 'amend', { text }))
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
  if (message.forwarded)
    throw new LughError('input.invalid', 'I do not act on forwarded messages: they are not your words. Copy the text and send it as your own.')
  if (message.unsupported !== undefined) throw new LughError('input.invalid', `I cannot read ${message.unsupported} yet. Please write it in words.`)
  const text = (message.text ?? '').trim()
  if (text === '') throw new LughError('input.invalid', 'That message holds no words. Write what you want done.')
  return text
}

/** The question this message answers: by a reply, however late, or by being the person's next words in time. */
export async function promptFor(handling: Handling, message: Pick<IncomingMessage, 'replyTo' | 'question'>): Promise<PromptRow | undefined> {
  const { tx, person, conversation: at } = handling
  const open = (): Promise<PromptRow | undefined> => openPrompt(tx, at.botId, at.chatId, at.threadId, person.id)
  if (message.replyTo === undefined) return open()
  const replied = (await promptByMessage(tx, at.botId, at.chatId, message.replyTo)) ?? (await promptAsked(handling, message.question))
  if (replied === undefined) return (await isUnknown(handling, message.replyTo)) ? open() : undefined
  if (replied.personId !== person.id) throw new LughError('not-allowed', 'That question was put to somebody else.')
  if (replied.state === 'open') return replied
  throw new LughError(
    'conflict',
    `That question is ${replied.state === 'answered' ? 'answered already' : 'no longer open'}. Press the card's button again.`,
  )
}

/** The question a message says that it puts: known so where the call that sent it was never answered. */
async function promptAsked({ tx, conversation: at }: Handling, question: string | undefined): Promise<PromptRow | undefined> {
  const prompt = question === undefined ? undefined : await promptById(tx, question)
  return prompt?.botId === at.botId && prompt.chatId === at.chatId ? prompt : undefined
}

/** A message of ours that no row knows: the call that sent it was never answered (a kill, a cut), and most likely it was a question put twice. */
async function isUnknown({ tx, conversation: at }: Handling, messageId: number): Promise<boolean> {
  const card = await cardByMessage(tx, at.botId, at.chatId, messageId)
  return card === undefined && (await outboxByMessage(tx, at.botId, at.chatId, messageId)) === undefined
}

/** Gives the question its answer: the capability it asked for, with these words. Throws as `actOn`. */
export async function answerPrompt(handling: Handling, prompt: PromptRow, text: string): Promise<void> {
  await endPrompt(handling.tx, prompt.id, 'answered')
  await closePrompt(handling, prompt, 'answered')
  await answer(handling, await actOn(handling, prompt.capability, { ...prompt.input, [prompt.field]: text }))
}

/** The question whose answer was refused is over, and its message says so. */
export async function closeTrail(handling: Handling, { prompt }: Trail): Promise<void> {
  if (prompt !== undefined && (await endPrompt(handling.tx, prompt.id, 'cancelled')) === 1) await closePrompt(handling, prompt, 'cancelled')
}

/** 👀: "I have seen it", within a second, long before there is a card. */
async function react(handling: Handling): Promise<void> {
  const { tx, conversation: at, messageId, updateId } = handling
  await enqueueReaction(tx, { botId: at.botId, chatId: at.chatId, key: `seen:${updateId}`, messageId, emoji: '👀' })
}
