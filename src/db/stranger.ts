/** Rows of `stranger`: who has had their one refusal. Holds numbers only, never a name or a word. */
import type { BotId, TelegramUserId } from '#core'
import type { Sql } from './port.ts'

/** Answers true the first time only (primary key decides a race). */
export async function refuseOnce(tx: Sql, botId: BotId, userId: TelegramUserId): Promise<boolean> {
  const count = await tx.run(`insert into stranger (bot_id, telegram_user_id) values ($1::bigint, $2::bigint) on conflict do nothing`, [
    botId,
    userId,
  ])
  return count === 1
}
