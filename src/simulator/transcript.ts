/** A chat as plain text, so that a failed test shows what its person saw. */
import type { World } from './world.ts'
import type { Message } from './world-types.ts'

/** Every message in order, deleted ones marked, with media, buttons, reactions and the number of edits. */
export function transcript(world: World, chatId: number): string {
  const lines = world.messages(chatId, { deleted: true }).map((message) => line(message))
  return [`--- chat ${chatId} ---`, ...lines, '---'].join('\n')
}

function line(message: Message): string {
  const marks = [
    message.deleted ? 'deleted' : '',
    message.history.length > 0 ? `edited ${message.history.length}×` : '',
    message.replyTo === undefined ? '' : `reply to ${message.replyTo}`,
    message.threadId === undefined ? '' : `thread ${message.threadId}`,
    message.silent ? 'silent' : '',
  ].filter((mark) => mark !== '')
  const head = `[${message.id}] ${message.from.firstName}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}:`
  const media = message.media === undefined ? '' : ` <${message.media.kind} ${message.media.file.name}>`
  const service = message.service === undefined ? '' : ` <${message.service.kind}>`
  const text = message.text === '' ? '' : ` ${message.text.replaceAll('\n', '\n    ')}`
  return `${head}${media}${service}${text}${under(message)}${reactions(message)}`
}

function under({ markup }: Message): string {
  if (markup === undefined) return ''
  if (markup.kind !== 'inline') return `\n    <${markup.kind}>`
  return markup.rows.map((row) => `\n    ${row.map(({ text }) => `[${text}]`).join(' ')}`).join('')
}

function reactions(message: Message): string {
  const emoji = message.reactions.flatMap((reaction) => reaction.emoji)
  return emoji.length === 0 ? '' : `\n    ${emoji.join(' ')}`
}
