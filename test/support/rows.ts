/** The rows of a stopped Lugh, read as they lie in its store, for checkers of histories. */
import type { Store } from '#db'
import { openDb } from '#db'
import { z } from 'zod'
import { heardLog } from './stores.ts'

const Rows = {
  tasks: [
    z.object({ id: z.string(), number: z.number(), wish: z.string(), state: z.string(), leased: z.boolean() }),
    `select id, number, wish, state, lease_until is not null as leased from task order by number`,
  ],
  landings: [
    z.object({
      task: z.number(),
      kind: z.string(),
      state: z.string(),
      location: z.string(),
      old: z.string().nullable(),
      commit: z.string().nullable(),
    }),
    `select t.number as task, l.kind, l.state, p.location, l.old_commit as old, l.new_commit as commit
     from landing l join task t on t.id = l.task_id join project p on p.id = t.project_id order by l.created_at`,
  ],
  steps: [
    z.object({ task: z.number(), tool: z.string(), state: z.string(), command: z.string().nullable(), tree: z.string().nullable() }),
    `select t.number as task, s.tool, s.state, s.input ->> 'command' as command, s.tree from step s join task t on t.id = s.task_id order by s.id`,
  ],
  approvals: [
    z.object({ task: z.number(), state: z.string(), command: z.string() }),
    `select t.number as task, a.state, a.action ->> 'command' as command from approval a join task t on t.id = a.task_id order by a.created_at`,
  ],
  runs: [
    z.object({ task: z.number(), attempt: z.number(), state: z.string() }),
    `select t.number as task, r.attempt, r.state from run r join task t on t.id = r.task_id order by t.number, r.attempt`,
  ],
  worktrees: [
    z.object({ task: z.number(), state: z.string(), path: z.string() }),
    `select t.number as task, w.state, w.path from worktree w join task t on t.id = w.task_id order by w.created_at`,
  ],
  inbox: [
    z.object({
      updateId: z.number(),
      state: z.string(),
      kind: z.string().nullable(),
      chatId: z.number(),
      messageId: z.number().nullable(),
      callbackId: z.string().nullable(),
      failure: z.string().nullable(),
    }),
    `select update_id as "updateId", state, body ->> 'kind' as kind, chat_id as "chatId", (body ->> 'messageId')::integer as "messageId",
       body ->> 'callbackId' as "callbackId", failure from inbox order by update_id`,
  ],
  outbox: [
    z.object({
      id: z.number(),
      key: z.string(),
      kind: z.string(),
      chatId: z.number(),
      state: z.string(),
      messageIds: z.array(z.number()),
      failure: z.string().nullable(),
    }),
    `select id, key, kind, chat_id as "chatId", state, message_ids as "messageIds", failure from outbox order by id`,
  ],
  cards: [
    z.object({ id: z.string(), kind: z.string(), chatId: z.number(), messageId: z.number().nullable(), stale: z.boolean() }),
    `select id, kind, chat_id as "chatId", message_id as "messageId", version > shown_version as stale from card order by created_at`,
  ],
  buttons: [z.object({ id: z.string(), cardId: z.string() }), `select id, card_id as "cardId" from button`],
  /** A landing ends once; an approval is decided once for each digest, since a new run asks anew under the same row. */
  ends: [
    z.object({ task: z.number(), kind: z.string(), what: z.string(), n: z.number() }),
    `select t.number as task, e.kind, coalesce(e.data ->> 'landingId', (e.data ->> 'approvalId') || (e.data ->> 'digest')) as what, count(*)::integer as n
     from event e join task t on t.id = e.task_id where e.kind in ('landing.ended', 'approval.decided') group by 1, 2, 3`,
  ],
} as const

type Table = keyof typeof Rows
export type RowsOf = { [T in Table]: z.infer<(typeof Rows)[T][0]>[] }

/** Everything a checker looks at, in one value. */
export async function readRows(store: Store): Promise<RowsOf> {
  return {
    tasks: await store.rows(...Rows.tasks),
    landings: await store.rows(...Rows.landings),
    steps: await store.rows(...Rows.steps),
    approvals: await store.rows(...Rows.approvals),
    runs: await store.rows(...Rows.runs),
    worktrees: await store.rows(...Rows.worktrees),
    inbox: await store.rows(...Rows.inbox),
    outbox: await store.rows(...Rows.outbox),
    cards: await store.rows(...Rows.cards),
    buttons: await store.rows(...Rows.buttons),
    ends: await store.rows(...Rows.ends),
  }
}

/** Opens the store of a home that nobody runs on, or the given database, for as long as `work` takes. */
export async function withStore<T>(at: { home: string; databaseUrl?: string | undefined }, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openDb({ home: at.home, databaseUrl: at.databaseUrl, log: heardLog() })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
