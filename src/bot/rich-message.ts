/**
 * Long words as one rich message (Bot API 10.3) in place of several plain ones: the same text and marks as blocks. Nothing in the characters is
 * ever markup here either. Servers that know no rich messages refuse the first, and from then on everything goes out plain.
 */
import type { InputRichBlock, RichText } from 'grammy/types'
import type { Entity, Rich } from './entities.ts'

/** Telegram's limits of a rich message. */
const RICH_MAX = 32_768
const BLOCKS_MAX = 500

type Block = InputRichBlock

/** The text as blocks, a line each but for code and quotes; undefined when it is too long for one message. */
export function toBlocks({ text, entities }: Rich): Block[] | undefined {
  if (Array.from(text).length > RICH_MAX) return undefined
  const blocks: Block[] = []
  let at = 0
  for (const entity of entities.filter(isBlock)) {
    // What stands inside of another block is drawn with it.
    if (entity.offset < at) continue
    blocks.push(...paragraphs(text, entities, at, entity.offset), blockOf(text, entities, entity))
    at = entity.offset + entity.length
  }
  blocks.push(...paragraphs(text, entities, at, text.length))
  return blocks.length > BLOCKS_MAX ? undefined : blocks
}

function isBlock({ type }: Entity): boolean {
  return type === 'pre' || type === 'blockquote' || type === 'expandable_blockquote'
}

function blockOf(text: string, entities: readonly Entity[], entity: Entity): Block {
  const { offset, length } = entity
  if (entity.type === 'pre')
    return { type: 'pre', text: text.slice(offset, offset + length), ...(entity.language === undefined ? {} : { language: entity.language }) }
  const words = inline(text, entities, offset, offset + length)
  if (entity.type === 'expandable_blockquote') return { type: 'expandable_blockquote', text: words }
  return { type: 'blockquote', blocks: paragraphs(text, entities, offset, offset + length) }
}

/** Lines with something on them. */
function paragraphs(text: string, entities: readonly Entity[], from: number, to: number): Block[] {
  const blocks: Block[] = []
  for (let start = from; start < to;) {
    const line = text.indexOf('\n', start)
    const end = line === -1 || line > to ? to : line
    if (text.slice(start, end).trim() !== '') blocks.push({ type: 'paragraph', text: inline(text, entities, start, end) })
    start = end + 1
  }
  return blocks
}

/** The characters between two offsets with the marks on them, outer around inner. */
function inline(text: string, entities: readonly Entity[], from: number, to: number): RichText {
  const parts: RichText[] = []
  let at = from
  for (const [index, entity] of entities.entries()) {
    const start = Math.max(entity.offset, at)
    const end = Math.min(entity.offset + entity.length, to)
    if (entity.type === 'blockquote' || entity.type === 'expandable_blockquote' || entity.offset + entity.length <= at || end <= start) continue
    if (start > at) parts.push(text.slice(at, start))
    parts.push(marked(entity, inline(text, entities.slice(index + 1), start, end)))
    at = end
  }
  if (at < to) parts.push(text.slice(at, to))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : parts
}

function marked(entity: Entity, text: RichText): RichText {
  if (entity.type === 'bold' || entity.type === 'italic') return { type: entity.type, text }
  if (entity.type === 'text_link') return { type: 'url', text, url: entity.url }
  return { type: 'code', text }
}
