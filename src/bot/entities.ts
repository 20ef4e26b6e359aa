/** The text tree as Telegram takes it: plain characters, and entities with offsets in UTF-16 units. Nothing in the characters is ever markup, and what looks like a key is named, not said. */
import type { MessageEntity } from 'grammy/types'
import { isTexts, redactKeys, type Span, type Text } from '#core'

export type Mark =
  | { readonly type: 'bold' | 'italic' | 'code' | 'blockquote' | 'expandable_blockquote' }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'text_link'; readonly url: string }
export type Entity = Mark & { readonly offset: number; readonly length: number }
export type Rich = { readonly text: string; readonly entities: readonly Entity[] }

/** Renders the tree. Entities come in the order of their starts, outer before inner; empty ones are left out. */
export function toRich(tree: Text): Rich {
  const out = { text: '', entities: new Array<Entity>() }
  write(tree, out, [])
  return {
    text: out.text,
    entities: out.entities.filter((entity) => entity.length > 0).toSorted((a, b) => a.offset - b.offset || b.length - a.length),
  }
}

type Out = { text: string; entities: Entity[] }

function write(tree: Text, out: Out, open: readonly Mark['type'][]): void {
  if (isTexts(tree)) for (const part of tree) write(part, out, open)
  else if (typeof tree === 'string') out.text += redactKeys(tree.toWellFormed())
  else writeSpan(tree, out, open)
}

function writeSpan(span: Exclude<Span, string>, out: Out, open: readonly Mark['type'][]): void {
  const offset = out.text.length
  const mark = markOf(span)
  write(inside(span), out, [...open, mark.type])
  if (mayStand(mark.type, open)) out.entities.push({ ...mark, offset, length: out.text.length - offset })
}

function markOf(span: Exclude<Span, string>): Mark {
  if ('b' in span) return { type: 'bold' }
  if ('i' in span) return { type: 'italic' }
  if ('code' in span) return { type: 'code' }
  if ('pre' in span) return span.lang === undefined ? { type: 'pre' } : { type: 'pre', language: span.lang }
  if ('quote' in span) return { type: span.expandable === true ? 'expandable_blockquote' : 'blockquote' }
  return { type: 'text_link', url: span.url }
}

function inside(span: Exclude<Span, string>): Text {
  if ('b' in span) return span.b
  if ('i' in span) return span.i
  if ('code' in span) return span.code
  if ('pre' in span) return span.pre
  if ('quote' in span) return span.quote
  return span.link
}

const QUOTES: readonly Mark['type'][] = ['blockquote', 'expandable_blockquote']

/** Telegram's own rules of nesting: no quote in a quote, code only in a quote, nothing twice. */
function mayStand(type: Mark['type'], open: readonly Mark['type'][]): boolean {
  if (open.includes(type)) return false
  if (QUOTES.includes(type)) return open.length === 0
  if (type === 'code' || type === 'pre') return open.every((outer) => QUOTES.includes(outer))
  return true
}

/** As the Bot API's type wants it. */
export function toMessageEntities(entities: readonly Entity[]): MessageEntity[] {
  return entities.map((entity) => ({ ...entity }))
}
