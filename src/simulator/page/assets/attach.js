/** Photos and files the person chooses: shown small above the composer until they are sent. Photos are made as small as Telegram's own app makes them. */
import { byId, el } from './dom.js'
import { sizeOf } from './format.js'
import { icon } from './icons.js'

/** Telegram's app sends photos of at most so many pixels a side, as JPEG. */
const PHOTO_SIDE = 2560
const PHOTO_QUALITY = 0.87
const THUMB_SIDE = 112
const ALBUM_MAX = 10

/** `send(files, as, caption, replyTo)` answers a promise; `changed()` is called when something was chosen or taken away. */
export function createAttachments({ send, changed, onFail }) {
  const picker = byId('picker')
  const bar = byId('chosen')
  let chosen = []
  let asFiles = false

  byId('attach').append(icon('attach'))

  async function add(files) {
    const room = ALBUM_MAX - chosen.length
    if (files.length > room) onFail(`At most ${ALBUM_MAX} at once.`)
    for (const file of files.slice(0, Math.max(0, room))) chosen.push(await prepared(file))
    draw()
  }

  function draw() {
    bar.hidden = chosen.length === 0
    const photos = chosen.filter(({ photo }) => photo !== undefined).length
    bar.replaceChildren(
      el('ul', { class: 'chosen-list' }, ...chosen.map(item)),
      photos === chosen.length
        ? el('button', { type: 'button', class: 'chosen-as', 'aria-pressed': String(asFiles), onclick: toggle }, asFiles ? 'as files' : 'as photos')
        : '',
      el('button', { type: 'button', class: 'icon-button', 'aria-label': 'Send none of these', onclick: clear }, icon('close')),
    )
    changed()
  }

  function item({ file, thumb }) {
    const label = `${file.name}, ${sizeOf(file.size)}`
    return el('li', { class: 'chosen-item', title: label }, thumb ?? icon('file'), thumb === undefined ? el('span', {}, file.name) : '')
  }

  function toggle() {
    asFiles = !asFiles
    draw()
  }

  function clear() {
    chosen = []
    asFiles = false
    picker.value = ''
    draw()
  }

  /** Sends what is chosen with these words; it stays chosen when that fails. */
  async function submit(caption, replyTo) {
    const as = !asFiles && chosen.every(({ photo }) => photo !== undefined) ? 'photo' : 'document'
    const ids = []
    for (const { file, photo } of chosen) ids.push(await upload(as === 'photo' ? photo : file, as === 'photo' ? 'photo.jpg' : file.name))
    await send(ids, as, caption, replyTo)
    clear()
  }

  byId('attach').addEventListener('click', () => picker.click())
  picker.addEventListener('change', () => void add([...picker.files]).catch((error) => onFail(error.message)))
  byId('draft').addEventListener('paste', (event) => {
    const files = [...event.clipboardData.files]
    if (files.length === 0) return
    event.preventDefault()
    void add(files).catch((error) => onFail(error.message))
  })
  byId('room').addEventListener('dragover', (event) => event.preventDefault())
  byId('room').addEventListener('drop', (event) => {
    event.preventDefault()
    void add([...event.dataTransfer.files]).catch((error) => onFail(error.message))
  })
  draw()

  return { submit, isEmpty: () => chosen.length === 0 }
}

/** The file with what it would be as a photo and a small picture of it; neither for what this browser cannot show. */
async function prepared(file) {
  const bitmap = file.type.startsWith('image/') ? await createImageBitmap(file).catch(() => undefined) : undefined
  if (bitmap === undefined) return { file }
  const photo = await new Promise((resolve) => drawn(bitmap, PHOTO_SIDE).toBlob(resolve, 'image/jpeg', PHOTO_QUALITY))
  const thumb = drawn(bitmap, THUMB_SIDE)
  bitmap.close()
  return photo === null ? { file } : { file, photo, thumb }
}

function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const canvas = el('canvas', { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) })
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return canvas
}

async function upload(blob, name) {
  const response = await fetch(`/page/upload?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': blob.type || 'application/octet-stream' },
    body: blob,
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()).file
}
