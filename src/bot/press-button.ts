/** What a button does when it is pressed, by a finger or by an answer that means it: its row says, and nothing that came from Telegram. */
import { cancelOtherPrompts, enqueuePrompt, insertPrompt, promptById, touchCard, type ButtonRow } from '#db'
import { actOn, type Acted, type Handling } from './act.ts'
import { runCommand } from './command.ts'
import { COMMAND_FIELD } from './own-card.ts'
import { closePrompt, say } from './say.ts'

/** An unreplied text counts as the answer so long. */
export const PROMPT_MS = 120_000

/** Does it, or asks for the words it needs first. `done` is told the short word for what came of it, if there is one. Throws as `actOn`. */
export async function pressButton(handling: Handling, button: ButtonRow, done: (toast: string | undefined) => Promise<void>): Promise<void> {
  if (button.ask !== null) {
    await ask(handling, button, button.ask)
    return done(undefined)
  }
  const acted = await act(handling, button)
  // Where one card shows another's buttons, it is stale as well.
  await touchCard(handling.tx, button.cardId)
  const toast = toastOf(acted)
  await done(toast)
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

/** Opens the button's question, under its card. One at a time: the person's other questions here end. */
async function ask(handling: Handling, button: ButtonRow, question: { field: string; prompt: string }): Promise<void> {
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
    ...(button.messageId === null ? {} : { replyTo: button.messageId }),
    promptId: id,
    act: 'open',
    text: question.prompt,
  })
}

async function endOthers(handling: Handling, id: string): Promise<void> {
  const { tx, person, conversation: at } = handling
  for (const other of await cancelOtherPrompts(tx, { id, botId: at.botId, chatId: at.chatId, personId: person.id })) {
    const prompt = await promptById(tx, other)
    if (prompt !== undefined) await closePrompt(handling, prompt, 'cancelled')
  }
}
