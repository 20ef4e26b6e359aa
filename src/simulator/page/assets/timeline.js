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

/** `deps` are the page's acts; `onPlace({atEnd})` after every scroll; `loadOlder()` answers a promise. */
export function createTimeline({ scroller, list, chat, deps, onPlace, loadOlder }) {
  const items = new Map()
  let end // id of the last one shown; undefined: whatever is newest
  let count = SHOWN
  let following = true
  let loading = false

  function shown() {
    const ids = chat.ids()
    const last = end === undefined ? ids.length : ids.findLastIndex((id) => id <= end) + 1
    return ids.slice(Math.max(0, last - count), last)
  }

  function render() {
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
      const before = chat.get(ids[index - 1])
      const newDay = before === undefined || dayKey(before.date) !== dayKey(message.date)
      if (newDay) put(`day:${dayKey(message.date)}`, dayItem(message.date))
      put(message.id, messageItem(message, before, chat.get(ids[index + 1]), newDay))
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

  function dayItem(date) {
    const key = `day:${dayKey(date)}`
    const made = items.get(key)
    if (made !== undefined) return made.node
    const node = el('li', { class: 'day' }, el('span', {}, dayName(date)))
    items.set(key, { node })
    return node
  }

  function messageItem(message, before, after, newDay) {
    const look = {
      first: newDay || !together(before, message),
      last: after === undefined || !together(message, after) || dayKey(after.date) !== dayKey(message.date),
      named: false,
    }
    look.named = look.first && !message.out && !chat.info.isPrivate
    const key = JSON.stringify([message.version, look])
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
  }

  const distance = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight

  function place_() {
    onPlace({ atEnd: end === undefined && distance() < NEAR })
  }

  async function onScroll() {
    following = end === undefined && distance() < NEAR
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
    render()
  }

  function down() {
    const ids = chat.ids()
    const last = ids.findLastIndex((id) => id <= end) + STEP
    end = last >= ids.length - 1 ? undefined : ids[last]
    render()
  }

  /** Shows the newest message. */
  function jump() {
    const far = end !== undefined || distance() > 3000
    end = undefined
    following = true
    if (far || calm()) return render()
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
      render()
    }
    const { node } = items.get(id)
    following = false
    node.scrollIntoView({ block: 'center', behavior: calm() ? 'instant' : 'smooth' })
    node.classList.remove('glow')
    void node.offsetWidth
    node.classList.add('glow')
    return true
  }

  /** Forgets what was drawn: the whole state is new. */
  function reset() {
    for (const { node } of items.values()) node.remove()
    items.clear()
    end = undefined
    following = true
    render()
  }

  scroller.addEventListener('scroll', () => void onScroll(), { passive: true })
  // A keyboard that opens, a picture that loads, a composer that grows: the end stays the end.
  const sizes = new ResizeObserver(() => (following ? toEnd() : place_()))
  sizes.observe(scroller)
  sizes.observe(list)

  return { render, reset, jump, goTo, follow: () => (following = true), node: (id) => items.get(id)?.node }
}

function together(a, b) {
  if (a === undefined || b === undefined || a.notice !== undefined || b.notice !== undefined) return false
  return a.out === b.out && a.from === b.from && b.date - a.date < GROUP_SECONDS
}
