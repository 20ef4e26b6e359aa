/**
 * One message as an element, made of parts that are replaced one by one when the message changes: what did not change keeps
 * its place, its scroll and its focus.
 */
import { el, emojiOf } from './dom.js'
import { renderText } from './entities.js'
import { duration, sizeOf, timeOf } from './format.js'
import { icon } from './icons.js'
import { renderKeyboard } from './keyboard.js'

/** Larger files are saved, not previewed. */
const PREVIEW_BYTES = 1_048_576
const TEXT_FILE = /\.(?:txt|md|diff|patch|log|json|ya?ml|[cm]?[jt]sx?|css|html?|py|rs|go|java|kt|sh|sql|toml|xml|csv|rb|php|c|h|cpp)$/i

/** The parts of a bubble in order: the name, what it is made from, how. */
const PARTS = [
  ['name', (message, look) => (look.named ? [message.from, message.hue] : null), renderName],
  ['forwarded', (message) => message.forwarded, (message) => el('p', { class: 'forwarded' }, 'Forwarded from ', el('b', {}, message.forwarded))],
  ['reply', (message) => message.reply, renderReply],
  ['file', (message, look) => look.album?.map(({ file }) => file) ?? message.file, renderFile],
  [
    'text',
    (message, look) => (caption(message, look).text === '' ? null : [caption(message, look).text, caption(message, look).entities]),
    renderWords,
  ],
  ['reactions', (message) => (message.reactions.length === 0 ? null : message.reactions), renderReactions],
  ['meta', (message) => [message.date, message.edited, message.silent], renderMeta],
]

/** Makes the list item of a message. `deps` are the page's acts; `look` = `{first, last, named}`: where it stands in its group. */
export function createBubble(message, look, deps) {
  if (message.notice !== undefined) return el('li', { class: 'notice', 'data-id': message.id }, el('span', {}, message.notice))
  const box = el('div', { class: 'bubble' })
  const column = el('div', { class: 'column' }, box)
  const more = el(
    'button',
    { type: 'button', class: 'more', 'aria-label': 'Reply, react or copy', 'aria-haspopup': 'dialog', onclick: () => deps.menu(message.id) },
    icon('smile'),
  )
  const item = el('li', { 'data-id': message.id }, column, more)
  item.made = {}
  item.opened = new Set()
  updateBubble(item, message, look, deps)
  return item
}

/** Brings the item to what the message now says. */
export function updateBubble(item, message, look, deps) {
  if (message.notice !== undefined) return
  item.className = classes(message, look)
  item.setAttribute('aria-label', `${message.out ? 'You' : message.from}, ${timeOf(message.date)}`)
  const box = item.querySelector('.bubble')
  let previous = null
  for (const [name, input, render] of PARTS) {
    previous = place(item, box, name, previous, input(message, look), () => render(message, { ...deps, opened: item.opened }, look))
  }
  place(item, box.parentNode, 'keyboard', box, message.keyboard, () => renderKeyboard(message, deps))
}

/** Puts, replaces or removes one part behind `previous`; answers the node the next part comes behind. */
function place(item, parent, name, previous, input, render) {
  const key = input === undefined || input === null ? undefined : JSON.stringify(input)
  const made = item.made[name]
  if (made?.key === key) return made?.node ?? previous
  made?.node.remove()
  if (key === undefined) {
    delete item.made[name]
    return previous
  }
  const focused = name === 'keyboard' && made?.node.contains(document.activeElement)
  const node = render()
  item.made[name] = { key, node }
  if (previous === null) parent.prepend(node)
  else previous.after(node)
  if (focused) node.querySelector('button')?.focus({ preventScroll: true })
  return node
}

function classes(message, look) {
  const picture = message.file?.kind === 'photo'
  return [
    'item',
    message.out ? 'out' : 'in',
    look.first && 'first',
    look.last && 'last',
    picture && 'with-photo',
    picture && caption(message, look).text === '' && message.reply === undefined && 'only-photo',
    message.keyboard !== undefined && 'with-keyboard',
    isEmoji(message) && 'big-emoji',
  ]
    .filter(Boolean)
    .join(' ')
}

