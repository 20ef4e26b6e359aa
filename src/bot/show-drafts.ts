/**
 * Shows an agent's words as a draft while they come, in private chats: Telegram keeps one for half a minute, and what is final comes as ever.
 * It gives way to every message: a draft is only shown when the chat could take three at once. Where Telegram takes none, nobody hears of it.
 */
import { errorText, sleep, type ConversationId, type Draft, type Drafts } from '#core'
import { conversationById, threadAtTelegram, type Conversation } from '#db'
import type { BotContext } from './ports.ts'
import type { Rates } from './rates.ts'
import type { Ask } from './telegram.ts'

/** Telegram's cap of a message; of a longer text its end is what is new. */
const MAX_CHARACTERS = 4000
/** A sentence that is over at once is on the card as soon as it could be shown. */
const MIN_CHARACTERS = 120
const PACE_MS = 1000
/** Messages that shall be able to leave at once beside it: all the chat has. */
const SPARE = 2

/** What is there of a task's words, and whether somebody is at showing them. */
type Words = { text: string; busy: boolean }

/** Listens until the term ends. */
export function showDrafts(drafts: Drafts, { context, ask, rates }: { context: BotContext; ask: Ask; rates: Rates }, term: AbortSignal): void {
  const places = new Map<ConversationId, Promise<Conversation | undefined>>()
  const words = new Map<number, Words>()
  let refused = false

  const show = async (task: number, of: Words, place: Conversation): Promise<void> => {
    for (let shown = ''; words.get(task) === of && !refused && !term.aborted;) {
      if (of.text !== shown && rates.wait(place.chatId, SPARE) === 0) {
        shown = of.text
        rates.take(place.chatId)
        const threadId = await threadAtTelegram(context.db, place)
        const thread = threadId === 0 ? {} : { message_thread_id: threadId }
        const answer = await ask((api, signal) =>
          api.sendMessageDraft({ chat_id: place.chatId, ...thread, draft_id: task, text: endOf(shown), entities: [] }, signal),
        )
        if (!answer.ok && answer.why === 'slow') {
          rates.block(place.chatId, answer.waitMs)
          shown = ''
        }
        // Clients and servers that know no drafts say so each time; a chat that is gone is no matter of drafts.
        if (!answer.ok && answer.why === 'no' && answer.code !== 403) refused = true
      }
      await sleep(PACE_MS, term)
    }
  }
  const heard = async ({ conversationId, task, text }: Draft): Promise<void> => {
    if (text === undefined) return void words.delete(task)
    if (refused || text.length < MIN_CHARACTERS) return
    const now = words.get(task) ?? { text: '', busy: false }
    now.text = text
    words.set(task, now)
    if (now.busy) return
    now.busy = true
    const known = places.get(conversationId) ?? conversationById(context.db, conversationId)
    places.set(conversationId, known)
    const place = await known
    if (place !== undefined && place.botId === context.botId && place.chatId > 0) await show(task, now, place)
  }
  const silence = drafts.listen((draft) => {
    heard(draft).catch((error: unknown) => context.log.warn({ error: errorText(error) }, 'bot.draft-not-shown'))
  })
  term.addEventListener('abort', silence, { once: true })
}

function endOf(text: string): string {
  const points = Array.from(text)
  return points.length <= MAX_CHARACTERS ? text : `…${points.slice(1 - MAX_CHARACTERS).join('')}`
}
