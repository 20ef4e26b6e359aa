/** The one card that is the bot's own: a mistyped command, with the nearest real ones as buttons. Its subject holds what was typed. */
import { cut, oneLine } from '#core'
import { postCard } from '#db'
import type { CardContent } from '#orchestrator'
import type { Handling } from './act.ts'
import type { BotPorts } from './ports.ts'

export const NEAREST_CARD = 'nearest-command'

/** A button of this card "types" the command: its capability is the command with its slash, its input the words. */
export const COMMAND_FIELD = 'words'

/** More would fill a phone's screen. */
const NEAREST_MAX = 3
/** A whole long text after a mistyped command is kept in the card's key; this much of it is enough to act on. */
const WORDS_MAX = 1000

/** Posts the card, in answer to the message of this update. */
export async function postNearest(handling: Handling, command: string, words: string): Promise<void> {
  const { tx, context, conversation, updateId, messageId } = handling
  await postCard(tx, {
    id: context.ids.uuid(),
    botId: conversation.botId,
    chatId: conversation.chatId,
    threadId: conversation.threadId,
    kind: NEAREST_CARD,
    subjectId: `${updateId} ${command} ${cut(words, WORDS_MAX)}`,
    replyTo: messageId,
  })
}

/** What the card shows. */
export function renderNearest(ports: BotPorts, subjectId: string): CardContent {
  const [, command = '', ...words] = subjectId.split(' ')
  const names = ports.nearestCommands(command).slice(0, NEAREST_MAX)
  const typed = `/${oneLine(command, 40)}`
  if (names.length === 0)
    return {
      text: `I do not know ${typed}. /help lists what I can do; anything without a slash is a wish.`,
      buttons: [[{ label: '/help', capability: '/help', input: {} }]],
    }
  return {
    text: `I do not know ${typed}. Did you mean ${names.length === 1 ? 'this' : 'one of these'}?`,
    buttons: names.map((name) => [{ label: `/${name}`, capability: `/${name}`, input: { [COMMAND_FIELD]: words.join(' ') } }]),
  }
}
