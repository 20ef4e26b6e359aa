/** Puts the page together: the event stream drives the chat, the chat drives what is drawn, taps become acts. */
import { createChat } from './chat.js'
import { createComposer } from './composer.js'
import { byId, el, touch } from './dom.js'
import { actionWords } from './format.js'
import { listenGestures } from './gestures.js'
import { icon } from './icons.js'
import { createPresses } from './presses.js'
import { openPlaces, whereOf } from './places.js'
import { askLink, openAlert, openMenu, openPhotos, openText } from './sheets.js'
import { createSound } from './sound.js'
import { act, followEvents, older } from './stream.js'
import { createTimeline } from './timeline.js'
import { createVoice } from './voice.js'

const TOAST_MS = 3500
/** Telegram shows a draft for half a minute, or until the next message. */
const DRAFT_MS = 30_000
let draftTimer
/** Telegram shows an action for five seconds unless it is repeated. */
const DAY_MS = 1200
const TYPING_MS = 5000

// The key has done its work; it should not stay in the address bar, the history or a screenshot.
if (location.search !== '') history.replaceState(null, '', '/')

const chat = createChat()
const sound = createSound(byId('sound'))
const presses = createPresses(showAnswer, toast)
const deps = {
  press: presses.press,
  command: (text) => void sendText(text).catch((error) => toast(error.message)),
  open: openLink,
  copy: copyText,
  react: (messageId, emoji) => void act({ act: 'react', messageId, emoji }).catch((error) => toast(error.message)),
  goTo: (id) => void timeline.goTo(id).then((there) => there || toast('That message is not here any more.')),
  photo: (files, index) => void openPhotos(files, index),
  preview: (file) => void preview(file),
  menu: (id) => void messageMenu(id),
}
const timeline = createTimeline({ scroller: byId('scroller'), list: byId('timeline'), chat, deps, onPlace, loadOlder })
const composer = createComposer({
  send: sendText,
  sendFiles,
  edit: editText,
  commands: () => chat.info?.commands ?? [],
  onFail: toast,
  goTo: deps.goTo,
})
createVoice({ replyTo: composer.replyTo, done: composer.cancelReply, onFail: toast })
let unread = 0
let atEnd = true
let typingTimer
let toastTimer
let dayTimer
let typing
let line = 'connecting'

const handlers = {
  state(data) {
    chat.reset(data)
    unread = 0
    timeline.reset()
    showChat()
    openLastQuestion()
  },
  chat(info) {
    chat.info = info
    showChat()
  },
  message(message) {
    const what = chat.put(message)
    if (what === undefined) return
    if (message.out && what === 'new') timeline.follow()
    timeline.render()
    if (what === 'new') arrived(message)
    if (chat.ids().length <= 1) showChat()
  },
  gone({ id }) {
    chat.remove(id)
    if (composer.replyTo() === id) composer.cancelReply()
    timeline.render()
    showChat()
  },
  draft({ text }) {
    clearTimeout(draftTimer)
    draftTimer = setTimeout(stopDraft, DRAFT_MS)
    byId('drafted').textContent = text || 'Thinking…'
    byId('drafted').hidden = false
    if (timeline.atEnd()) byId('drafted').scrollIntoView({ block: 'end' })
  },
  typing({ action }) {
    clearTimeout(typingTimer)
    typing = actionWords(action)
    typingTimer = setTimeout(stopTyping, TYPING_MS)
    showStatus()
  },
  answer: presses.answered,
}

function arrived(message) {
  if (message.out) return
  stopTyping()
  stopDraft()
  if (message.ask !== undefined) composer.replyingTo(message, message.ask.placeholder)
  if (!message.silent) sound.ring()
  atEnd = timeline.atEnd()
  if (!atEnd || document.hidden) unread += 1
  showUnread()
  byId('live').textContent = message.notice ?? `${message.from}: ${message.text.slice(0, 300) || message.file?.name || ''}`
}

/** After a reload a question that is still the last word opens the reply bar again. */
function openLastQuestion() {
  const last = chat.get(chat.ids().at(-1))
  if (last?.ask !== undefined && !last.out) composer.replyingTo(last, last.ask.placeholder)
}

function stopDraft() {
  clearTimeout(draftTimer)
  byId('drafted').hidden = true
}

function stopTyping() {
  clearTimeout(typingTimer)
  typing = undefined
  showStatus()
}

// What is around the messages

function showChat() {
  const { info } = chat
  const empty = chat.ids().length === 0
  document.title = `${info.title} · Simulator`
  byId('title').textContent = whereOf(info).title
  byId('who').setAttribute('aria-label', `${whereOf(info).title}: choose the person, the chat or the topic`)
  byId('face').replaceChildren(el('span', {}, Array.from(info.title)[0] ?? 'L'))
  byId('foot').hidden = false
  byId('composer').hidden = empty
  byId('start').hidden = !empty
  byId('welcome').hidden = !empty
  byId('scroller').hidden = empty
  if (empty) showWelcome(info)
  showPinned(info.pinned)
  showStatus()
}

function showWelcome({ bot }) {
  byId('welcome').replaceChildren(
    el(
      'div',
      { class: 'welcome-card' },
      el('span', { class: 'face face-large', 'aria-hidden': 'true' }, Array.from(bot.name)[0] ?? 'L'),
      el('h2', {}, bot.name),
      el('p', { class: 'welcome-user' }, `@${bot.username}`),
      el('p', {}, bot.about ?? 'Write what you want, and coding agents do it on a branch of their own. Nothing lands before you say so.'),
    ),
  )
}

