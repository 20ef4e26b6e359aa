/**
 * The phone page of the simulator: one person's view of one chat or topic at a time, in a browser on this machine. Answers only loopback names,
 * only the browser that was opened with the printed key, and never sends anything a message says as markup or script.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LughError, errorText, sayError } from '#core'
import type { PageHandler, PageInput } from '../page-port.ts'
import type { StoredFile, WorldEvent } from '../world-types.ts'
import { readAssets } from './assets.ts'
import { createDoor } from './door.ts'
import { createFeed } from './feed.ts'
import { namedLabel } from './hidden.ts'
import { createPlaces, type Looking } from './places.ts'
import { openStream, readBody, readBytes, send, sendJson } from './reply.ts'
import { createUploads, MAX_UPLOAD_BYTES } from './uploads.ts'
import { viewChat, viewMessage } from './view-message.ts'
import { spokenNote } from '../spoken-note.ts'
import { Act, Recording, type CommandView, type MessageView, type PageEvent } from './views.ts'

/** What a phone loads at once; the rest comes when the person scrolls up. */
const FIRST_MESSAGES = 100
const OLDER_MESSAGES = 100
/** A message of 4096 characters, each four bytes, JSON-escaped, with room to spare. */
const MAX_BODY = 128 * 1024
/** What a bot may fetch, and a little more, so that its refusal can be seen. */
const MAX_RECORDING = 25 * 1024 * 1024
/** A dead connection shows within this time; the page gives up after three missed ones. */
const BEAT_MS = 10_000
/** A phone that does not read is let go: it comes back by itself and gets what it missed. */
const MAX_UNREAD = 4 * 1024 * 1024
const MAX_STREAMS = 16
/** Pictures a browser may show in place; anything else is only ever saved. */
const PICTURES: readonly (readonly [type: string, starts: string])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF8'],
  ['image/webp', 'RIFF'],
]

export type PageOptions = PageInput &
  Readonly<{
    /** Whose phone it is; the world's first person when left out. */
    personId?: number
    /** Which chat it shows; the person's private chat with the bot when left out. */
    chatId?: number
    /** The bot's command list as it now stands, and what it says about itself. */
    commands?: () => readonly CommandView[]
    about?: () => string | undefined
  }>

