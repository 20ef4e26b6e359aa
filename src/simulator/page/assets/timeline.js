/**
 * The list of messages: a window over what the page knows, at most `SHOWN` items in the document, following the newest
 * unless the person reads further up. Whatever changes, what is being read stays where it is.
 */
import { createBubble, updateBubble } from './bubble.js'
import { calm, el } from './dom.js'
import { dayKey, dayName } from './format.js'

const SHOWN = 160
const STEP = 60
/** So near to the end counts as being there. */
const NEAR = 48
/** How near to an edge of the window before the next step is loaded. */
const EDGE = 900
/** Messages of one sender within this time stand together. */
const GROUP_SECONDS = 300
const HIDDEN_MS = 250

/** `deps` are the page's acts; `onPlace({atEnd})` after every scroll; `loadOlder()` answers a promise. */
export function createTimeline({ scroller, list, chat, deps, onPlace, loadOlder }) {
  const items = new Map()
  let end // id of the last one shown; undefined: whatever is newest
  let count = SHOWN
  let following = true
  let loading = false
  let lastTop = 0
  let drawing

  function shown() {
    const ids = chat.ids()
    const last = end === undefined ? ids.length : ids.findLastIndex((id) => id <= end) + 1
    return ids.slice(Math.max(0, last - count), last)
  }

  /** Draws once for all that changes before the next frame; a hidden page draws no frames and needs none at once. */
  function render() {
    if (drawing !== undefined) return
    drawing = document.hidden ? setTimeout(draw, HIDDEN_MS) : requestAnimationFrame(draw)
  }

  function draw() {
    drawing = undefined
    if (list.firstElementChild !== null) lookWhere()
    const anchor = following ? undefined : firstVisible()
    const ids = shown()
    const wanted = new Set()
    let place = list.firstElementChild
    const put = (key, node) => {
      wanted.add(key)
      if (node === place) place = place.nextElementSibling
      else list.insertBefore(node, place)
    }
    for (let index = 0; index < ids.length; index += 1) {
      const message = chat.get(ids[index])
      const album = albumAt(ids, index)
      if (album === 'inside') continue
      const before = chat.get(ids[index - 1])
      const newDay = before === undefined || dayKey(before.date) !== dayKey(message.date)
      if (newDay) put(`day:${dayKey(message.date)}`, dayItem(message.date))
      put(message.id, messageItem(message, before, chat.get(ids[index + (album?.length ?? 1)]), newDay, album))
    }
    for (const [key, entry] of items)
      if (!wanted.has(key)) {
        entry.node.remove()
        items.delete(key)
      }
    if (following) toEnd()
    else if (anchor?.node.isConnected) scroller.scrollTop += anchor.node.getBoundingClientRect().top - anchor.top
    place_()
  }

  /** The messages of the album that begins here, `'inside'` for its later ones, undefined for what is in none. */
  function albumAt(ids, index) {
    const { album } = chat.get(ids[index])
    if (album === undefined) return undefined
    if (chat.get(ids[index - 1])?.album === album) return 'inside'
    const rest = ids.slice(index).map((id) => chat.get(id))
    const length = rest.findIndex((message) => message.album !== album)
    return length < 0 ? rest : rest.slice(0, length)
  }

  function dayItem(date) {
    const key = `day:${dayKey(date)}`
    const made = items.get(key)
    if (made !== undefined) return made.node
    const node = el('li', { class: 'day' }, el('span', {}, dayName(date)))
    items.set(key, { node })
    return node
  }

  function messageItem(message, before, after, newDay, album) {
    const look = {
      first: newDay || !together(before, message),
      last: after === undefined || !together(message, after) || dayKey(after.date) !== dayKey(message.date),
      named: false,
      album,
    }
    look.named = look.first && !message.out && !chat.info.isPrivate
    const key = JSON.stringify([message.version, look, album?.map(({ version }) => version)])
    const made = items.get(message.id)
    if (made?.key === key) return made.node
    if (made !== undefined) {
      updateBubble(made.node, message, look, deps)
      made.key = key
      return made.node
    }
    const node = createBubble(message, look, deps)
    items.set(message.id, { node, key })
    return node
  }

  function firstVisible() {
    const top = scroller.getBoundingClientRect().top
    for (const node of list.children) {
      const box = node.getBoundingClientRect()
      if (box.bottom > top && node.dataset.id !== undefined) return { node, top: box.top }
    }
    return undefined
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight
    lastTop = scroller.scrollTop
  }

  const distance = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight

  function place_() {
    const day = chat.get(Number(firstVisible()?.node.dataset.id))?.date
    onPlace({ atEnd: following || (end === undefined && distance() < NEAR), day: day === undefined || scroller.scrollTop < NEAR ? '' : dayName(day) })
  }

  /** What grows below moves the end away, not the reader: only scrolling up stops the following. */
  function lookWhere() {
    following = end === undefined && (distance() < NEAR || (following && scroller.scrollTop >= lastTop))
    lastTop = scroller.scrollTop
  }

  async function onScroll() {
    lookWhere()
    place_()
    if (loading) return
    if (scroller.scrollTop < EDGE) await up()
    else if (end !== undefined && distance() < EDGE) down()
  }

  async function up() {
    const ids = chat.ids()
    const first = shown()[0]
    if (first === undefined) return
    if (first === ids[0] && chat.more) {
      loading = true
      await loadOlder(first).finally(() => (loading = false))
    }
    const all = chat.ids()
    const index = all.indexOf(first)
    if (index <= 0) return
    // The window moves up: what falls out below comes back on the way down.
    const last = Math.min(all.length, Math.max(0, index - STEP) + SHOWN)
    end = last === all.length ? undefined : all[last - 1]
    count = SHOWN
    following = false
    draw()
  }

  function down() {
    const ids = chat.ids()
    const last = ids.findLastIndex((id) => id <= end) + STEP
    end = last >= ids.length - 1 ? undefined : ids[last]
    draw()
  }

  /** Whether the newest is shown right now: a scroll may be newer than the last scroll event. */
  function atEnd() {
    lookWhere()
    return following
  }

  /** Shows the newest message. */
  function jump() {
    const far = end !== undefined || distance() > 3000
    if (far || calm()) {
      follow()
      return draw()
    }
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: 'smooth' })
  }

  /** Scrolls to a message and lets it glow for a moment; answers false when it is not there. */
  async function goTo(id) {
    while (chat.get(id) === undefined && chat.more) await loadOlder(chat.ids()[0])
    if (chat.get(id) === undefined) return false
    if (!shown().includes(id)) {
      const ids = chat.ids()
      const last = Math.min(ids.length, ids.indexOf(id) + STEP)
      end = last === ids.length ? undefined : ids[last - 1]
      following = false
      draw()
    }
    const { node } = items.get(id) ?? items.get(headOf(id))
    following = false
    node.scrollIntoView({ block: 'center', behavior: calm() ? 'instant' : 'smooth' })
    node.classList.remove('glow')
    void node.offsetWidth
    node.classList.add('glow')
    return true
  }

  /** The first of the album a message stands in. */
  function headOf(id) {
    const { album } = chat.get(id)
    return shown().find((other) => chat.get(other).album === album)
  }

  /** From now on the newest is shown. */
  function follow() {
    end = undefined
    toEnd()
    following = true
  }

  /** Forgets what was drawn: the whole state is new. */
  function reset() {
    for (const { node } of items.values()) node.remove()
    items.clear()
    end = undefined
    following = true
    draw()
  }

  scroller.addEventListener('scroll', () => void onScroll(), { passive: true })
  // A keyboard that opens, a picture that loads, a composer that grows: the end stays the end.
  const sizes = new ResizeObserver(() => (lookWhere(), following ? toEnd() : place_()))
  sizes.observe(scroller)
  sizes.observe(list)

  return { render, reset, jump, goTo, follow, atEnd, node: (id) => items.get(id)?.node }
}

function together(a, b) {
  if (a === undefined || b === undefined || a.notice !== undefined || b.notice !== undefined) return false
  return a.out === b.out && a.from === b.from && b.date - a.date < GROUP_SECONDS
}
