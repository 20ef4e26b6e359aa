/** The few ways this page makes elements. Text always becomes a text node; markup is never parsed. */

/**
 * Makes an element. `props` are attributes (`class`, `data-…`, `aria-…`), `on…` listeners; `false` and `undefined` are left out.
 * Children are nodes, strings, or nothing.
 */
export function el(name, props = {}, ...children) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value)
    else node.setAttribute(key, value === true ? '' : String(value))
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== false && child !== ''))
  return node
}

/** The element of the page with this id. */
export function byId(id) {
  return document.getElementById(id)
}

/** An emoji as a picture: a lone sign such as ❤ would else be drawn as text. */
export const emojiOf = (emoji) => (emoji.length === 1 ? `${emoji}\ufe0f` : emoji)

/** Whether the person asked for less movement. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Whether a finger is the main pointer: then Enter makes a line and a long press opens the menu. */
export const touch = () => matchMedia('(pointer: coarse)').matches
