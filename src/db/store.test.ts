import { setTimeout as pause } from 'node:timers/promises'
import { LughError } from '#core'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { describeEachStore } from '../../test/support/stores.ts'
import { isUniqueViolation } from './store-error.ts'
import { PATIENCE_MS } from '../../test/support/eventually.ts'

const Row = z.object({ key: z.string(), value: z.unknown(), updated_at: z.date() })
const Count = z.object({ count: z.number() })
const COUNT = 'select count(*) as count from setting'
const INSERT = `insert into setting (key, value) values ($1::text, '1'::jsonb)`

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describeEachStore('a store', (open, kind) => {
  test('answers the row that was written', async () => {
    const db = await open()
    const insert = 'insert into setting (key, value, updated_at) values ($1::text, $2::jsonb, $3::timestamptz)'
    expect(await db.run(insert, ['a', '{"b":[1]}', new Date(0)])).toBe(1)
    expect(await db.rows(Row, 'select key, value, updated_at from setting')).toEqual([{ key: 'a', value: { b: [1] }, updated_at: new Date(0) }])
  })

  test('is empty again for the next test', async () => {
    const db = await open()
    expect(await db.row(Row, 'select key, value, updated_at from setting')).toBeUndefined()
  })

  test('gives every type the same form, whichever home it is', async () => {
    const db = await open({ migrated: false })
    const row = await db.row(
      z.record(z.string(), z.unknown()),
      `select $1::int8 as int8, $2::text[] as texts, $3::int8[] as numbers, $4::bytea as bytes, $5::bool as yes, $6::timestamptz as at, $7::jsonb as json,
              $8::text as nothing, 1.5::float8 as float, 2.50::numeric as numeric, '{}'::text[] as none, array['x', null, 'NULL', '']::text[] as nulls,
              $9::uuid as id, $10::int8 as big, count(*) as count from (values (1), (2)) as v`,
      [
        2 ** 52,
        ['a,b', 'c"d\\e', '{}', ' ', 'ü😀'],
        [1, -2],
        new Uint8Array([0, 255, 92]),
        true,
        new Date('2026-11-21T06:06:26.199Z'),
        '{"a":[1,null]}',
        null,
        '7f0c9c5e-4a6e-4b7b-9d38-2d6f0a3f6a11',
        9n,
      ],
    )
    expect(row).toEqual({
      int8: 2 ** 52,
      texts: ['a,b', 'c"d\\e', '{}', ' ', 'ü😀'],
      numbers: [1, -2],
      bytes: new Uint8Array([0, 255, 92]),
      yes: true,
      at: new Date('2026-11-21T06:06:26.199Z'),
      json: { a: [1, null] },
      nothing: null,
      float: 1.5,
      numeric: '2.50',
      none: [],
      nulls: ['x', null, 'NULL', ''],
      id: '7f0c9c5e-4a6e-4b7b-9d38-2d6f0a3f6a11',
      big: 9,
      count: 2,
    })
  })

  test('refuses a number that JavaScript would round', async () => {
    const db = await open({ migrated: false })
    await expect(db.rows(Count, 'select 9007199254740993::int8 as count')).rejects.toMatchObject({ code: 'internal' })
  })

  test('counts its days at UTC', async () => {
    const db = await open({ migrated: false })
    expect(await db.row(z.object({ zone: z.string() }), `select current_setting('TimeZone') as zone`)).toEqual({ zone: 'UTC' })
  })

  test('says which unique key stood in the way, and quotes no value', async () => {
    const db = await open()
    await db.run(INSERT, ['secret'])
    const error = await errorOf(db.run(INSERT, ['secret']))
    expect(error).toMatchObject({ code: 'conflict', retryable: false })
    expect(isUniqueViolation(error)).toBe(true)
    expect(isUniqueViolation(error, 'setting_pkey')).toBe(true)
    expect(isUniqueViolation(error, 'other')).toBe(false)
    expect(JSON.stringify([error, error instanceof LughError ? [error.message, error.cause] : undefined])).not.toContain('secret')
  })

  test('a wrong statement is an internal error, and the next one runs', async () => {
    const db = await open()
    await expect(db.run('select * from nowhere')).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('42P01') })
    expect(await db.row(Count, COUNT)).toEqual({ count: 0 })
  })

  test('a transaction that throws leaves nothing, and its error comes out as it is', async () => {
    const db = await open()
    const reason = new Error('mine')
    const error = await errorOf(
      db.tx(async (tx) => {
        await tx.run(INSERT, ['a'])
        throw reason
      }),
    )
    expect(error).toBe(reason)
    expect(await db.row(Count, COUNT)).toEqual({ count: 0 })
  })

  test('nobody sees a transaction before its commit', async () => {
    const db = await open()
    const written = Promise.withResolvers<void>()
    const looked = Promise.withResolvers<void>()
    const inside = db.tx(async (tx) => {
      await tx.run(INSERT, ['a'])
      written.resolve()
      await looked.promise
      return tx.row(Count, COUNT)
    })
    await written.promise
    const outside = db.row(Count, COUNT)
    // The server answers at once; on the embedded store a look waits for its turn. It never joins the transaction.
    if (kind === 'server') expect(await outside).toEqual({ count: 0 })
    looked.resolve()
    expect(await inside).toEqual({ count: 1 })
    expect(await outside).toEqual({ count: kind === 'server' ? 0 : 1 })
  })

  test('asking the store from inside its own transaction is refused instead of waiting for ever', async () => {
    const db = await open()
    for (const ask of [
      () => db.row(Count, COUNT),
      () => db.tx(async () => undefined),
      () => db.notify('a', 'b'),
      () => db.listen('a', () => undefined),
    ])
      await expect(db.tx(async () => void (await ask()))).rejects.toMatchObject({
        code: 'internal',
        message: expect.stringContaining('own transaction'),
      })
    expect(await db.row(Count, COUNT)).toEqual({ count: 0 })
  })

  test('what a transaction started may ask the store once the transaction is over', async () => {
    const db = await open()
    const over = Promise.withResolvers<void>()
    const later = await db.tx(async () => [over.promise.then(() => db.row(Count, COUNT))])
    over.resolve()
    expect(await Promise.all(later)).toEqual([{ count: 0 }])
  })

  test('a transaction handle is dead after its end', async () => {
    const db = await open()
    const tx = await db.tx(async (tx) => tx)
    await expect(tx.run(INSERT, ['a'])).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('after its end') })
    expect(await db.row(Count, COUNT)).toEqual({ count: 0 })
  })

  test('a swallowed error inside a transaction does not pass as saved', async () => {
    const db = await open()
    const saving = db.tx(async (tx) => {
      await tx.run(INSERT, ['a'])
      await errorOf(tx.run(INSERT, ['a']))
    })
    await expect(saving).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('swallowed') })
    expect(await db.row(Count, COUNT)).toEqual({ count: 0 })
  })

  test('a serialisation failure or a deadlock is tried three times more, anything else never', async () => {
    const db = await open()
    const tries = async (code: string, failures: number): Promise<{ tries: number; error: unknown }> => {
      let tries = 0
      const error = await errorOf(
        db.tx(async (tx) => {
          tries += 1
          if (tries <= failures) await tx.run(`do $$ begin raise exception 'again' using errcode = '${code}'; end $$`)
        }),
      )
      return { tries, error }
    }
    expect(await tries('40001', 3)).toEqual({ tries: 4, error: undefined })
    expect(await tries('40P01', 1)).toEqual({ tries: 2, error: undefined })
    expect(await tries('40001', 9)).toMatchObject({ tries: 4, error: { code: 'db.unavailable', retryable: true } })
    expect(await tries('22012', 9)).toMatchObject({ tries: 1, error: { code: 'internal' } })
  })

  test('a hundred transactions at once each count exactly once', async () => {
    const db = await open()
    await db.run(INSERT, ['n'])
    const bump = (): Promise<number> => db.tx((tx) => tx.run(`update setting set value = to_jsonb((value #>> '{}')::int + 1) where key = 'n'`))
    await Promise.all(Array.from({ length: 100 }, bump))
    expect(await db.row(z.object({ value: z.number() }), 'select value from setting')).toEqual({ value: 101 })
  })

  test('a listener hears what is rung outside and, at commit, inside a transaction, and nothing after it stopped', async () => {
    const db = await open()
    const heard: string[] = []
    const stop = await db.listen('Odd "name"', (payload) => heard.push(payload))
    await db.notify('Odd "name"', 'outside')
    await db.notify('other', 'not for me')
    await vi.waitFor(() => expect(heard).toEqual(['outside']), PATIENCE_MS)
    await db.tx(async (tx) => {
      await tx.notify('Odd "name"', 'inside')
      await pause(30)
      expect(heard).toEqual(['outside'])
    })
    await vi.waitFor(() => expect(heard).toEqual(['outside', 'inside']), PATIENCE_MS)
    await errorOf(
      db.tx(async (tx) => {
        await tx.notify('Odd "name"', 'rolled back')
        throw new Error('no')
      }),
    )
    await stop()
    const marker: string[] = []
    const stopMarker = await db.listen('marker', (payload) => marker.push(payload))
    await db.notify('Odd "name"', 'too late')
    await db.notify('marker', 'end')
    await vi.waitFor(() => expect(marker).toEqual(['end']), PATIENCE_MS)
    await stopMarker()
    expect(heard).toEqual(['outside', 'inside'])
  })

  test('a listener that throws keeps no other from hearing', async () => {
    const db = await open()
    const heard: string[] = []
    const stops = [
      await db.listen('c', () => {
        throw new Error('mine')
      }),
      await db.listen('c', (payload) => heard.push(payload)),
    ]
    await db.notify('c', '1')
    await vi.waitFor(() => expect(heard).toEqual(['1']), PATIENCE_MS)
    await Promise.all(stops.map((stop) => stop()))
  })

  test('knows what is in use', async () => {
    const db = await open()
    const stop = await db.listen('c', () => undefined)
    await db.tx(async () => expect(db.inUse()).toEqual({ transactions: 1, listeners: 1 }))
    await stop()
    expect(db.inUse()).toEqual({ transactions: 0, listeners: 0 })
  })

  test('says that it is closed, and closing twice is closing once', async () => {
    const db = await open()
    await Promise.all([db.close(), db.close()])
    await db.close()
    await expect(db.row(Count, COUNT)).rejects.toMatchObject({ code: 'db.unavailable' })
    await expect(db.tx(async () => undefined)).rejects.toMatchObject({ code: 'db.unavailable' })
  })
})
