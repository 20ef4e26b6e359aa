/**
 * Visible-text rules: what a model, a repository or a stranger says may hold characters that show nothing, reorder what
 * stands beside them or move the cursor. Whatever is shown for a decision names them instead.
 */

/**
 * Control, bidi, zero-width, tag and other characters that show nothing or change how their neighbours look, and three combining marks
 * (U+030A, U+0333, U+033F) that Telegram's servers take out of every message. Line feed and tab stay.
 */
const HIDDEN_RANGES =
  '\\u0000-\\u0008 \\u000b-\\u001f \\u007f-\\u009f \\u00ad \\u030a \\u0333 \\u033f \\u034f \\u061c \\u115f-\\u1160 \\u17b4-\\u17b5 \\u180b-\\u180f \\u200b-\\u200f ' +
  '\\u2028-\\u202f \\u205f-\\u206f \\u2800 \\u3164 \\ufe00-\\ufe0f \\ufeff \\uffa0 \\ufff0-\\ufffc \\u{1d173}-\\u{1d17a} \\u{e0000}-\\u{e0fff}'
const HIDDEN = new RegExp(`[${HIDDEN_RANGES.replaceAll(' ', '')}]`, 'gu')

/** Variation selectors and joiners inside an emoji sequence are harmless and keep emoji whole. */
const EMOJI_SEQUENCE = /\p{Extended_Pictographic}\ufe0f?(?:\u200d\p{Extended_Pictographic}\ufe0f?)*/gu

/** The text with each hidden character replaced by its name, as in `⟦U+202E⟧`; emoji sequences stay whole. */
export function nameHidden(text: string): string {
  let out = ''
  let from = 0
  for (const match of text.matchAll(EMOJI_SEQUENCE)) {
    out += replaceHidden(text.slice(from, match.index)) + match[0]
    from = match.index + match[0].length
  }
  return out + replaceHidden(text.slice(from))
}

function replaceHidden(text: string): string {
  return text.replace(HIDDEN, (char) => `⟦U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟧`)
}

/**
 * What a terminal obeys and does not show (ECMA-48): CSI, strings of OSC and its like with an end, and other escapes. Node's own
 * `stripVTControlCharacters` takes minutes for 500 kB of `ESC ]`; here nothing is looked at twice.
 */
const TERMINAL_CODES = new RegExp(
  [
    String.raw`\u001b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\u0007\u001b\n]{0,2000}(?:\u0007|\u001b\\)|[ -/]*[0-~]?)`,
    String.raw`\u009b[0-?]*[ -/]*[@-~]?`,
  ].join('|'),
  'gu',
)

/** The text without the colours, titles and links of a terminal. */
export function withoutTerminalCodes(text: string): string {
  return text.replace(TERMINAL_CODES, '')
}

/** How many hidden characters the text holds, those inside emoji sequences not counted. */
export function countHidden(text: string): number {
  return [...text.replace(EMOJI_SEQUENCE, '').matchAll(HIDDEN)].length
}

/** One line for a title or label: hidden characters named, white space folded, cut to `max` code points with `…`. */
export function oneLine(text: string, max: number): string {
  return cut(nameHidden(text.replace(/\s+/gu, ' ').trim()), max)
}

/** At most `max` code points, the last of them `…` when something was cut. Never splits a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const points = Array.from(text)
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`
}
