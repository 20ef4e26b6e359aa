/** Decides, when a message's turn comes, whether it rings: by its class, the person's rules, and their quiet hours. And sums up a night when it is over. */
import { isQuiet, ringingOf, rings, type NoticeClass, type TelegramUserId, TelegramChatId } from '#core'
import { allQuiet, beginQuiet, endQuiet, enqueueText, hasRung, noticesFor, personById, rangSince, waitingFor, type OutboxRow, type Quiet } from '#db'
import type { BotContext } from './ports.ts'

/** Things that end together ring once: what follows within this is seen on the same glance at the phone. */
const TOGETHER_MS = 10_000
/** What asks rings each time; what only ends, once. */
const ENDINGS: readonly NoticeClass[] = ['done', 'failed', 'info']

/** The row as it is to be sent now: silent unless it rings. Rows without a class are as loud as they say. */
export async function asRinging({ db, clock }: Pick<BotContext, 'db' | 'clock'>, row: OutboxRow): Promise<OutboxRow> {
  if (!row.loud || row.class === null || row.partsSent > 0) return row
  const { rules, quiet } = await noticesFor(db, row.chatId, row.taskId)
  const loud =
    rings(ringingOf(rules, row.class), quiet, clock.now()) && !(ENDINGS.includes(row.class) && (await hasRung(db, row.chatId, ENDINGS, TOGETHER_MS)))
  return loud ? row : { ...row, loud: false }
}

/** Notes where quiet hours begin, and sums up where they are over: exactly once, whatever is restarted. */
export async function watchQuiet(context: Pick<BotContext, 'db' | 'clock' | 'botId'>): Promise<void> {
  const { db, clock } = context
  for (const quiet of await allQuiet(db)) {
    const now = isQuiet(quiet, clock.now())
    if (now && quiet.since === null) await beginQuiet(db, quiet.personId)
    if (!now && quiet.since !== null) await sumUp(context, quiet)
  }
}

async function sumUp({ db, botId }: Pick<BotContext, 'db' | 'botId'>, { personId }: Quiet): Promise<void> {
  await db.tx(async (tx) => {
    const since = await endQuiet(tx, personId)
    const userId = (await personById(tx, personId))?.telegramUserId ?? null
    if (since === undefined || userId === null) return
    const chatId = chatOf(userId)
    const happened = await rangSince(tx, chatId, since)
    if (happened.length === 0) return
    const waiting = (await waitingFor(tx)).length
    const told = happened.map(({ class: about, n }) => WORDS[about](n)).join(', ')
    const text = `☀️ While it was quiet: ${told}. ${waiting === 0 ? 'Nothing waits for you.' : `${waiting} need${waiting === 1 ? 's' : ''} you: /inbox`}`
    await enqueueText(tx, { botId, chatId, key: `digest:${personId}:${since.toISOString()}`, text, loud: true })
  })
}

const count = (one: string, many: string) => (n: number) => `${n} ${n === 1 ? one : many}`
const WORDS: Readonly<Record<NoticeClass, (n: number) => string>> = {
  decision: count('decision', 'decisions'),
  question: count('question', 'questions'),
  done: count('thing done', 'things done'),
  failed: count('failure', 'failures'),
  info: count('message', 'messages'),
}

/** A person's private chat has their number. */
function chatOf(userId: TelegramUserId): TelegramChatId {
  return TelegramChatId.parse(userId)
}
