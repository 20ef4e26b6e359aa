/** Telegram's HTML (`parse_mode: 'HTML'`): the same tags, the same refusals as the real server, byte offsets included. */
import { badRequest, type Refusal } from './refusal.ts'
import type { Entity } from './world-types.ts'

export type Formatted = Readonly<{ text: string; entities: readonly Entity[] }>

const TAGS: Readonly<Record<string, string | undefined>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  u: 'underline',
  ins: 'underline',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  'tg-emoji': 'custom_emoji',
  a: 'text_link',
  pre: 'pre',
  code: 'code',
  blockquote: 'blockquote',
}

/** The four named references Telegram knows, and numbers; the semicolon may be missing. */
const REFERENCE = '&(?:#\\d+|#x[0-9a-f]+|lt|gt|amp|quot);?'

type Open = Readonly<{ tag: string; argument: string; offset: number }>

/** Text and entities of `source`. Throws the `Refusal` the real server gives. */
export function parseHtml(source: string): Formatted {
  const open: Open[] = []
  const entities: Entity[] = []
  let text = ''
  let at = 0
  while (at < source.length) {
    const rest = source.slice(at)
    const reference = new RegExp(`^${REFERENCE}`, 'iu').exec(rest)?.[0]
    if (reference !== undefined) {
      text += decodeReference(reference)
      at += reference.length
    } else if (!rest.startsWith('<')) {
      text += source[at]
      at += 1
    } else if (rest.startsWith('</')) {
      at = closeTag(source, at, open, entities, text)
    } else {
      const tag = openTag(source, at)
      open.push({ tag: tag.name, argument: tag.argument, offset: text.length })
      at = tag.end
    }
  }
  const unclosed = open.at(-1)
  if (unclosed !== undefined) throw badRequest(`can't parse entities: Can't find end tag corresponding to start tag "${unclosed.tag}"`)
  return { text, entities: entities.toSorted(byPlace) }
}

/** By offset, the longer first. */
export function byPlace(a: Entity, b: Entity): number {
  return a.offset - b.offset || b.length - a.length
}

function decodeReference(reference: string): string {
  const body = reference.slice(1).replace(/;$/, '').toLowerCase()
  if (!body.startsWith('#')) return { lt: '<', gt: '>', amp: '&', quot: '"' }[body] ?? ''
  const point = body.startsWith('#x') ? Number.parseInt(body.slice(2), 16) : Number(body.slice(1))
  return point > 0 && point <= 0x10_ffff ? String.fromCodePoint(point) : ''
}

function openTag(source: string, begin: number): { name: string; argument: string; end: number } {
  const head = /^<([^\s>]*)/u.exec(source.slice(begin))
  const name = (head?.[1] ?? '').toLowerCase()
  let at = begin + 1 + name.length
  if (at >= source.length) throw refuse(source, begin, 'Unclosed start tag')
  if (TAGS[name] === undefined) throw refuse(source, begin, `Unsupported start tag "${name}"`)
  let argument = ''
  for (;;) {
    at += /^\s*/u.exec(source.slice(at))?.[0].length ?? 0
    if (source[at] === '>') break
    if (at >= source.length) throw refuse(source, begin, `Unclosed start tag "${name}"`)
    const attribute = readAttribute(source, at, begin, name)
    argument = argumentOf(name, attribute.name, attribute.value) ?? argument
    at = attribute.end
  }
  if (name === 'span' && argument !== 'spoiler') throw refuse(source, begin, 'Tag "span" must have class "tg-spoiler"')
  return { name, argument, end: at + 1 }
}

