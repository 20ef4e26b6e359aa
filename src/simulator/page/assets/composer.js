/** Where the person writes: grows with the text, answers to a message, opens the command list on `/`. */
import { createAttachments } from './attach.js'
import { byId, el, touch } from './dom.js'
import { icon } from './icons.js'

const DRAFT = 'lugh.draft'

/** `send(text, replyTo)` and `edit(id, text)` answer a promise that rejects when it was not done; `commands()` the list as it now stands. */
export function createComposer({ send, sendFiles, edit, commands, onFail, goTo }) {
  const form = byId('composer')
  const draft = byId('draft')
  const bar = byId('replying')
  const list = byId('commands')
  const sendButton = byId('send')
  let replyTo
  let edited
  let chosen = -1
  let attachments

  byId('menu').append(icon('menu'))
  sendButton.append(icon('send'))

  function grow() {
    draft.style.height = 'auto'
    draft.style.height = `${draft.scrollHeight}px`
    sendButton.disabled = draft.value.trim() === '' && attachments?.isEmpty() !== false
    form.classList.toggle('has-text', !sendButton.disabled)
    sessionStorage.setItem(DRAFT, draft.value)
  }

  function setText(text) {
    draft.value = text
    grow()
    suggest()
  }

  // Replies

  /** Answers `message` with what is sent next; `placeholder` is what the bot asks for. */
  function replyingTo(message, placeholder) {
    cancelReply()
    replyTo = message.id
    draft.placeholder = placeholder ?? 'Message'
    showBar('reply', message, el('b', {}, 'Reply to ', el('bdi', {}, message.from)), 'Do not reply')
  }

  /** What is sent next takes the place of the person's own `message`. */
  function editing(message) {
    cancelReply()
    edited = message.id
    setText(message.text)
    showBar('edit', message, el('b', {}, 'Edit message'), 'Do not edit')
  }

  function showBar(kind, message, title, leave) {
    bar.replaceChildren(
      icon(kind),
      el(
        'button',
        { type: 'button', class: 'reply', onclick: () => goTo(message.id) },
        title,
        el('span', {}, el('bdi', {}, message.text === '' ? (message.file?.name ?? 'Message') : message.text.slice(0, 120))),
      ),
      el('button', { type: 'button', class: 'icon-button', 'aria-label': leave, onclick: cancelReply }, icon('close')),
    )
    bar.hidden = false
    draft.focus({ preventScroll: true })
  }

  function cancelReply() {
    replyTo = undefined
    if (edited !== undefined) setText('')
    edited = undefined
    draft.placeholder = 'Message'
    bar.hidden = true
    bar.replaceChildren()
  }

  // Commands

  function suggest(all = false) {
    const word = all ? '' : /^\/(\w*)$/.exec(draft.value)?.[1]
    const fitting = word === undefined ? [] : commands().filter(({ command }) => command.startsWith(word.toLowerCase()))
    chosen = fitting.length > 0 && !all ? 0 : -1
    list.hidden = fitting.length === 0
    list.replaceChildren(
      ...fitting.map(({ command, description }, index) =>
        el(
          'li',
          {
            role: 'option',
            id: `command-${index}`,
            class: 'command',
            'aria-selected': String(index === chosen),
            onclick: () => void submit(`/${command}`),
          },
          el('b', {}, `/${command}`),
          el('span', {}, description),
        ),
      ),
    )
    list.scrollTop = 0
    mark()
  }

  function mark() {
    for (const [index, node] of [...list.children].entries()) node.setAttribute('aria-selected', String(index === chosen))
    list.children[chosen]?.scrollIntoView({ block: 'nearest' })
    if (list.hidden || chosen < 0) draft.removeAttribute('aria-activedescendant')
    else draft.setAttribute('aria-activedescendant', `command-${chosen}`)
  }

  function move(step) {
    const length = list.children.length
    chosen = (chosen + step + length) % length
    mark()
  }

  function hideList() {
    list.hidden = true
    mark()
  }

  // Sending

  async function submit(text = draft.value) {
    const words = text.trim()
    if (!attachments.isEmpty()) return submitFiles(words)
    if (words === '') return
    const answering = replyTo
    const editing = edited
    const before = draft.value
    setText('')
    hideList()
    cancelReply()
    try {
      await (editing === undefined ? send(words, answering) : edit(editing, words))
    } catch (error) {
      if (draft.value === '') setText(before)
      onFail(error.message)
    }
  }

  /** Words beside chosen files are their caption. */
  async function submitFiles(caption) {
    sendButton.disabled = true
    try {
      await attachments.submit(caption, replyTo)
      setText('')
      cancelReply()
    } catch (error) {
      onFail(error.message)
    }
    grow()
  }

  function onKey(event) {
    if (event.isComposing) return
    if (!list.hidden && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      event.preventDefault()
      return move(event.key === 'ArrowDown' ? 1 : -1)
    }
    if (event.key === 'Escape') {
      if (list.hidden) cancelReply()
      return hideList()
    }
    if (event.key === 'Tab' && !event.shiftKey && !list.hidden && chosen >= 0) {
      event.preventDefault()
      return setText(`${list.children[chosen].firstChild.textContent} `)
    }
    if (event.key !== 'Enter' || event.shiftKey || (touch() && !event.ctrlKey && !event.metaKey)) return
    event.preventDefault()
    void submit(!list.hidden && chosen >= 0 ? list.children[chosen].firstChild.textContent : draft.value)
  }

  draft.addEventListener('input', () => {
    grow()
    suggest()
  })
  draft.addEventListener('keydown', onKey)
  draft.addEventListener('blur', () => setTimeout(() => document.activeElement !== draft && hideList(), 200))
  // The pressed button must not take the focus, or a phone's keyboard would close and open.
  for (const button of [sendButton, byId('menu'), list]) button.addEventListener('pointerdown', (event) => event.preventDefault())
  byId('menu').addEventListener('click', () => (list.hidden ? suggest(true) : hideList()))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void submit()
  })
  attachments = createAttachments({ send: sendFiles, changed: grow, onFail })
  setText(sessionStorage.getItem(DRAFT) ?? '')
  hideList()

  return { replyingTo, editing, cancelReply, replyTo: () => replyTo, focus: () => draft.focus({ preventScroll: true }) }
}
