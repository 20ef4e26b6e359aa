/**
 * Long text in messages that Telegram takes: cut at paragraphs and where code blocks begin and end, else lines, else words, else between characters as a person sees them.
 * No character is ever lost or added: the parts put together are the original.
 */
import type { Entity, Rich } from './entities.ts'

/** Telegram's limits, in code points after entities were parsed. */
export const MESSAGE_MAX = 4096
export const CAPTION_MAX = 1024
/** Telegram ignores what comes after the 100th entity of a message. */
export const ENTITIES_MAX = 100

/** No accent or joiner reaches further than this in honest text; looking on costs time. */
const LOOK_AHEAD = 64

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** Cuts into parts of at most `max` code points and `ENTITIES_MAX` entities. An entity over a cut goes on in the next part, `pre` and quotes too. */
export function split(rich: Rich, max = MESSAGE_MAX): Rich[] {
  const parts: Rich[] = []
  for (let from = 0; from < rich.text.length || parts.length === 0;) {
    const to = cutAfter(rich, from, max)
    parts.push(slice(rich, from, to))
    if (to >= rich.text.length) break
    from = to
  }
  return parts
}

/** At most `max` code points of it, the last of them `…` when something was cut; one message. */
export function shorten(rich: Rich, max: number): Rich {
  const [whole = rich, ...rest] = split(rich, max)
  if (rest.length === 0) return whole
  const [first = rich] = split(rich, max - 1)
  return { text: `${first.text}…`, entities: first.entities }
}

/** The characters and entities between two UTF-16 offsets. */
function slice(rich: Rich, from: number, to: number): Rich {
  const entities = rich.entities.flatMap((entity): Entity[] => {
    const start = Math.max(entity.offset, from)
    const end = Math.min(entity.offset + entity.length, to)
    return end > start ? [{ ...entity, offset: start - from, length: end - start }] : []
  })
  return { text: rich.text.slice(from, to), entities: entities.slice(0, ENTITIES_MAX) }
}

function cutAfter(rich: Rich, from: number, max: number): number {
  const limit = Math.min(codePointEnd(rich.text, from, max), entityEnd(rich, from))
  if (limit >= rich.text.length) return rich.text.length
  const window = rich.text.slice(from, limit)
  const paragraph = lastBorder(rich, from, limit) ?? after(window, '\n\n', 0.5)
  const line = paragraph ?? after(window, '\n', 0.25)
  const word = line ?? after(window, ' ', 0.5)
  return lastBoundary(rich.text, from, word === undefined ? limit : from + word)
}

/** The last place in the second half of the window between two paragraphs, or between a paragraph and a code block: not inside of one. */
function lastBorder({ text, entities }: Rich, from: number, limit: number): number | undefined {
  const least = from + (limit - from) * 0.5
  const blocks = entities.filter(({ type, offset, length }) => type === 'pre' && offset < limit && offset + length > least)
  const edges = blocks.flatMap(({ offset, length }) => [offset, text[offset + length] === '\n' ? offset + length + 1 : offset + length])
  const isInside = (at: number): boolean => blocks.some(({ offset, length }) => at > offset && at < offset + length)
  let paragraph = text.lastIndexOf('\n\n', limit - 2)
  while (paragraph > from && isInside(paragraph + 2)) paragraph = text.lastIndexOf('\n\n', paragraph - 1)
  const found = Math.max(paragraph > from && !isInside(paragraph + 2) ? paragraph + 2 : from, ...edges.filter((at) => at <= limit))
  return found >= least && found > from ? found - from : undefined
}

/** The end of the last `mark` in the window, unless that would leave the part shorter than `least` of it. */
function after(window: string, mark: string, least: number): number | undefined {
  const at = window.lastIndexOf(mark)
  return at >= 0 && at + mark.length >= window.length * least ? at + mark.length : undefined
}

/** The offset `count` code points after `from`. */
function codePointEnd(text: string, from: number, count: number): number {
  if (text.length - from <= count) return text.length
  let at = from
  for (let n = 0; n < count && at < text.length; n += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  return at
}

/** Where the 101st entity of a part that starts at `from` begins; the text's end when there is none. */
function entityEnd(rich: Rich, from: number): number {
  const starts = rich.entities.filter((entity) => entity.offset + entity.length > from).map((entity) => Math.max(entity.offset, from))
  const over = starts.toSorted((a, b) => a - b)[ENTITIES_MAX]
  return over === undefined || over <= from ? rich.text.length : over
}

/** The last place at or before `at` that is between two characters; one that is longer than the part is cut between code points. */
function lastBoundary(text: string, from: number, at: number): number {
  const found = graphemes.segment(text.slice(from, at + LOOK_AHEAD)).containing(at - from)
  const start = found === undefined ? at : from + found.index
  if (start > from) return start
  const whole = codePointStart(text, at)
  return whole > from ? whole : at
}

/** Steps back out of the middle of a surrogate pair. */
function codePointStart(text: string, at: number): number {
  const inPair = /[\uDC00-\uDFFF]/.test(text.charAt(at)) && /[\uD800-\uDBFF]/.test(text.charAt(at - 1))
  return inPair ? at - 1 : at
}
