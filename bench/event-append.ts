/** Events appended one a transaction, beside the same insert sent straight to the driver. */
import { PGlite } from '@electric-sql/pglite'
import { Client } from 'pg'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appendEvent, migrate, openDb, type Db } from '#db'
import { silent } from '../test/support/sandbox.ts'
import { freshDatabaseUrl } from '../test/support/stores.ts'
import type { StoreKind } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Row } from './support/figure.ts'

const log = { ...silent, error: () => undefined }
const INSERT = `insert into event (kind, data) values ($1, $2)`

export const figure: Figure = {
  name: 'event-append',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(await measure(bench, store))
    return rows
  },
}

type Bare = { insert: () => Promise<unknown>; close: () => Promise<void> }

async function measure(bench: Bench, store: StoreKind): Promise<Row> {
  const home = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
  const database = store === 'server' ? await freshDatabaseUrl() : undefined
  const db = await openDb({ home, databaseUrl: database?.url, log })
  const rows = bench.rounds(500, 200)
  const lugh: number[] = []
  const samples: number[] = []
  try {
    if (store === 'embedded') await migrate(db, { log })
    const bare = database === undefined ? await embeddedDriver(join(home, 'bare')) : await serverDriver(database.url)
    await inTurn(
      bench.rounds(15, 3),
      async () => void lugh.push(await perSecond(rows, () => append(db))),
      async () => void samples.push(await perSecond(rows, bare.insert)),
    )
    await bare.close()
  } finally {
    await db.close()
    await database?.drop()
    rmSync(home, { recursive: true, force: true })
  }
  return { name: 'event append', store, unit: 'rows/s', lugh, bare: { name: 'insert', samples } }
}

function append(db: Db): Promise<unknown> {
  return appendEvent(db, { kind: 'project.added', data: { name: 'shop' } })
}

async function perSecond(rows: number, act: () => Promise<unknown>): Promise<number> {
  const ms = await timed(async () => {
    for (let n = 0; n < rows; n += 1) await act()
  })
  return (rows * 1000) / ms
}

const DATA = JSON.stringify({ name: 'shop' })

/** The driver in this very thread, with a table of the same shape. */
async function embeddedDriver(dir: string): Promise<Bare> {
  const driver = new PGlite(dir)
  await driver.exec(
    `create table event (id bigint generated always as identity primary key, at timestamptz not null default now(), kind text not null, data jsonb not null)`,
  )
  return { insert: () => driver.query(INSERT, ['project.added', DATA]), close: () => driver.close() }
}

async function serverDriver(url: string): Promise<Bare> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return { insert: () => client.query(INSERT, ['project.added', DATA]), close: () => client.end() }
}
