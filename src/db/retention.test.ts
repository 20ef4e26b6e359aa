import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeEachStore } from '../../test/support/stores.ts'
import { pruneAttention, pruneInbox, pruneOutbox } from './retention.ts'

const N = z.object({ n: z.number() })

describeEachStore('retention', (open) => {
  it('deletes old updates that were dealt with, and none that wait', async () => {
    const db = await open()
    const insert = (id: number, state: string, days: number): Promise<number> =>
      db.run(
        `insert into inbox (bot_id, update_id, chat_id, body, state, received_at) values (1, $1::bigint, 1, '{}', $2::text, now() - $3::integer * interval '1 day')`,
        [id, state, days],
      )
    await insert(1, 'handled', 4)
    await insert(2, 'received', 4)
    await insert(3, 'handled', 1)
    await insert(4, 'refused', 4)
    expect(await pruneInbox(db)).toBe(2)
    expect(await db.rows(N, 'select update_id as n from inbox order by 1')).toEqual([{ n: 2 }, { n: 3 }])
  })

  it('deletes old messages that were sent, and none that wait', async () => {
    const db = await open()
    const insert = (key: string, state: string, days: number): Promise<number> =>
      db.run(
        `insert into outbox (bot_id, chat_id, kind, key, body, state, created_at) values (1, 1, 'text', $1::text, '{}', $2::text, now() - $3::integer * interval '1 day')`,
        [key, state, days],
      )
    await insert('a', 'sent', 31)
    await insert('b', 'pending', 31)
    await insert('c', 'sent', 29)
    expect(await pruneOutbox(db)).toBe(1)
    expect(await db.rows(z.object({ key: z.string() }), 'select key from outbox order by 1')).toEqual([{ key: 'b' }, { key: 'c' }])
  })

  it('deletes attention cards that a newer one took the place of long ago, with their buttons, and never the newest of a chat', async () => {
    const db = await open()
    const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    for (const chat of [1, 2]) await db.run(`insert into conversation (id, bot_id, chat_id) values ($1::uuid, 1, $2::bigint)`, [id(chat), chat])
    const shown = async (n: number, chat: number, days: number): Promise<void> => {
      await db.run(`insert into attention (id, conversation_id, created_at) values ($1::uuid, $2::uuid, now() - $3::integer * interval '1 day')`, [
        id(n),
        id(chat),
        days,
      ])
      await db.run(`insert into card (id, bot_id, chat_id, kind, subject_id) values ($1::uuid, 1, 1, 'attention', $2::text)`, [id(n + 100), id(n)])
      await db.run(`insert into button (id, card_id, capability, input) values ($1::text, $2::uuid, 'next_waiting', '{}')`, [`b${n}`, id(n + 100)])
    }
    await shown(11, 1, 60)
    await shown(12, 1, 40)
    await shown(13, 1, 1)
    await shown(21, 2, 90)
    expect(await pruneAttention(db)).toBe(2)
    const left = [`select id::text from attention order by 1`, `select subject_id as id from card order by 1`, `select id from button order by 1`]
    const rows = await Promise.all(left.map((sql) => db.rows(z.object({ id: z.string() }), sql)))
    expect(rows.map((some) => some.map((one) => one.id))).toEqual([
      [id(13), id(21)],
      [id(13), id(21)],
      ['b13', 'b21'],
    ])
  })
})
