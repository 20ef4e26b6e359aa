/** What Telegram says of a bot itself, kept so that others than the bot can explain what it can see. */
import type { BotId } from '#core'
import { z } from 'zod'
import type { Sql } from './port.ts'
import { readSetting, writeSetting } from './setting.ts'

const BotFace = z.object({
  username: z.string(),
  /** Privacy mode is off: it sees every message of its groups. */
  readsAll: z.boolean(),
  /** Private chats with it have topics. */
  topics: z.boolean(),
})
export type BotFace = z.infer<typeof BotFace>

const keyOf = (botId: BotId): string => `telegram.bot.${botId}`

export async function botFace(sql: Sql, botId: BotId): Promise<BotFace | undefined> {
  return BotFace.safeParse(await readSetting(sql, keyOf(botId))).data
}

export function saveBotFace(sql: Sql, botId: BotId, face: BotFace): Promise<number> {
  return writeSetting(sql, keyOf(botId), face)
}
