/** What the bot looks after while it leads: attention cards follow what happened, and what was put off is asked about again. */
import { cardMessageOf, conversationById, enqueueText, hasDueSnoozes, newestEvent, takeDueSnoozes, touchNewestCards, waitingFor } from '#db'
import type { BotContext } from './ports.ts'
import { watchQuiet } from './ringing.ts'

/** Makes the function that is called every sweep. It remembers the newest event it saw; lost at a restart, which costs one drawing. */
export function createAttend(context: BotContext): () => Promise<void> {
  let seen = -1
  return async () => {
    await remind(context)
    await watchQuiet(context)
    const newest = await newestEvent(context.db)
    if (newest === seen) return
    seen = newest
    await context.db.tx((tx) => touchNewestCards(tx, 'attention'))
  }
}

/** One ringing line under each card that was put off until now and still waits. */
async function remind({ db }: BotContext): Promise<void> {
  if (!(await hasDueSnoozes(db))) return
  await db.tx(async (tx) => {
    const due = await takeDueSnoozes(tx)
    const waits = due.length === 0 ? [] : await waitingFor(tx)
    for (const { kind, subjectId, conversationId } of due) {
      const wait = waits.find((one) => one.kind === kind && one.subjectId === subjectId)
      const at = await conversationById(tx, conversationId)
      if (wait === undefined || at === undefined) continue
      const replyTo = await cardMessageOf(tx, at.botId, at.chatId, kind, subjectId)
      const { botId, chatId, threadId } = at
      const key = `later:${kind}:${subjectId}:${Date.now()}`
      await enqueueText(tx, {
        botId,
        chatId,
        threadId,
        key,
        loud: true,
        text: `⏰ T${wait.task} still waits for you.`,
        ...(replyTo === undefined ? {} : { replyTo }),
      })
    }
  })
}