function readAttribute(source: string, at: number, begin: number, tag: string): { name: string; value: string; end: number } {
  const name = /^[^\s=>/"']*/u.exec(source.slice(at))?.[0] ?? ''
  if (name === '') throw refuse(source, begin, `Empty attribute name in the tag "${tag}"`)
  const equals = /^\s*=\s*/u.exec(source.slice(at + name.length))
  if (equals === null) return { name, value: '', end: at + name.length }
  const from = at + name.length + equals[0].length
  const literal = /^"([^"]*)"|^'([^']*)'/u.exec(source.slice(from))
  if (literal !== null) {
    const value = (literal[1] ?? literal[2] ?? '').replace(new RegExp(REFERENCE, 'giu'), (all) => decodeReference(all))
    return { name, value, end: from + literal[0].length }
  }
  if (source[from] === '"' || source[from] === "'" || from >= source.length) throw refuse(source, begin, 'Unclosed start tag')
  const token = /^[a-z0-9.-]*/iu.exec(source.slice(from))?.[0] ?? ''
  const end = from + token.length
  if (end < source.length && !/[\s>]/u.test(source[end] ?? '')) throw refuse(source, from, 'Unexpected end of name token')
  return { name, value: token.toLowerCase(), end }
}

function argumentOf(tag: string, attribute: string, value: string): string | undefined {
  if (tag === 'a' && attribute === 'href') return value
  if (tag === 'code' && attribute === 'class' && value.startsWith('language-')) return value.slice('language-'.length)
  if (tag === 'span' && attribute === 'class' && value.startsWith('tg-')) return value.slice('tg-'.length)
  if (tag === 'tg-emoji' && attribute === 'emoji-id') return value
  return tag === 'blockquote' && attribute === 'expandable' ? '1' : undefined
}

function closeTag(source: string, begin: number, open: Open[], entities: Entity[], text: string): number {
  const top = open.pop()
  if (top === undefined) throw refuse(source, begin, 'Unexpected end tag')
  const found = /^<\/([^\s>]*)\s*(>?)/u.exec(source.slice(begin))
  if (found?.[2] !== '>') throw refuse(source, begin, 'Unclosed end tag')
  const name = (found[1] ?? '').toLowerCase()
  if (name !== '' && name !== top.tag)
    throw badRequest(`can't parse entities: Unmatched end tag at byte offset ${bytes(source, begin)}, expected "</${top.tag}>", found "</${name}>"`)
  if (text.length > top.offset) addEntity(entities, top, text)
  return begin + found[0].length
}

function addEntity(entities: Entity[], { tag, argument, offset }: Open, text: string): void {
  const place = { offset, length: text.length - offset }
  const last = entities.at(-1)
  const same = last?.offset === place.offset && last.length === place.length
  if (tag === 'a') {
    const url = checkedLink(argument === '' ? text.slice(offset) : argument)
    if (url !== undefined) entities.push({ type: 'text_link', ...place, url })
  } else if (tag === 'pre' && same && last.type === 'code') {
    entities[entities.length - 1] = { ...last, type: 'pre' }
  } else if (tag === 'code') {
    if (same && last.type === 'pre') entities[entities.length - 1] = argument === '' ? last : { ...last, language: argument }
    else entities.push({ type: 'code', ...place, ...(argument === '' ? {} : { language: argument }) })
  } else if (tag === 'tg-emoji') {
    if (!/^[1-9]\d*$/.test(argument)) throw badRequest("can't parse entities: Invalid custom emoji identifier specified")
    entities.push({ type: 'custom_emoji', ...place, custom_emoji_id: argument })
  } else {
    entities.push({ type: tag === 'blockquote' && argument !== '' ? 'expandable_blockquote' : (TAGS[tag] ?? tag), ...place })
  }
}

/** The link as Telegram keeps it, or undefined when it is none: then the text stays and the entity is dropped without a word. */
export function checkedLink(link: string): string | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:/iu.test(link) ? link : `http://${link}`
  if (!URL.canParse(whole)) return undefined
  const url = new URL(whole)
  if (['tg:', 'ton:', 'tonsite:'].includes(url.protocol)) return whole
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  return isWeb && (url.hostname.includes('.') || url.hostname.startsWith('[')) ? url.href : undefined
}

function refuse(source: string, at: number, what: string): Refusal {
  return badRequest(`can't parse entities: ${what} at byte offset ${bytes(source, at)}`)
}

function bytes(source: string, at: number): number {
  return Buffer.byteLength(source.slice(0, at))
}
