import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeEachStore } from '../../test/support/stores.ts'

const Row = z.object({ key: z.string(), value: z.unknown(), updated_at: z.date() })

describeEachStore('a store', (open) => {
  test('answers the row that was written', async () => {
    const db = await open()
    expect(
      await db.run('insert into setting (key, value, updated_at) values ($1::text, $2::jsonb, $3::timestamptz)', ['a', '{"b":[1]}', new Date(0)]),
    ).toBe(1)
    expect(await db.rows(Row, 'select key, value, updated_at from setting')).toEqual([{ key: 'a', value: { b: [1] }, updated_at: new Date(0) }])
  })

  test('is empty again for the next test', async () => {
    const db = await open()
    expect(await db.row(Row, 'select key, value, updated_at from setting')).toBeUndefined()
  })
})
