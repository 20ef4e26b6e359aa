/**
 * Text with Telegram's entities → DOM nodes. Offsets are UTF-16 units, as in JavaScript. Entities nest like a tree; a
 * crossing one is cut at its parent's end. Must never parse markup or follow a link by itself.
 */
import { el } from './dom.js'
import { icon } from './icons.js'

/** Shown as a foldable quote when longer than this many lines. */
const FOLD_LINES = 3
/** Only these may be opened; `javascript:`, `data:` and the rest stay plain words. */
const OPENABLE = /^(?:https?|mailto|tel|tg):/i

/**
 * Renders `text`. `deps` = `{command(text), open(url, shown), copy(text), opened}`: what a tap does; `opened` is a Set that
 * remembers which spoilers and quotes of this message are open.
 */
export function renderText(text, entities, deps) {
  const sorted = entities
    .filter((entity) => entity.length > 0 && entity.offset >= 0 && entity.offset < text.length)
    .toSorted((a, b) => a.offset - b.offset || b.length - a.length || rank(a) - rank(b))
  return renderRange(text, 0, text.length, sorted, deps)
}

const BLOCKS = ['blockquote', 'expandable_blockquote', 'pre']
function rank(entity) {
  return BLOCKS.includes(entity.type) ? 0 : entity.type === 'hidden' ? 2 : 1
}

function renderRange(text, from, to, entities, deps) {
  const nodes = []
  let at = from
  let index = 0
  while (index < entities.length) {
    const entity = entities[index]
    const start = Math.max(entity.offset, at)
    const end = Math.min(entity.offset + entity.length, to)
    index += 1
    if (end <= start) continue
    const inside = []
    while (index < entities.length && entities[index].offset < end) inside.push(entities[index++])
    if (start > at) nodes.push(text.slice(at, start))
    nodes.push(renderEntity(entity, text.slice(start, end), () => renderRange(text, start, end, inside, deps), deps))
    at = end
    // One line break beside a block is the block's own edge.
    if (BLOCKS.includes(entity.type) && text[at] === '\n') at += 1
    // What crosses the end goes on behind it.
    for (const crossing of inside)
      if (crossing.offset + crossing.length > end)
        entities = insert(entities, index, { ...crossing, offset: end, length: crossing.offset + crossing.length - end })
  }
  if (to > at) nodes.push(text.slice(at, to))
  return nodes
}

function insert(entities, index, entity) {
  return [...entities.slice(0, index), entity, ...entities.slice(index)]
}

const TAGS = { bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's' }

function renderEntity(entity, text, children, deps) {
  if (TAGS[entity.type] !== undefined) return el(TAGS[entity.type], {}, children())
  switch (entity.type) {
    case 'code':
      return el('code', { class: 'mono' }, children())
    case 'pre':
      return renderPre(text, entity.language, children, deps)
    case 'blockquote':
      return el('blockquote', { class: 'quote' }, children())
    case 'expandable_blockquote':
      return renderFold(entity, text, children(), deps)
    case 'spoiler':
      return renderSpoiler(entity, children(), deps)
    case 'hidden':
      return renderHidden(text)
    case 'text_link':
      return renderLink(entity.url ?? '', text, children(), deps)
    case 'url':
      return renderLink(OPENABLE.test(text) ? text : `https://${text}`, text, children(), deps)
    case 'email':
      return renderLink(`mailto:${text}`, text, children(), deps)
    case 'bot_command':
      return el('button', { type: 'button', class: 'inline-button', onclick: () => deps.command(text) }, children())
    case 'mention':
    case 'text_mention':
    case 'hashtag':
    case 'cashtag':
      return el('span', { class: 'mention' }, children())
    default:
      return el('span', {}, children())
  }
}

function renderPre(text, language, children, deps) {
  const name = (language ?? '').replace(/^language-/, '')
  const body = name === 'diff' ? diffLines(text) : children()
  const copy = el('button', { type: 'button', class: 'pre-copy', 'aria-label': 'Copy the code', onclick: () => deps.copy(text) }, icon('copy'))
  return el(
    'figure',
    { class: 'pre' },
    el('figcaption', { class: 'pre-head' }, el('span', {}, name === '' ? 'code' : name), copy),
    el('pre', { class: 'pre-body', tabindex: '0', 'aria-label': name === '' ? 'Code' : `Code, ${name}` }, el('code', {}, body)),
  )
}

/** Each line of a diff as its own coloured row. */
export function diffLines(text) {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => el('span', { class: `diff-line ${diffKind(line)}` }, line === '' ? ' ' : line))
}

function diffKind(line) {
  if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('diff ') || line.startsWith('index ')) return 'diff-head'
  if (line.startsWith('@@')) return 'diff-hunk'
  return line.startsWith('+') ? 'diff-add' : line.startsWith('-') ? 'diff-del' : 'diff-same'
}

function renderFold(entity, text, children, deps) {
  const key = `fold:${entity.offset}`
  if (text.split('\n').length <= FOLD_LINES && text.length < 140) return el('blockquote', { class: 'quote' }, children)
  const inner = el('div', { class: 'fold-text' }, children)
  const button = el('button', { type: 'button', class: 'fold-button' }, icon('down'))
  const quote = el('blockquote', { class: 'quote fold' }, inner, button)
  const show = () => {
    const open = deps.opened.has(key)
    quote.classList.toggle('fold-open', open)
    button.setAttribute('aria-expanded', String(open))
    button.setAttribute('aria-label', open ? 'Show less of the quote' : 'Show the whole quote')
  }
  quote.addEventListener('click', (event) => {
    if (event.target.closest('a, .inline-button, .spoiler') !== null || String(getSelection()) !== '') return
    if (!deps.opened.delete(key)) deps.opened.add(key)
    show()
  })
  show()
  return quote
}

function renderSpoiler(entity, children, deps) {
  const key = `spoiler:${entity.offset}`
  const open = deps.opened.has(key)
  const node = el(
    'span',
    { class: open ? 'spoiler spoiler-open' : 'spoiler' },
    el('span', { class: 'spoiler-text', 'aria-hidden': open ? undefined : 'true' }, children),
  )
  if (open) return node
  const show = () => {
    deps.opened.add(key)
    node.classList.add('spoiler-open')
    node.firstChild.removeAttribute('aria-hidden')
    for (const name of ['role', 'tabindex', 'aria-label']) node.removeAttribute(name)
  }
  for (const [name, value] of [
    ['role', 'button'],
    ['tabindex', '0'],
    ['aria-label', 'Hidden text, press to show'],
  ])
    node.setAttribute(name, value)
  node.addEventListener('click', show, { once: true })
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') show()
  })
  return node
}

/** A character that shows nothing or reorders its neighbours, as a box with its name. */
function renderHidden(text) {
  const names = Array.from(text, (char) => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`)
  return el('span', { class: 'hidden-char', title: 'A character that would not be seen' }, names.join(' '))
}

function renderLink(url, shown, children, deps) {
  if (!OPENABLE.test(url)) return el('span', {}, children)
  const link = el('a', { href: url, target: '_blank', rel: 'noopener noreferrer', title: url }, children)
  link.addEventListener('click', (event) => {
    event.preventDefault()
    deps.open(url, shown)
  })
  return link
}