function isEmoji(message) {
  return message.file === undefined && message.reply === undefined && message.entities.length === 0 && /^(?:\p{RGI_Emoji}){1,3}$/v.test(message.text)
}

function renderName(message) {
  return el('p', { class: `name hue-${message.hue}` }, el('bdi', {}, message.from))
}

function renderReply({ reply }, deps) {
  return el(
    'button',
    { type: 'button', class: 'reply', 'aria-label': `Reply to ${reply.from}: ${reply.text}. Go to it.`, onclick: () => deps.goTo(reply.id) },
    el('b', {}, el('bdi', {}, reply.from)),
    el('span', {}, el('bdi', {}, reply.text)),
  )
}

function renderWords(message, deps, look) {
  const { text, entities } = caption(message, look)
  return el('div', { class: 'words', dir: 'auto' }, renderText(text, entities, deps))
}

/** The message of an album that has the words; any other is its own. */
function caption(message, look) {
  return look.album?.find(({ text }) => text !== '') ?? message
}

function renderFile(message, deps, look) {
  const { file } = message
  const photos = (look.album ?? [message]).map((each) => each.file)
  if (file.kind === 'photo' && photos.length > 1)
    return el(
      'div',
      { class: 'album' },
      photos.map((_, index) => renderPhoto(photos, index, deps)),
    )
  if (file.kind === 'photo') return renderPhoto(photos, 0, deps)
  if (file.kind === 'voice' || file.kind === 'audio' || file.kind === 'video')
    return fileRow(file, `${file.kind === 'voice' ? 'Voice message' : file.name} · ${duration(file.seconds ?? 0)}`)
  const row = fileRow(file, sizeOf(file.size))
  if (file.size <= PREVIEW_BYTES && (file.mime.startsWith('text/') || TEXT_FILE.test(file.name)))
    row.firstChild.addEventListener('click', (event) => {
      event.preventDefault()
      deps.preview(file)
    })
  return row
}

function fileRow(file, below) {
  const open = el(
    'a',
    { class: 'file-open', href: file.href, download: file.name },
    el('span', { class: 'file-icon' }, icon('file')),
    el('span', { class: 'file-words' }, el('b', { class: 'file-name' }, el('bdi', {}, file.name)), el('span', { class: 'file-size' }, below)),
  )
  return el(
    'div',
    { class: 'file' },
    open,
    el('a', { class: 'icon-button file-save', href: file.href, download: file.name, 'aria-label': `Save ${file.name}` }, icon('save')),
  )
}

function renderPhoto(photos, index, deps) {
  const file = photos[index]
  const label = photos.length > 1 ? `Open photo ${index + 1} of ${photos.length}` : 'Open the photo'
  const image = el('img', { src: file.href, alt: '', width: file.width, height: file.height, decoding: 'async', draggable: 'false' })
  return el('button', { type: 'button', class: 'photo', 'aria-label': label, onclick: () => deps.photo(photos, index) }, image)
}

function renderReactions(message, deps) {
  return el(
    'div',
    { class: 'reactions' },
    message.reactions.map(({ emoji, count, mine }) =>
      el(
        'button',
        {
          type: 'button',
          class: mine ? 'reaction mine' : 'reaction',
          'aria-pressed': String(mine),
          'aria-label': `${emoji} ${count}`,
          onclick: () => deps.react(message.id, mine ? [] : [emoji]),
        },
        el('span', { class: 'emoji' }, emojiOf(emoji)),
        count > 1 && el('span', {}, String(count)),
      ),
    ),
  )
}

function renderMeta(message) {
  const rings = !message.out && !message.silent
  return el(
    'span',
    { class: 'meta' },
    rings && el('span', { class: 'ring', title: 'This message rings', role: 'img', 'aria-label': 'rings' }, icon('bell')),
    message.edited && el('span', { class: 'edited' }, 'edited'),
    el('time', { datetime: new Date(message.date * 1000).toISOString() }, timeOf(message.date)),
    message.out && icon('check'),
  )
}
