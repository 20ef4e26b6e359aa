/** A card as a message: words, entities and an inline keyboard whose data are ids of `button` rows. Shows what rows say now, or nothing. */
import { createHash } from 'node:crypto'
import { keepButtons, type CardRow, type ShownKey } from '#db'
import type { Button, CardContent } from '#orchestrator'
import { toRich, type Rich } from './entities.ts'
import { NEAREST_CARD, renderNearest } from './own-card.ts'
import type { BotContext } from './ports.ts'
import { REPLY_LOST } from './reply-lost.ts'
import { MESSAGE_MAX, shorten, split } from './split.ts'

export type Key = { readonly text: string; readonly callback_data: string }
/** `keys`: what a reaction or a reply to the message can press. */
export type Drawn = { readonly rich: Rich; readonly keyboard: Key[][]; readonly keys: readonly ShownKey[]; readonly sha256: string }

/** 16 random bytes: nobody presses a button they were not shown. */
const BUTTON_BYTES = 16
const TOO_LONG = '\n\n⚠️ This is longer than a message can be, so nothing can be decided here.'
/** The first line of a card, as its first message shows it. */
const PLACEHOLDER_MAX = 200

/** Renders the card; undefined when its subject is gone. The same button keeps its id from one drawing to the next. */
export async function drawCard(context: BotContext, card: CardRow): Promise<Drawn | undefined> {
  const content = await contentOf(context, card)
  if (content === undefined) return undefined
  const whole = toRich(content.text)
  const fits = split(whole).length === 1
  if (!fits) context.log.error({ cardId: card.id, kind: card.kind }, 'bot.card-too-long')
  const rich = fits ? saysWhatIsLost(card, content, whole) : cutOff(whole)
  const { keyboard, keys } = await keyboardOf(context, card, fits ? content.buttons : harmless(context, content.buttons))
  const sha256 = createHash('sha256')
    .update(JSON.stringify([rich, keyboard]))
    .digest('hex')
  return { rich, keyboard, keys, sha256 }
}

/** At its end, where it costs a card that asks nothing of what it asks; left out where there is no room. */
function saysWhatIsLost(card: CardRow, { text }: CardContent, whole: Rich): Rich {
  const more = card.replyLost ? toRich([text, '\n', REPLY_LOST]) : whole
  return split(more).length === 1 ? more : whole
}

function contentOf(context: BotContext, card: CardRow): Promise<CardContent | undefined> {
  if (card.kind === NEAREST_CARD) return Promise.resolve(renderNearest(context.ports, card.subjectId))
  return context.ports.renderCard(context.db, context.facts, card.kind, card.subjectId)
}

function cutOff(rich: Rich): Rich {
  const short = shorten(rich, MESSAGE_MAX - TOO_LONG.length)
  return { text: short.text + TOO_LONG, entities: short.entities }
}

/** What was not shown whole cannot be decided: of a card that was cut, buttons that decide are left out. */
function harmless(context: BotContext, rows: CardContent['buttons']): Button[][] {
  return rows.map((row) => row.filter((button) => context.ports.capabilityByName(button.capability)?.kind !== 'decide'))
}

async function keyboardOf(
  context: BotContext,
  card: CardRow,
  rows: readonly (readonly Button[])[],
): Promise<{ keyboard: Key[][]; keys: ShownKey[] }> {
  const buttons = rows.flat().map(({ capability, input, ask }) => ({ id: context.ids.token(BUTTON_BYTES), capability, input, ask }))
  const ids = (await keepButtons(context.db, card.id, buttons)).values()
  const keyboard: Key[][] = []
  const keys: ShownKey[] = []
  for (const row of rows.filter((buttons) => buttons.length > 0)) {
    const line = row.map(({ label, tap }) => ({ id: ids.next().value ?? '', label, ...(tap === true ? { tap } : {}) }))
    keyboard.push(line.map(({ id, label }) => ({ text: label, callback_data: id })))
    keys.push(...line)
  }
  return { keyboard, keys }
}

/**
 * The bare line a card with buttons is first posted as. Whether a post arrived can stay unknown, and then it is posted again: a line
 * twice is a blemish, two messages with live buttons would be two questions.
 */
export function placeholderOf(drawn: Drawn): string {
  const line = drawn.rich.text.trimStart().split('\n', 1)[0]?.trim() ?? ''
  return shorten({ text: line === '' ? '…' : line, entities: [] }, PLACEHOLDER_MAX).text
}
