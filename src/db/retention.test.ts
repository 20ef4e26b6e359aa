import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeEachStore } from '../../test/support/stores.ts'
import { pruneInbox, pruneOutbox } from './retention.ts'

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
})
