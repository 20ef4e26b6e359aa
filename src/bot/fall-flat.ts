/** What happens when a topic cannot be had: everything of it goes to the chat's root, and one sentence says so. */
import { botFace, saveBotFace, enqueueText, loseTopic, noteForum, noteNoTopics, type OutboxRow, type Tx } from '#db'

/** The topic of this row is not there any more. */
export async function fallFlat(tx: Tx, row: Pick<OutboxRow, 'botId' | 'chatId' | 'threadId'>): Promise<void> {
  if (!(await loseTopic(tx, row))) return
  const what = row.threadId < 0 ? `The topic of T${-row.threadId}` : 'A topic I was to write in'
  await sayFlat(tx, row, `gone:${row.threadId}`, `${what} is gone; what belongs there comes here from now on.`)
}

/** Why no topic was opened for the task. In a group it is not tried again until Telegram says that something changed. */
export async function neverOpened(tx: Tx, row: Pick<OutboxRow, 'botId' | 'chatId' | 'threadId'>, why: string): Promise<void> {
  await loseTopic(tx, row)
  if (row.chatId > 0) await threadsAreOff(tx, row.botId)
  else await (/not a forum/iu.test(why) ? noteForum(tx, row.botId, row.chatId, false) : noteNoTopics(tx, row.botId, row.chatId))
  await sayFlat(tx, row, `never:${row.threadId}`, `I could not open a topic for T${-row.threadId} (${why}), so everything about it comes here.`)
}

/** Until the next start asks Telegram again. */
async function threadsAreOff(tx: Tx, botId: OutboxRow['botId']): Promise<void> {
  const face = await botFace(tx, botId)
  if (face !== undefined) await saveBotFace(tx, botId, { ...face, topics: false })
}

async function sayFlat(tx: Tx, { botId, chatId }: Pick<OutboxRow, 'botId' | 'chatId'>, key: string, text: string): Promise<void> {
  await enqueueText(tx, { botId, chatId, key: `flat:${chatId}:${key}`, text })
}
