/** A long press or right click opens a message's menu; a swipe to the left answers it. Never stands in the way of scrolling or selecting. */

const LONG_MS = 450
const SLOP = 10
const SWIPE = 64

/** Listens on the list of messages; `menu(id)` and `reply(id)` are called with a message's id. */
export function listenGestures(list, { menu, reply }) {
  let press

  const idOf = (target) => Number(target.closest('.item')?.dataset.id ?? 0)
  const isFree = (target) => target.closest('.bubble') !== null && target.closest('a, .pre-body') === null

  function end() {
    clearTimeout(press?.timer)
    if (press?.item !== undefined) press.item.style.removeProperty('--swipe')
    press = undefined
  }

  list.addEventListener('contextmenu', (event) => {
    if (!isFree(event.target) || String(getSelection()) !== '') return
    event.preventDefault()
    if (event.pointerType !== 'touch') menu(idOf(event.target))
  })
  list.addEventListener('pointerdown', (event) => {
    end()
    if (event.pointerType === 'mouse' || !isFree(event.target)) return
    const item = event.target.closest('.item')
    press = { item, x: event.clientX, y: event.clientY, dx: 0, pointer: event.pointerId }
    press.timer = setTimeout(() => {
      navigator.vibrate?.(10)
      list.addEventListener('click', (click) => click.stopPropagation(), { capture: true, once: true })
      menu(idOf(item))
      end()
    }, LONG_MS)
  })
  list.addEventListener('pointermove', (event) => {
    if (press === undefined || event.pointerId !== press.pointer) return
    press.dx = event.clientX - press.x
    if (Math.abs(event.clientY - press.y) > SLOP * 2 && press.dx > -SLOP) return end()
    if (Math.abs(press.dx) > SLOP) clearTimeout(press.timer)
    press.item.style.setProperty('--swipe', `${Math.max(-SWIPE - 16, Math.min(0, press.dx + SLOP))}px`)
  })
  list.addEventListener('pointerup', () => {
    if (press !== undefined && press.dx < -SWIPE) reply(idOf(press.item))
    end()
  })
  list.addEventListener('pointercancel', end)
}
