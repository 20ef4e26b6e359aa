/** From what a bot sends as text to what Telegram stores: parsed, cleaned, trimmed, its entities checked, put in order and completed. */
import { detectEntities } from './detect-entities.ts'
import { byPlace, parseHtml, type Formatted } from './parse-html.ts'
import { parseMarkdownV2 } from './parse-markdown.ts'
import { badRequest } from './refusal.ts'
import type { Entity } from './world-types.ts'

/** The real server refuses longer source text before it looks at it (bytes). */
const MAX_SOURCE_BYTES = 32_768

/** Found by Telegram itself; accepted from a bot without effect. */
const FOUND_KINDS: readonly string[] = ['mention', 'hashtag', 'cashtag', 'bot_command', 'url', 'email', 'phone_number', 'bank_card_number']

/** Text and all its entities as a message shows them. Throws the `Refusal` the real server gives. */
export function formatText(source: string, parseMode: string | undefined, given: readonly Entity[] = []): Formatted {
  if (Buffer.byteLength(source) > MAX_SOURCE_BYTES) throw badRequest('text is too long')
  const parsed = parse(source, parseMode, given)
  const { text, entities } = trim(clean(parsed))
  return { text, entities: detectEntities(text, arrange(entities)) }
}

/** The length that counts for limits: code points. */
export function codePoints(text: string): number {
  return Array.from(text).length
}

function parse(source: string, parseMode: string | undefined, given: readonly Entity[]): Formatted {
  switch (parseMode?.toLowerCase() ?? '') {
    case 'html':
      return parseHtml(source)
    case 'markdownv2':
      return parseMarkdownV2(source)
    case 'markdown':
      throw badRequest('the simulator does not play the old parse_mode Markdown; use MarkdownV2, HTML or entities')
    default:
      return { text: source, entities: check(source, given) }
  }
}

function check(text: string, given: readonly Entity[]): Entity[] {
  for (const entity of given) {
    const end = entity.offset + entity.length
    if (entity.offset < 0) throw badRequest(`receive an entity with incorrect offset ${entity.offset}`)
    if (entity.length < 0) throw badRequest(`receive an entity with incorrect length ${entity.length}`)
    if (entity.length > 0 && entity.offset >= text.length)
      throw badRequest(`entity begins after the end of the text at UTF-16 offset ${entity.offset}`)
    if (end > text.length)
      throw badRequest(`entity beginning at UTF-16 offset ${entity.offset} ends after the end of the text at UTF-16 offset ${end}`)
    if (splitsPair(text, entity.offset))
      throw badRequest(`entity begins in a middle of a UTF-16 symbol at byte offset ${Buffer.byteLength(text.slice(0, entity.offset + 1))}`)
    if (splitsPair(text, end))
      throw badRequest(
        `entity beginning at UTF-16 offset ${entity.offset} ends in a middle of a UTF-16 symbol at byte offset ${Buffer.byteLength(text.slice(0, end + 1))}`,
      )
  }
  return given.filter((entity) => entity.length > 0 && !FOUND_KINDS.includes(entity.type))
}

function splitsPair(text: string, at: number): boolean {
  return at > 0 && at < text.length && /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1))
}

/** What the real server drops: carriage return, line and paragraph separators, direction overrides, three combining marks. */
const DROPPED: readonly (readonly [from: number, to: number])[] = [
  [0x0d, 0x0d],
  [0x2028, 0x202e],
  [0x0333, 0x0333],
  [0x033f, 0x033f],
  [0x030a, 0x030a],
]

function cleanUnit(unit: string): string {
  const code = unit.charCodeAt(0)
  if (DROPPED.some(([from, to]) => code >= from && code <= to)) return ''
  return code < 0x20 && unit !== '\n' ? ' ' : unit
}

function clean({ text, entities }: Formatted): Formatted {
  const kept: number[] = [0]
  let out = ''
  for (const unit of text.split('')) {
    out += cleanUnit(unit)
    kept.push(out.length)
  }
  return { text: out, entities: moved(entities, (offset) => kept[offset] ?? out.length) }
}

function trim({ text, entities }: Formatted): Formatted {
  const leading = text.length - text.trimStart().length
  const trimmed = text.trim()
  const place = (offset: number): number => Math.min(Math.max(offset - leading, 0), trimmed.length)
  return { text: trimmed, entities: moved(entities, place) }
}

function moved(entities: readonly Entity[], place: (offset: number) => number): Entity[] {
  return entities
    .map((entity) => ({ ...entity, offset: place(entity.offset), length: place(entity.offset + entity.length) - place(entity.offset) }))
    .filter((entity) => entity.length > 0)
}

/** May contain, and be contained by, one another; where two cross, the second is cut in two. */
const SPLITTABLE: readonly string[] = ['bold', 'italic', 'underline', 'strikethrough', 'spoiler']
const QUOTES: readonly string[] = ['blockquote', 'expandable_blockquote']
const CODE: readonly string[] = ['code', 'pre']

/** In order, nothing inside code, no crossing. */
function arrange(entities: readonly Entity[]): Entity[] {
  const solid = entities.filter((entity) => !SPLITTABLE.includes(entity.type))
  const inCode = (entity: Entity): boolean =>
    !QUOTES.includes(entity.type) && solid.some((other) => other !== entity && CODE.includes(other.type) && overlap(entity, other))
  const kept = entities.filter((entity) => !SPLITTABLE.includes(entity.type) || !inCode(entity)).flatMap((entity) => cutAt(entity, solid))
  return kept.filter((entity, index) => kept.findIndex((other) => same(entity, other)) === index).toSorted(byPlace)
}

function overlap(a: Entity, b: Entity): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length
}

function same(a: Entity, b: Entity): boolean {
  return a.type === b.type && a.offset === b.offset && a.length === b.length
}

function cutAt(entity: Entity, solid: readonly Entity[]): Entity[] {
  if (!SPLITTABLE.includes(entity.type)) return [entity]
  const end = entity.offset + entity.length
  const borders = solid
    .filter((other) => overlap(entity, other) && !(other.offset >= entity.offset && other.offset + other.length <= end))
    .flatMap((other) => [other.offset, other.offset + other.length])
    .filter((border) => border > entity.offset && border < end)
    .toSorted((a, b) => a - b)
  return [entity.offset, ...borders].map((from, index) => ({ ...entity, offset: from, length: (borders[index] ?? end) - from }))
}
