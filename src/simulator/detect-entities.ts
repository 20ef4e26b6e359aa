/** The entities Telegram finds by itself in plain text: commands, mentions, links, … Never touches those that were given. */
import type { Entity } from './world-types.ts'

/** In order of precedence: where two overlap, the earlier kind wins. */
const PATTERNS: readonly (readonly [type: string, pattern: RegExp])[] = [
  [
    'url',
    /(?<![\w@.])(?:https?:\/\/[^\s<>"']+[^\s<>"'.,:;!?)\]]|(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev)(?:\/[^\s<>"']*[^\s<>"'.,:;!?)\]])?)(?![\w@])/giu,
  ],
  ['email', /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu],
  ['bot_command', /(?<![\w/@<>])\/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/])/gu],
  ['mention', /(?<![\w@/])@[a-zA-Z]\w{3,31}(?!\w)/gu],
  ['hashtag', /(?<![\w#])#(?=[\p{L}\p{N}_]*\p{L})[\p{L}\p{N}_]{1,255}/gu],
]

/** Given entities plus those found outside of them, by offset. */
export function detectEntities(text: string, given: readonly Entity[] = []): Entity[] {
  const all = [...given]
  for (const [type, pattern] of PATTERNS)
    for (const match of text.matchAll(pattern)) {
      const found = { type, offset: match.index, length: match[0].length }
      if (!all.some((other) => overlaps(found, other))) all.push(found)
    }
  return all.toSorted((a, b) => a.offset - b.offset || b.length - a.length)
}

/** Bold or italic text may hold a link; code may not, and two found ones never overlap. */
const TRANSPARENT: readonly string[] = ['bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'blockquote', 'expandable_blockquote']

function overlaps(a: Entity, b: Entity): boolean {
  return !TRANSPARENT.includes(b.type) && a.offset < b.offset + b.length && b.offset < a.offset + a.length
}
