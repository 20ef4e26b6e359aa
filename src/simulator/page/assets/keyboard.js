/** Buttons under a message. A pressed one spins until the bot answers; a late answer still shows. */
import { el } from './dom.js'
import { icon } from './icons.js'

/** Telegram's clients give up about then; the press itself stays valid. */
const SPIN_MS = 15_000
/** A word that may not fit into a button of three in a row: it may break anywhere. */
const LONG_WORD = /\S{13}/u

/** The keyboard of a message. */
export function renderKeyboard(message, deps) {
  return el(
    'div',
    { class: 'keyboard', role: 'group', 'aria-label': 'Buttons of this message' },
    message.keyboard.map((row) =>
      el(
        'div',
        { class: row.some(({ text }) => LONG_WORD.test(text)) ? 'row row-long' : 'row' },
        row.map((button) => renderButton(message, button, deps)),
      ),
    ),
  )
}

function renderButton(message, button, deps) {
  const node = el(
    'button',
    { type: 'button', class: ['key', button.style && `key-${button.style}`].filter(Boolean).join(' '), disabled: button.off === true },
    el('span', { class: 'key-text' }, button.text),
    button.url !== undefined && icon('link'),
    button.copy !== undefined && icon('copy'),
  )
  node.addEventListener('click', () => press(node, message, button, deps))
  return node
}

async function press(node, message, button, deps) {
  if (button.url !== undefined) return deps.open(button.url, button.text)
  if (button.copy !== undefined) return deps.copy(button.copy)
  if (button.data === undefined || node.getAttribute('aria-busy') === 'true') return undefined
  node.setAttribute('aria-busy', 'true')
  const stop = () => node.removeAttribute('aria-busy')
  const late = setTimeout(stop, SPIN_MS)
  await deps.press(message.id, button.data)
  clearTimeout(late)
  return stop()
}
