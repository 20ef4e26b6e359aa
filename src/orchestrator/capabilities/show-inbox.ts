import { CLAIMABLE, join } from '#core'
import {
  costSince,
  earlierAttention,
  enqueuePin,
  insertAttention,
  listTasks,
  lockAttention,
  postCard,
  touchCards,
  turnAttention,
  waitingFor,
} from '#db'
import { LughError } from '#core'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { waitLine } from '../cards/attention-card.ts'
import { startOfDay } from '../spending.ts'

const MAX_RUNNING = 100
const Waiting = z.object({ kind: z.string(), subject: z.string(), task: z.number(), project: z.string(), since: z.string(), line: z.string() })

/** Everything that waits for a person, over all tasks and projects, the oldest blocker first; at Telegram one pinned card that steps through it. */
export const showInbox = capability({
  name: 'show_inbox',
  describe: 'What waits for you, one after the other.',
  input: z.object({}),
  output: z.object({ waiting: z.array(Waiting), running: z.number(), costTodayMicroUsd: z.number(), carded: z.boolean() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'inbox', menu: true, usage: '/inbox', example: '/inbox', parse: () => ({}) },
    cli: { verb: 'show_inbox', usage: 'show_inbox', parse: () => ({}) },
    mcp: { none: 'list_approvals lists what waits, with its digests' },
  },
  act: async (act) => {
    const waits = await waitingFor(act.tx)
    const here = act.caller.conversation
    if (here !== undefined) {
      const id = act.ids.uuid()
      await insertAttention(act.tx, id, here.id)
      const place = { botId: here.botId, chatId: here.chatId, threadId: here.threadId }
      const card = await postCard(act.tx, { ...place, id: act.ids.uuid(), kind: 'attention', subjectId: id, ...replyTo(act.caller.messageId) })
      const unpin = await earlierAttention(act.tx, here.id, id)
      await enqueuePin(act.tx, { ...place, key: `pin:${id}`, cardId: card.id, unpin })
    }
    return {
      waiting: waits.map((wait) => ({
        kind: wait.kind,
        subject: wait.subjectId,
        task: wait.task,
        project: wait.project,
        since: wait.since.toISOString(),
        line: waitLine(wait),
      })),
      running: (await listTasks(act.tx, { states: CLAIMABLE, limit: MAX_RUNNING })).length,
      costTodayMicroUsd: (await costSince(act.tx, startOfDay(act.clock.now()))).microUsd,
      carded: here !== undefined,
    }
  },
  say: (o) => (o.carded ? undefined : o.waiting.length === 0 ? 'Nothing waits for you.' : join(o.waiting.map(({ line }) => line))),
})

function replyTo(messageId: number | undefined): { replyTo?: number } {
  return messageId === undefined ? {} : { replyTo: messageId }
}

/** Turns an attention card to what waits next, round and round. Decides nothing. */
export const nextWaiting = capability({
  name: 'next_waiting',
  describe: 'The next thing that waits, on the attention card.',
  input: z.object({ attention: z.string().regex(/^[0-9a-f-]{36}$/) }),
  output: z.object({ shown: z.number(), of: z.number() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: { telegram: {}, cli: { none: 'show_inbox lists all of it' }, mcp: { none: 'list_approvals lists all of it' } },
  act: async (act, input) => {
    const row = await lockAttention(act.tx, input.attention)
    if (row === undefined) throw new LughError('not-found', 'That card is gone. /inbox makes a new one.')
    const waits = await waitingFor(act.tx)
    const index = waits.findIndex(({ kind, subjectId }) => kind === row.shownKind && subjectId === row.shownSubject)
    const next = index + 1 < waits.length ? index + 1 : 0
    await turnAttention(act.tx, row.id, waits[next])
    await touchCards(act.tx, { kind: 'attention', subjectId: row.id })
    return { shown: waits.length === 0 ? 0 : next + 1, of: waits.length }
  },
  say: () => undefined,
  toast: (o) => (o.of === 0 ? 'Nothing waits for you.' : `${o.shown} of ${o.of}`),
})