/** Makes the page's handler: takes `/` and everything under `/page/`, leaves every other path to others. */
export function createPage({ world, key, port, commands, about, ...who }: PageOptions): PageHandler {
  const personId = who.personId ?? world.persons()[0]?.id ?? 0
  const eye: Looking = { world, personId: world.mustPerson(personId).id, chatId: world.mustChat(who.chatId ?? personId).id }
  const places = createPlaces(eye)
  const uploads = createUploads(eye)
  const assets = readAssets()
  const door = createDoor(key, port)
  const feed = createFeed(state)
  let shown = JSON.stringify(chat())
  world.watch((event) => {
    refresh()
    for (const one of pageEvents(event)) feed.publish(one)
  })

  /** Tells the phone what changed around the messages. The bot's menu and words about itself change without an event of the world. */
  function refresh(): void {
    const now = chat()
    const text = JSON.stringify(now)
    if (text === shown) return
    shown = text
    feed.publish({ event: 'chat', data: now })
  }

  function chat() {
    return { ...viewChat(eye, world.mustChat(eye.chatId), commands?.() ?? [], about?.()), places: places.view() }
  }

  function state(): PageEvent {
    return { event: 'state', data: { chat: chat(), ...newest(Infinity, FIRST_MESSAGES) } }
  }

  function newest(before: number, count: number): { messages: MessageView[]; more: boolean } {
    const all = world.messages(eye.chatId).filter((message) => message.id < before && places.sees(message))
    return { messages: all.slice(-count).map((message) => viewMessage(eye, message)), more: all.length > count }
  }

  function pageEvents(event: WorldEvent): PageEvent[] {
    switch (event.kind) {
      case 'message.added':
      case 'message.edited':
      case 'keyboard.changed':
      case 'reaction.changed':
        return places.sees(event.message) ? [{ event: 'message', data: viewMessage(eye, event.message) }] : []
      case 'message.deleted':
        return places.sees(event.message) ? [{ event: 'gone', data: { id: event.message.id } }] : []
      case 'chat.action':
        return event.chatId === eye.chatId && event.threadId === eye.threadId ? [{ event: 'typing', data: { action: event.action } }] : []
      case 'draft.shown':
        return event.chatId === eye.chatId ? [{ event: 'draft', data: { text: event.text } }] : []
      case 'callback.answered':
        return event.query.from.id === eye.personId ? [answered(event.query)] : []
      default:
        return []
    }
  }

  function route(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = url.pathname
    if (path !== '/' && !path.startsWith('/page/')) return false
    if (!door.isLocal(request)) refuse(response, 421, 'This page answers only on this machine.')
    else if (path === '/page/act')
      void act(request, response).catch((error: unknown) => sendJson(response, 500, { say: sayError(error), detail: errorText(error, 200) }))
    else if (path === '/page/voice')
      void voice(request, response, url.searchParams).catch((error: unknown) => sendJson(response, 409, { say: sayError(error) }))
    else if (path === '/page/upload')
      void upload(request, response, url.searchParams).catch((error: unknown) => sendJson(response, 500, { say: sayError(error) }))
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, 'Not that way.')
    else if (path === '/') openPage(request, response, url.searchParams.get('key'))
    else if (path.startsWith('/page/assets/')) sendAsset(response, path.slice('/page/assets/'.length))
    else if (!door.isOwn(request, false)) refuse(response, 403, 'Only this page itself may ask.')
    else if (!door.knows(request)) refuse(response, 401, 'Open the link that Lugh printed.')
    else if (path === '/page/events') openEvents(request, response)
    else if (path === '/page/older') sendJson(response, 200, newest(Number(url.searchParams.get('before') ?? Number.NaN), OLDER_MESSAGES))
    else if (path.startsWith('/page/file/')) sendFile(response, path.slice('/page/file/'.length))
    else refuse(response, 404, 'There is nothing here.')
    return true
  }

  // The page itself answers a right key, without a redirect: after a click in a web terminal the browser would not send a
  // strict cookie along the redirect. The page takes the key out of the address bar.
  function openPage(request: IncomingMessage, response: ServerResponse, given: string | null): void {
    const cookie = door.knows(request) || given === null ? undefined : door.exchange(given)
    if (cookie === undefined && !door.knows(request)) return sendAsset(response, 'locked.html', {}, 403)
    return sendAsset(response, 'index.html', cookie === undefined ? {} : { 'set-cookie': cookie })
  }

  function sendAsset(response: ServerResponse, name: string, headers: Record<string, string> = {}, status = 200): void {
    const asset = assets.get(name)
    if (asset === undefined) return refuse(response, 404, 'There is nothing here.')
    return send(response, status, asset.type, asset.bytes, headers)
  }

  function openEvents(request: IncomingMessage, response: ServerResponse): void {
    if (feed.listeners() >= MAX_STREAMS) return refuse(response, 503, 'Too many windows are open.')
    door.take(request)
    openStream(response)
    const last = request.headers['last-event-id']
    const write = (text: string): void => {
      response.write(text)
      if (response.writableLength > MAX_UNREAD) response.destroy()
    }
    const leave = feed.join(typeof last === 'string' ? last : undefined, write)
    const beat = setInterval(() => {
      refresh()
      write(': beat\n\n')
    }, BEAT_MS)
    response.on('close', () => {
      clearInterval(beat)
      leave()
    })
  }

  function sendFile(response: ServerResponse, id: string): void {
    const file = seenFile(id)
    if (file === undefined) return refuse(response, 404, 'There is no such file in this chat.')
    const head = Buffer.from(file.bytes.subarray(0, 8)).toString('latin1')
    const picture = PICTURES.find(([, starts]) => head.startsWith(starts))?.[0]
    const name = `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`
    return send(response, 200, picture ?? 'application/octet-stream', file.bytes, picture === undefined ? { 'content-disposition': name } : {})
  }

  // Only what this chat shows: the id alone must not open files of other chats.
  function seenFile(id: string): StoredFile | undefined {
    return world.messages(eye.chatId).find((message) => message.media?.file.fileId === id)?.media?.file
  }

  /** Answers whether the request is a post of this very page; refuses it otherwise. */
  function isOwnPost(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'POST') refuse(response, 405, 'Not that way.')
    else if (!door.isOwn(request, true)) refuse(response, 403, 'Only this page itself may ask.')
    else if (!door.knows(request)) refuse(response, 401, 'Open the link that Lugh printed.')
    else return true
    return false
  }

  /** Takes one file in; it is sent by an act of its own, together with others. */
  async function upload(request: IncomingMessage, response: ServerResponse, of: URLSearchParams): Promise<void> {
    if (!isOwnPost(request, response)) return
    const bytes = await readBytes(request, MAX_UPLOAD_BYTES)
    if (bytes === undefined) return refuse(response, 413, 'This page sends files of at most 50 MB.')
    const name = (of.get('name') ?? '').slice(0, 200)
    const mime = (request.headers['content-type'] ?? '').slice(0, 100)
    sendJson(response, 200, { file: uploads.keep({ bytes, ...(name === '' ? {} : { name }), ...(mime === '' ? {} : { mime }) }) })
  }

  async function act(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnPost(request, response)) return
    if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) return refuse(response, 415, 'JSON only.')
    const body = await readBody(request, MAX_BODY)
    if (body === undefined) return refuse(response, 413, 'That is too long.')
    const parsed = Act.safeParse(parseJson(body))
    if (!parsed.success) return refuse(response, 400, 'The page asked for something this version does not know. Reload it.')
    try {
      return sendJson(response, 200, perform(parsed.data))
    } catch (error) {
      return sendJson(response, 409, { say: sayError(error) })
    }
  }

  /** A recording, or an audio file; without any bytes a note that only its words stand in. */
  async function voice(request: IncomingMessage, response: ServerResponse, asked: URLSearchParams): Promise<void> {
    if (request.method !== 'POST') return refuse(response, 405, 'Not that way.')
    if (!door.isOwn(request, true)) return refuse(response, 403, 'Only this page itself may ask.')
    if (!door.knows(request)) return refuse(response, 401, 'Open the link that Lugh printed.')
    const parsed = Recording.safeParse(Object.fromEntries(asked))
    if (!parsed.success) return refuse(response, 400, 'The page asked for something this version does not know. Reload it.')
    const body = await readBytes(request, MAX_RECORDING)
    if (body === undefined) return sendJson(response, 413, { say: 'That is too large to send.' })
    const { kind, says, seconds, name, replyTo } = parsed.data
    if (body.length === 0 && says.trim() === '') return sendJson(response, 409, { say: 'There is nothing in it.' })
    const place = placed(replyTo)
    const bytes = body.length === 0 ? spokenNote(says, Math.max(1, Math.round(seconds))) : new Uint8Array(body)
    const mime = /^audio\/[\w.+-]+/u.exec(request.headers['content-type'] ?? '')?.[0]
    const file = {
      bytes,
      says,
      duration: Math.max(1, Math.round(seconds)),
      ...(name === undefined ? {} : { name }),
      ...(mime === undefined ? {} : { mime }),
    }
    const sent = kind === 'voice' ? world.sendVoice(eye.personId, eye.chatId, file, place) : world.sendAudio(eye.personId, eye.chatId, file, place)
    return sendJson(response, 200, { messageId: sent.id })
  }

  /** Where what is sent goes: the topic on the screen. */
  function placed(replyTo: number | undefined): { replyTo?: number; threadId?: number } {
    const threadId = places.thread()
    return { ...(replyTo === undefined ? {} : { replyTo }), ...(threadId === undefined ? {} : { threadId }) }
  }

  function perform(act: Act): { messageId?: number; query?: string } {
    if (act.act === 'send') return { messageId: world.sendText(eye.personId, eye.chatId, act.text, placed(act.replyTo)).id }
    if (act.act === 'files') return { messageId: uploads.send(act) }
    if (act.act === 'look' || act.act === 'meet' || act.act === 'group' || act.act === 'topic') {
      places.go(act)
      shown = JSON.stringify(chat())
      feed.publish(state())
      return {}
    }
    const message = world.message(eye.chatId, act.messageId)
    if (message === undefined) throw new LughError('not-found', 'That message is not here any more.')
    if (act.act === 'react') return { messageId: world.react(eye.personId, message, act.emoji).id }
    if (act.act === 'edit') return { messageId: world.editText(eye.personId, message, act.text).id }
    return { query: world.pressButton(eye.personId, message, { data: act.data }).id }
  }

  return route
}

function answered(query: Extract<WorldEvent, { kind: 'callback.answered' }>['query']): PageEvent {
  const { text = '', alert = false, url } = query.answer ?? {}
  return { event: 'answer', data: { query: query.id, text: namedLabel(text), alert, ...(url === undefined ? {} : { url }) } }
}

/** Every refusal is one plain sentence. */
function refuse(response: ServerResponse, status: number, say: string): void {
  if (response.headersSent) return
  send(response, status, 'text/plain; charset=utf-8', say)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
