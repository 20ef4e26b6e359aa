/** How a piece of a change is shown on a card: as text. A picture of it would be made from the same text. */
import { cut, join, nameHidden, pre, redactKeys, type Text } from '#core'

/** Beside what else stands on the card, a message of 4096 characters takes so much. */
const SHOWN_CHARACTERS = 2400
/** Of a piece of megabytes only the beginning is looked at: a key that begins within what is shown ends within this. */
const LOOKED_AT = 50_000

/** The text of a piece as it is kept for cards: no keys, hidden characters named, whole lines as far as they fit; and how many lines there are. */
export function shownHunk(text: string): { text: string; lines: number } {
  const lines = redactKeys(nameHidden(text.slice(0, LOOKED_AT))).split('\n')
  const behind = text.slice(LOOKED_AT).split('\n').length - 1
  let room = SHOWN_CHARACTERS
  const fits = lines.findIndex((line) => (room -= Array.from(line).length + 1) < 0)
  // A first line that is too long by itself is cut, so that something is always seen.
  const shown = fits === 0 ? cut(lines[0] ?? '', SHOWN_CHARACTERS) : lines.slice(0, fits < 0 ? undefined : fits).join('\n')
  return { text: shown, lines: lines.length + behind }
}

/** The lines of a piece for its card; says when it goes on. */
export function hunkLines(shown: { text: string; lines: number }): Text {
  const more = shown.lines - shown.text.split('\n').length
  return join([
    shown.text !== '' && pre(shown.text, 'diff'),
    more > 0
      ? `… and ${more} more ${more === 1 ? 'line' : 'lines'}: 👁 Diff has all of it.`
      : shown.text.endsWith('…') && 'Cut: 👁 Diff has all of it.',
  ])
}
