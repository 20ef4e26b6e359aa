/**
 * Fetches the pictures and files that people sent, from rows alone: a lane for each chat, so that a slow file holds up nobody else. What cannot
 * be had now is tried again, more and more slowly; what never can is told by whoever reads the rows.
 */
import { join } from 'node:path'
import type { TelegramChatId } from '#core'
import { chatsToFetch, countFetching, endFetching, nextFileToFetch } from '#db'
import type { Download } from './download.ts'
import { createLanes, type Lanes, type Turn } from './lanes.ts'
import type { BotContext } from './ports.ts'

const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000
/** With those waits about half an hour: Telegram was away, or the machine's line. */
const TRIES = 35
const GIVEN_UP = 'Telegram did not hand that file out for half an hour. Send it again.'

/** The lanes; to be woken by hints, and by `wakeAll` for what a lost hint missed. `folder`: where files go, under LUGH_HOME. */
export function uploadLanes(context: BotContext, download: Download, folder: string, signal: AbortSignal): Lanes<TelegramChatId> {
  return createLanes({ name: 'uploads', signal, log: context.log, turn: (chat) => fetchNext(context, download, folder, chat) })
}

/** Wakes the lanes of all chats in which a file waits. */
export async function wakeAll({ db, botId, facts }: BotContext, lanes: Lanes<TelegramChatId>): Promise<void> {
  for (const { chatId } of await chatsToFetch(db, facts.home, botId)) lanes.wake(chatId)
}

async function fetchNext({ db, botId, facts }: BotContext, download: Download, folder: string, chat: TelegramChatId): Promise<Turn> {
  const file = await nextFileToFetch(db, facts.home, botId, chat)
  if (file === undefined) return 'idle'
  const path = join(folder, file.id, 'file')
  const fetched = await download(file.telegramFile, path)
  if (!fetched.ok && fetched.again) {
    await countFetching(db, file.id)
    if (file.attempts + 1 < TRIES) return { waitMs: Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(file.attempts, 6)) }
  }
  await db.tx((tx) => endFetching(tx, file, fetched.ok ? { path } : { failure: fetched.say === '' ? GIVEN_UP : fetched.say }))
  return 'again'
}
