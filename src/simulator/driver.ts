/** A person with a phone, for tests: says, taps, waits. Waiting listens to the world's changes; it never sleeps and looks again. */
import { LughError } from '#core'
import type { OutgoingFile, SayOptions } from './person-acts.ts'
import { spokenNote } from './spoken-note.ts'
import { transcript } from './transcript.ts'
import type { World } from './world.ts'
import type { Message, Query, WorldEvent } from './world-types.ts'

/** Long enough for a loaded machine; a test that needs less says so. */
const DEFAULT_TIMEOUT_MS = 10_000

export type Wanted = string | RegExp | ((message: Message) => boolean)
export type WaitOptions = Readonly<{
  timeoutMs?: number
  /** Only messages that came or changed after this mark (see `mark`). */
  since?: number
}>
export type TapOptions = WaitOptions & Readonly<{ in?: Message }>

export type Person = ReturnType<typeof createPerson>

/** One person in one chat (by default the first person, in their private chat). Call `leave` when done. */
export function createPerson(world: World, options: Readonly<{ id?: number; chatId?: number; threadId?: number }> = {}) {
  const id = options.id ?? world.persons()[0]?.id ?? 0
  const chatId = options.chatId ?? id
  const thread: SayOptions = options.threadId === undefined ? {} : { threadId: options.threadId }
  const changed = new Map<number, number>()
  let changes = 0
  const leave = world.watch((event) => {
    if ('message' in event && event.message.chatId === chatId) changed.set(event.message.id, (changes += 1))
  })

  /** The messages of this chat that are still there. */
  const messages = (): Message[] =>
    world.messages(chatId).filter((message) => options.threadId === undefined || message.threadId === options.threadId)
  /** The message as it is now. */
  const now = (message: Message): Message => world.message(chatId, message.id) ?? message
  /** A point in time to wait from. */
  const mark = (): number => changes
  const say = (text: string): Message => world.sendText(id, chatId, text, thread)
  const replyTo = (message: Message, text: string): Message => world.sendText(id, chatId, text, { ...thread, replyTo: message.id })
  /** Speaks: a voice note whose words the stand-in for a recogniser can read. `seconds`: how long it lasts (2). */
  const sendVoice = (words: string, options: SayOptions & { seconds?: number } = {}): Message => {
    const { seconds = 2, ...place } = options
    return world.sendVoice(id, chatId, { bytes: spokenNote(words, seconds), duration: seconds }, { ...thread, ...place })
  }
  const withFile = (caption: string, replyTo?: Message) => ({ ...thread, caption, ...(replyTo === undefined ? {} : { replyTo: replyTo.id }) })
  const sendPhoto = (file: OutgoingFile, caption = '', replyTo?: Message): Message => world.sendPhoto(id, chatId, file, withFile(caption, replyTo))
  const sendDocument = (file: OutgoingFile, caption = '', replyTo?: Message): Message =>
    world.sendDocument(id, chatId, file, withFile(caption, replyTo))
  /** 2-10 photos as one album; each is a message of its own. */
  const sendAlbum = (files: readonly OutgoingFile[], caption = '', replyTo?: Message): Message[] =>
    world.sendAlbum(id, chatId, files, withFile(caption, replyTo))
  const react = (message: Message, emoji: string | readonly string[]): Message => world.react(id, message, emoji)

  /** The newest message of the bot that fits, now or as soon as one comes or is edited into fitting. */
  function waitFor(wanted: Wanted, given: WaitOptions | number = {}): Promise<Message> {
    const wait = typeof given === 'number' ? { timeoutMs: given } : given
    const find = (): Message | undefined =>
      messages().findLast(
        (message) =>
          message.from.id === world.bot.id && (wait.since === undefined || (changed.get(message.id) ?? 0) > wait.since) && fits(message, wanted),
      )
    return until(find, `a message ${describe(wanted)}`, wait.timeoutMs)
  }

  /** Presses the newest button of that label, waiting for it when it is not there yet. */
  async function tap(label: string | RegExp, given: TapOptions = {}): Promise<Query> {
    const has = (message: Message): boolean => buttons(message).some((one) => (typeof label === 'string' ? one === label : label.test(one)))
    const find = (): Message | undefined => {
      const { in: within } = given
      if (within !== undefined) return has(now(within)) && !now(within).deleted ? now(within) : undefined
      return messages().findLast((message) => (given.since === undefined || (changed.get(message.id) ?? 0) > given.since) && has(message))
    }
    const message = await until(find, `a button ${describe(label)}`, given.timeoutMs)
    return world.pressButton(id, message, label)
  }

  /** The toast or alert that answers a press. */
  async function toast(query: Query, timeoutMs?: number): Promise<NonNullable<Query['answer']>> {
    const answered = await until(() => world.query(query.id)?.answer, `an answer to the press of ${query.data}`, timeoutMs)
    return answered
  }

  /** Resolves with the message one holds as soon as it passes the test. */
  function waitUntil(message: Message, test: (message: Message) => boolean, what: string, timeoutMs?: number): Promise<Message> {
    return until(() => (test(now(message)) ? now(message) : undefined), what, timeoutMs)
  }

  function until<T>(find: () => T | undefined, what: string, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<T> {
    const found = find()
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const stop = world.watch((_event: WorldEvent) => {
        const later = find()
        if (later === undefined) return
        done()
        resolve(later)
      })
      const timer = setTimeout(() => {
        done()
        reject(new LughError('not-found', `Waited ${timeoutMs} ms in vain for ${what}.\n${transcript(world, chatId)}`))
      }, timeoutMs)
      const done = (): void => {
        stop()
        clearTimeout(timer)
      }
    })
  }

  return {
    id,
    chatId,
    say,
    replyTo,
    sendPhoto,
    sendDocument,
    sendVoice,
    sendAlbum,
    react,
    tap,
    toast,
    waitFor,
    waitUntil,
    buttons,
    messages,
    now,
    mark,
    /** The whole chat as text. */
    transcript: (): string => transcript(world, chatId),
    leave,
  }
}

/** The labels under a message, row after row. */
export function buttons(message: Message): string[] {
  return message.markup?.kind === 'inline' ? message.markup.rows.flat().map(({ text }) => text) : []
}

function fits(message: Message, wanted: Wanted): boolean {
  if (typeof wanted === 'string') return message.text.includes(wanted)
  return wanted instanceof RegExp ? wanted.test(message.text) : wanted(message)
}

function describe(wanted: Wanted): string {
  if (typeof wanted === 'string') return `with "${wanted}"`
  return wanted instanceof RegExp ? `with ${String(wanted)}` : `that fits ${String(wanted)}`
}
