/**
 * Updates a second, without Telegram in between: batches of 100, each delivered three times, made durable and so acknowledged, beside the bare
 * insert of the same rows; and each handled once, eight chats side by side, beside the bare claim, effect and end of a row.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { BotId, randomIds, systemClock, TelegramChatId } from '#core'
import { claimUpdate, migrate, openDb, type Db, type Store } from '#db'
import { createPainter } from '#media'
import { handleNext } from '../src/bot/handle-update.ts'
import type { BotContext } from '../src/bot/ports.ts'
import { storeUpdates } from '../src/bot/receive.ts'
import { botWorld } from '../test/support/bot.ts'
import { crowd } from '../test/support/crowd.ts'
import { FACTS, NO_GIT } from '../test/support/no-git.ts'
import { silent } from '../test/support/sandbox.ts'
import { BESIDE, freshDatabaseUrl } from '../test/support/stores.ts'
import type { StoreKind } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'

const log = { ...silent, error: () => undefined }
/** What Telegram answers to one poll. */
const BATCH = 100
const DELIVERIES = 3
const PEOPLE = crowd(8)
const GOAL: Goal = { text: '≥ 2,000/s', met: ({ median }) => median >= 2000 }

export const figure: Figure = {
  name: 'updates',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(...(await measure(bench, store)))
    return rows
  },
}

async function measure(bench: Bench, store: StoreKind): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
  const database = store === 'server' ? await freshDatabaseUrl() : undefined
  const db = await openDb({ home, databaseUrl: database?.url, log })
  try {
    if (store === 'embedded') await migrate(db, { log })
    return await ratesOn(bench, store, db)
  } finally {
    await db.close()
    await database?.drop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function ratesOn(bench: Bench, store: StoreKind, db: Store): Promise<Row[]> {
  const world = await botWorld(db, { listed: PEOPLE.map(({ id }) => id) })
  const { ports } = world
  await world.close()
  const botId = BotId.parse(1)
  const context: BotContext = { db, ports, facts: FACTS, git: NO_GIT, clock: systemClock, ids: randomIds, log, painter: createPainter(), botId }
  await db.script(`create table ${BESIDE}.bare (id bigint primary key, chat_id bigint not null, body jsonb not null, state text not null default 'received');
    create index on ${BESIDE}.bare (chat_id, id) where state = 'received'`)
  const stored: Rates = { lugh: [], bare: [] }
  const handled: Rates = { lugh: [], bare: [] }
  const updates = bench.rounds(2000, 400)
  await inTurn(
    bench.rounds(9, 3),
    async (round) => {
      const first = round * updates
      const batches = batchesOf(first, updates)
      stored.lugh.push(await rate(updates * DELIVERIES, () => inSequence(batches, (batch) => storeUpdates(context, batch))))
      handled.lugh.push(
        await rate(updates, () =>
          allChats((chat) =>
            untilIdle(() =>
              handleNext(
                context,
                (tx) => claimUpdate(tx, botId, chat),
                () => undefined,
              ),
            ),
          ),
        ),
      )
    },
    async (round) => {
      const batches = batchesOf(round * updates, updates)
      stored.bare.push(await rate(updates * DELIVERIES, () => inSequence(batches, (batch) => insertBare(db, batch))))
      handled.bare.push(await rate(updates, () => allChats((chat) => untilIdle(() => endBare(db, chat)))))
    },
  )
  const row = (name: string, bareName: string, { lugh, bare }: Rates): Row => ({
    name,
    store,
    unit: 'rows/s',
    goal: GOAL,
    lugh,
    bare: { name: bareName, samples: bare },
  })
  return [row('updates made durable, three deliveries each', 'insert', stored), row('updates handled', 'claim, effect, end', handled)]
}

type Rates = { readonly lugh: number[]; readonly bare: number[] }
type Update = ReturnType<typeof update>

function update(n: number) {
  const { id, firstName } = PEOPLE[n % PEOPLE.length] ?? { id: 0, firstName: '' }
  const from = { id, is_bot: false, first_name: firstName }
  return { update_id: n + 1, message: { message_id: n + 1, date: 1, chat: { id, type: 'private' }, from, text: `wish ${n}` } }
}

/** Every update as often as it is delivered: the whole comes, and comes again. */
function batchesOf(first: number, count: number): Update[][] {
  const once = Array.from({ length: count / BATCH }, (_, n) => Array.from({ length: BATCH }, (__, k) => update(first + n * BATCH + k)))
  return Array.from({ length: DELIVERIES }, () => once).flat()
}

async function rate(count: number, act: () => Promise<unknown>): Promise<number> {
  return (count * 1000) / (await timed(act))
}

async function inSequence<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  for (const one of all) await act(one)
}

function allChats(act: (chat: TelegramChatId) => Promise<void>): Promise<unknown> {
  return Promise.all(PEOPLE.map(({ id }) => act(TelegramChatId.parse(id))))
}

async function untilIdle(turn: () => Promise<unknown>): Promise<void> {
  while ((await turn()) === 'again');
}

function insertBare(db: Db, batch: readonly Update[]): Promise<number> {
  const rows = batch.map(({ update_id, message }) => ({ id: update_id, chat_id: message.chat.id, body: message }))
  return db.run(
    `insert into ${BESIDE}.bare (id, chat_id, body) select u.id, u.chat_id, u.body from jsonb_to_recordset($1::jsonb) as u (id bigint, chat_id bigint, body jsonb)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  )
}

function endBare(db: Db, chat: TelegramChatId): Promise<'again' | 'idle'> {
  return db.tx(async (tx) => {
    const found = await tx.row(
      z.object({ id: z.number() }),
      `select id from ${BESIDE}.bare where chat_id = $1::bigint and state = 'received' order by id limit 1 for update skip locked`,
      [chat],
    )
    if (found === undefined) return 'idle'
    await tx.run(`insert into ${BESIDE}.effect (call_key, what) values ($1::text, 'bare')`, [String(found.id)])
    await tx.run(`update ${BESIDE}.bare set state = 'handled' where id = $1::bigint`, [found.id])
    return 'again'
  })
}
