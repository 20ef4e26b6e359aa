/** What is said in answer to an update, queued in its transaction. */
import { enqueuePrompt, enqueueText, type PromptRow } from '#db'
import type { Acted, Handling } from './act.ts'

/** Queues what the capability answers in words, if anything. */
export async function answer(handling: Handling, acted: Acted | undefined): Promise<void> {
  const text = acted?.capability.say(acted.output)
  if (text !== undefined) await say(handling, text)
}

/** Queues one message in answer to this update's; `what` tells it from others about the same update. */
export async function say(handling: Handling, text: Parameters<typeof enqueueText>[1]['text'], what: 'answer' | 'wait' = 'answer'): Promise<void> {
  const { tx, conversation: at, messageId, updateId } = handling
  await enqueueText(tx, { botId: at.botId, chatId: at.chatId, threadId: at.threadId, key: `${what}:${updateId}`, replyTo: messageId, text })
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
