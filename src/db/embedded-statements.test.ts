/** Prepared statements of the embedded store, where they could go wrong: after an error, a changed schema, a forgotten session. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshEmbeddedHome } from '../../test/support/stores.ts'
import { createStatements, type Statements } from './embedded-statements.ts'

let pg: PGlite
let home = ''
let statements: Statements
beforeAll(async () => {
  home = await freshEmbeddedHome()
  pg = await PGlite.create({ dataDir: join(home, 'db', 'data'), extensions: { vector } })
})
afterAll(async () => {
  await pg.close()
  rmSync(home, { recursive: true, force: true })
})
beforeEach(async () => {
  await pg.exec('discard all')
  await pg.exec('drop table if exists thing; create table thing (id integer primary key, name text)')
  statements = createStatements(pg)
})

const INSERT = 'insert into thing (id, name) values ($1::integer, $2::text)'
const SELECT = 'select id, name from thing order by id'
const preparedCount = async (): Promise<number> => (await pg.query('select from pg_prepared_statements')).rows.length

test('rows come as text with their types, null stays null, counts and commands are told', async () => {
  expect(await statements.query(INSERT, ['1', 'ü🙂'])).toEqual({ fields: [], rows: [], count: 1, command: 'INSERT' })
  expect(await statements.query(INSERT, ['2', null])).toMatchObject({ count: 1 })
  expect(await statements.query(SELECT, [])).toEqual({
    fields: [
      ['id', 23],
      ['name', 25],
    ],
    rows: [
      ['1', 'ü🙂'],
      ['2', null],
    ],
    count: 2,
    command: 'SELECT',
  })
  expect(await statements.query('begin', [])).toMatchObject({ count: 0, command: 'BEGIN' })
  await statements.query('rollback', [])
})

test('the same text is planned once, however often it runs and fails', async () => {
  await statements.query(INSERT, ['1', 'a'])
  await expect(statements.query(INSERT, ['1', 'again'])).rejects.toMatchObject({ code: '23505', constraint: 'thing_pkey' })
  await statements.query(INSERT, ['2', 'b'])
  expect(await preparedCount()).toBe(1)
})

test('a statement whose first run failed, in a transaction too, is known the next time', async () => {
  await statements.query('begin', [])
  await expect(statements.query(INSERT, ['x', 'not a number'])).rejects.toMatchObject({ code: '22P02' })
  await expect(statements.query(SELECT, [])).rejects.toMatchObject({ code: '25P02' })
  await statements.query('rollback', [])
  await statements.query(INSERT, ['1', 'a'])
  expect((await statements.query(SELECT, [])).rows).toEqual([['1', 'a']])
})

test('a text that cannot be planned is refused each time and spoils nothing', async () => {
  for (let n = 0; n < 2; n += 1) await expect(statements.query('selec 1', [])).rejects.toMatchObject({ code: '42601' })
  await expect(statements.query('select nothing from nowhere', [])).rejects.toMatchObject({ code: '42P01' })
  await pg.exec('create table if not exists nowhere (nothing integer)')
  expect((await statements.query('select nothing from nowhere', [])).rows).toEqual([])
  await pg.exec('drop table nowhere')
})

test('a schema that a script changed is seen by statements prepared before', async () => {
  await statements.query('select * from thing', [])
  await statements.script(`alter table thing add column more text default 'm'; insert into thing (id, name) values (1, 'a')`)
  expect((await statements.query('select * from thing', [])).rows).toEqual([['1', 'a', 'm']])
})

test('after the session was made to forget, statements are prepared anew', async () => {
  await statements.query(SELECT, [])
  await statements.query('discard all', [])
  expect((await statements.query(SELECT, [])).rows).toEqual([])
})
