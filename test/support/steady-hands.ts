/**
 * People who answer whatever they are asked, for as long as it is asked: they allow, answer and merge, one merge a chat at a time, and
 * press again what was not heard. They look at the chat only, never at Lugh's insides.
 */
import { buttons, type Message, type World } from '#simulator'

/** Somebody who sees nothing happen presses again after this. */
const AGAIN_MS = 4000
/** How often they look again though nothing has changed. */
const LOOK_MS = 500

export type Hands = Readonly<{
  /** Texts of review cards, by head, as they stand now. */
  heads: (head: RegExp) => Message[]
  /** Presses so far. */
  presses: () => number
  /** Presses one button if it is there and was not pressed just now. */
  press: (message: Message, label: string) => void
  rest: () => void
}>

export type HandsOptions = Readonly<{
  /** Labels pressed whenever they are seen, the first that fits. Merging is `✅ Merge`. */
  presses?: readonly string[]
  /** What is typed in answer to a question that asks for words. */
  words?: string
}>

export const DEFAULT_PRESSES = ['✅ Allow once', '✅ Merge', 'Other → type'] as const
const MERGE = '✅ Merge'
const ASKS = /Your answer\?/

/** Begins to watch every private chat of the world. `rest` ends it. */
export function steadyHands(world: World, options: HandsOptions = {}): Hands {
  const labels = options.presses ?? DEFAULT_PRESSES
  const pressedAt = new Map<string, number>()
  /** The review card that was merged last in each chat, until it says what came of it. */
  const merging = new Map<number, number>()
  let presses = 0

  const settled = (chatId: number): boolean => {
    const id = merging.get(chatId)
    const card = id === undefined ? undefined : world.message(chatId, id)
    return card === undefined || card.deleted || !card.text.startsWith('🔵 Review')
  }
  const act = (message: Message): void => {
    const { chatId, id } = message
    if (message.from.id !== world.bot.id || message.deleted) return
    const now = Date.now()
    const due = (key: string): boolean => now - (pressedAt.get(key) ?? 0) > AGAIN_MS
    if (ASKS.test(message.text) && options.words !== undefined) {
      const newest = world.messages(chatId).findLast(({ text }) => ASKS.test(text))
      if (newest?.id !== id || pressedAt.has(`words ${chatId} ${id}`)) return
      pressedAt.set(`words ${chatId} ${id}`, now)
      world.sendText(chatId, chatId, options.words, { replyTo: id })
      return
    }
    const label = labels.find((one) => buttons(message).includes(one))
    const key = `${label} ${chatId} ${id}`
    if (label === undefined || !due(key)) return
    if (label === MERGE) {
      if (merging.get(chatId) !== id && !settled(chatId)) return
      merging.set(chatId, id)
    }
    pressedAt.set(key, now)
    presses += 1
    world.pressButton(chatId, message, label)
  }
  const look = (): void => {
    for (const { id } of world.persons()) for (const message of world.messages(id)) act(message)
  }
  const press = (seen: Message, label: string): void => {
    const message = world.message(seen.chatId, seen.id) ?? seen
    const key = `${label} ${seen.chatId} ${seen.id}`
    if (!buttons(message).includes(label) || Date.now() - (pressedAt.get(key) ?? 0) <= AGAIN_MS) return
    pressedAt.set(key, Date.now())
    presses += 1
    world.pressButton(seen.chatId, message, label)
  }
  const stop = world.watch((event) => {
    if (event.kind === 'message.added' || event.kind === 'message.edited' || event.kind === 'keyboard.changed') setImmediate(look)
  })
  const timer = setInterval(look, LOOK_MS)
  return {
    heads: (head) => world.persons().flatMap(({ id }) => world.messages(id).filter(({ text }) => head.test(text))),
    presses: () => presses,
    press,
    rest: () => {
      stop()
      clearInterval(timer)
    },
  }
}
