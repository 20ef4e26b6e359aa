/** What lies over the chat: the menu of a message, a photo, a file's text, an alert, a question before a link. One at a time. */
import { el, emojiOf } from './dom.js'
import { diffLines } from './entities.js'
import { icon } from './icons.js'
import { sizeOf } from './format.js'

const PREVIEW_LINES = 5000

/** Opens a modal dialog; Escape, the close button and a tap beside it close it. Answers a promise of what it was closed with. */
export function openSheet(kind, label, ...children) {
  const sheet = el('dialog', { class: `sheet ${kind}`, 'aria-label': label }, ...children)
  sheet.addEventListener('click', (event) => {
    if (event.target === sheet) sheet.close()
  })
  document.getElementById('phone').append(sheet)
  sheet.showModal()
  return new Promise((resolve) => {
    sheet.addEventListener('close', () => {
      sheet.remove()
      resolve(sheet.returnValue)
    })
  })
}

const closeButton = (label = 'Close') =>
  el(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, onclick: (event) => event.currentTarget.closest('dialog').close() },
    icon('close'),
  )

export const choice = (value, ...children) =>
  el('button', { type: 'button', class: 'choice', onclick: (event) => event.currentTarget.closest('dialog').close(value) }, ...children)

/**
 * What a recording says, and whether it is a file instead: a stand-in for a recogniser cannot hear. Answers `{ says, file }`, or undefined when
 * it is not to be sent.
 */
export async function askWords() {
  const words = el('textarea', { class: 'words', rows: 3, maxlength: 4096, 'aria-label': 'What does it say?', placeholder: 'What does it say?' })
  const file = el('input', { type: 'file', accept: 'audio/*', 'aria-label': 'Send an audio file instead' })
  const answer = await openSheet(
    'alert',
    'Voice message',
    el('p', {}, 'The simulator cannot hear. Write what the recording says, and it is understood so.'),
    words,
    file,
    choice('send', 'Send'),
    choice('', 'Discard'),
  )
  return answer === 'send' ? { says: words.value.trim(), file: file.files[0] } : undefined
}

/** The menu of a message. Answers `'reply'`, `'copy'`, `'react:👍'` or `''`. */
export function openMenu(message, reactions) {
  const mine = message.reactions.filter((reaction) => reaction.mine).map(({ emoji }) => emoji)
  return openSheet(
    'menu',
    'Message',
    el(
      'div',
      { class: 'menu-reactions', role: 'group', 'aria-label': 'React' },
      reactions.map((emoji) => {
        const button = choice(`react:${emoji}`, el('span', { class: 'emoji' }, emojiOf(emoji)))
        button.className = mine.includes(emoji) ? 'menu-reaction mine' : 'menu-reaction'
        button.setAttribute('aria-label', emoji)
        return button
      }),
    ),
    choice('reply', icon('reply'), 'Reply'),
    message.out && message.text !== '' && choice('edit', icon('edit'), 'Edit'),
    message.text !== '' && choice('copy', icon('copy'), 'Copy text'),
    choice('', icon('close'), 'Cancel'),
  )
}

/** An alert of the bot's, to be read and closed. */
export function openAlert(from, text) {
  return openSheet('alert', from, el('h2', {}, from), el('p', { class: 'alert-text', dir: 'auto' }, text), choice('', 'OK'))
}

/** Asks before leaving for `url`; answers `'open'` or `''`. */
export function askLink(url) {
  return openSheet(
    'alert',
    'Open link',
    el('h2', {}, 'Open this link?'),
    el('p', { class: 'alert-text mono' }, el('bdi', {}, url)),
    el('div', { class: 'alert-row' }, choice('', 'Cancel'), choice('open', 'Open')),
  )
}

/** Photos one below the other, as wide as the screen, from the tapped one on; a tap switches to full size, to be moved about. */
export function openPhotos(files, index) {
  const images = files.map((file) => el('img', { src: file.href, alt: 'Photo', width: file.width, height: file.height, draggable: 'false' }))
  const frame = el('div', { class: 'photo-frame', tabindex: '0', 'aria-label': 'Photo' }, el('div', { class: 'photo-stack' }, images))
  frame.addEventListener('click', (event) => {
    const image = event.target.closest('img')
    if (image === null) return
    const at = image.getBoundingClientRect()
    const [x, y] = [(event.clientX - at.left) / at.width, (event.clientY - at.top) / at.height]
    frame.classList.toggle('photo-large')
    frame.scrollTo(
      image.offsetLeft + image.offsetWidth * x - frame.clientWidth / 2,
      image.offsetTop + image.offsetHeight * y - frame.clientHeight / 2,
    )
  })
  const file = files[index]
  const save = el('a', { class: 'icon-button', href: file.href, download: file.name, 'aria-label': 'Save the photo' }, icon('save'))
  const title = files.length > 1 ? `${files.length} photos` : file.name
  const closed = openSheet('viewer', 'Photo', el('header', { class: 'viewer-bar' }, closeButton(), el('h2', {}, title), save), frame)
  frame.scrollTop = images[index].offsetTop
  return closed
}

/** A text file, line by line; a patch in colours. */
export async function openText(file, text) {
  const lines = text.split('\n')
  const cut = lines.length > PREVIEW_LINES
  const part = cut ? lines.slice(0, PREVIEW_LINES).join('\n') : text
  const patch = /\.(?:diff|patch)$/i.test(file.name)
  const save = el('a', { class: 'icon-button', href: file.href, download: file.name, 'aria-label': `Save ${file.name}` }, icon('save'))
  return openSheet(
    'viewer',
    file.name,
    el('header', { class: 'viewer-bar' }, closeButton(), el('h2', {}, el('bdi', {}, file.name), el('small', {}, sizeOf(file.size))), save),
    el('pre', { class: 'viewer-text', tabindex: '0' }, el('code', {}, patch ? diffLines(part) : part)),
    cut && el('p', { class: 'viewer-cut' }, `The first ${PREVIEW_LINES} of ${lines.length} lines. Save the file to see all.`),
  )
}