function showPinned(pinned) {
  byId('pinned')?.remove()
  if (pinned === undefined) return
  const bar = el(
    'button',
    { id: 'pinned', type: 'button', class: 'pinned', onclick: () => deps.goTo(pinned.id) },
    el('b', {}, 'Pinned message'),
    el('span', {}, el('bdi', {}, pinned.text)),
  )
  byId('banner').before(bar)
}

function showStatus() {
  const words = line === 'open' ? (typing ?? whereOf(chat.info).status) : line === 'connecting' ? 'connecting' : 'waiting for Lugh'
  const node = byId('status')
  const moving = typing !== undefined || line !== 'open'
  if (node.dataset.words === `${words}${moving}`) return
  node.dataset.words = `${words}${moving}`
  node.classList.toggle('busy', moving)
  node.replaceChildren(words, moving ? el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')) : '')
}

function onLine(now) {
  line = now
  const banner = byId('banner')
  banner.hidden = now === 'open'
  banner.textContent =
    now === 'locked'
      ? 'This window is not the one Lugh was opened in, or Lugh was restarted. Open the link it printed in the terminal.'
      : 'Connection lost. Trying again…'
  showStatus()
}

function onPlace({ atEnd: now, day }) {
  atEnd = now
  byId('floating').firstChild.textContent = day ?? ''
  if (atEnd && !document.hidden) unread = 0
  showUnread()
}

function showUnread() {
  const jump = byId('jump')
  jump.hidden = atEnd
  jump.replaceChildren(icon('down'), unread > 0 ? el('span', { class: 'badge' }, unread > 99 ? '99+' : String(unread)) : '')
  jump.setAttribute('aria-label', unread > 0 ? `${unread} new, go to the newest message` : 'Go to the newest message')
}

/** The day of what is being read shows while the finger moves. */
function showDay() {
  const node = byId('floating')
  node.classList.toggle('shown', !atEnd && node.textContent !== '')
  clearTimeout(dayTimer)
  dayTimer = setTimeout(() => node.classList.remove('shown'), DAY_MS)
}

function toast(words) {
  const node = byId('toast')
  node.textContent = words
  node.hidden = false
  clearTimeout(toastTimer)
  toastTimer = setTimeout(() => (node.hidden = true), TOAST_MS)
}

function showAnswer({ text, alert, url }) {
  if (url !== undefined) return openLink(url, '')
  if (text === '') return undefined
  return alert ? void openAlert(chat.info.bot.name, text) : toast(text)
}

// What the person does

async function sendText(text, replyTo) {
  await act({ act: 'send', text, ...(replyTo === undefined ? {} : { replyTo }) })
}

async function editText(messageId, text) {
  await act({ act: 'edit', messageId, text })
}

async function sendFiles(files, as, caption, replyTo) {
  await act({ act: 'files', files, as, caption, ...(replyTo === undefined ? {} : { replyTo }) })
}

function reply(id) {
  const message = chat.get(id)
  if (message !== undefined && message.notice === undefined) composer.replyingTo(message)
}

async function messageMenu(id) {
  const message = chat.get(id)
  if (message === undefined || message.notice !== undefined) return
  const chosen = await openMenu(message, chat.info.reactions)
  if (chosen === 'reply') reply(id)
  else if (chosen === 'edit') composer.editing(message)
  else if (chosen === 'copy') copyText(message.text)
  else if (chosen.startsWith('react:')) {
    const emoji = chosen.slice('react:'.length)
    const mine = chat.get(id)?.reactions.some((reaction) => reaction.mine && reaction.emoji === emoji)
    deps.react(id, mine ? [] : [emoji])
  }
}

async function openLink(url, shown) {
  if (!/^https?:\/\//i.test(url)) return toast('This page opens web links only.')
  if (shown !== url && (await askLink(url)) !== 'open') return
  window.open(url, '_blank', 'noopener,noreferrer')
}

function copyText(text) {
  navigator.clipboard.writeText(text).then(
    () => toast('Copied'),
    () => toast('The browser did not allow copying.'),
  )
}

async function preview(file) {
  try {
    const response = await fetch(file.href)
    if (!response.ok) throw new Error(await response.text())
    await openText(file, await response.text())
  } catch (error) {
    toast(error.message)
  }
}

async function loadOlder(before) {
  try {
    chat.prepend(await older(before))
  } catch {
    toast('Older messages could not be loaded.')
    chat.more = false
  }
}

byId('start').addEventListener('click', () => {
  void sendText('/start').then(
    () => touch() || composer.focus(),
    (error) => toast(error.message),
  )
})
const goElsewhere = () => void openPlaces(chat.info, act).catch((error) => toast(error.message))
byId('who').addEventListener('click', goElsewhere)
byId('who').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' && event.key !== ' ') return
  event.preventDefault()
  goElsewhere()
})
byId('jump').addEventListener('click', () => timeline.jump())
document.addEventListener('visibilitychange', () => onPlace({ atEnd }))
byId('scroller').addEventListener('scroll', showDay, { passive: true })
listenGestures(byId('timeline'), { menu: deps.menu, reply })
void followEvents((name, data) => handlers[name]?.(data), onLine)
