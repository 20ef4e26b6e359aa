import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startProgram } from '../../test/support/child.ts'
import { PATIENCE_MS } from '../../test/support/eventually.ts'
import { freshEmbeddedHome, heardLog } from '../../test/support/stores.ts'
import { openEmbedded } from './embedded.ts'
import { openDb } from './open.ts'

const Numbers = z.object({ n: z.number() })

/** Writes rows one by one and in transactions of three, and says each number only after its commit. */
const WRITER = `
import { openDb } from '#db'
const log = { info() {}, warn() {}, error() {} }
const db = await openDb({ home: process.argv[1], log })
await db.script('create table if not exists written (n integer primary key, pad text not null)')
const pad = 'x'.repeat(2000)
for (let n = Number(process.argv[2]); ; n += 3) {
  await db.tx(async (tx) => {
    for (const m of [n, n + 1, n + 2]) await tx.run('insert into written (n, pad) values ($1::int, $2::text)', [m, pad])
  })
  console.log(n)
}`

let home = ''
beforeEach(async () => {
  home = await freshEmbeddedHome()
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('kill -9 in the middle of writing loses no acknowledged row and keeps no half transaction, five times over', async () => {
  let from = 0
  for (let round = 0; round < 5; round += 1) {
    const child = startProgram(WRITER, [home, String(from)])
    const enough = from + 60 + round * 37 * 3
    await child.line((line) => Number(line) >= enough)
    await child.kill()
    const last = Number(child.lines.at(-1))
    const db = await openDb({ home, log: heardLog() })
    const rows = await db.rows(Numbers, 'select n from written order by n')
    await db.close()
    const found = rows.map(({ n }) => n)
    expect(found).toEqual(Array.from({ length: found.length }, (_, n) => n))
    expect(found.length % 3).toBe(0)
    // At most the one transaction that was committing when the kill came may be there without having been acknowledged.
    expect([last + 3, last + 6]).toContain(found.length)
    from = found.length
  }
}, 60_000)

test('a second process on the same home is refused while the first runs', async () => {
  const child = startProgram(WRITER, [home, '0'])
  await child.line((line) => line === '0')
  await expect(openDb({ home, log: heardLog() })).rejects.toMatchObject({ code: 'home.locked', say: expect.stringContaining(String(child.pid)) })
  await child.kill()
  await (await openDb({ home, log: heardLog() })).close()
})

test('a second open in the same process is refused, and the first goes on', async () => {
  const db = await openDb({ home, log: heardLog() })
  await expect(openDb({ home, log: heardLog() })).rejects.toMatchObject({ code: 'home.locked' })
  expect(await db.row(Numbers, 'select 1 as n')).toEqual({ n: 1 })
  await db.close()
})

test('the data folder is nobody else’s to read, whatever modes its files have', async () => {
  const bare = mkdtempSync(join(tmpdir(), 'lugh-bare-'))
  try {
    const db = await openDb({ home: join(bare, 'home'), log: heardLog() })
    await db.close()
    expect(statSync(join(bare, 'home', 'db')).mode & 0o777).toBe(0o700)
  } finally {
    rmSync(bare, { recursive: true, force: true })
  }
})

test('a folder that a killed first start left half laid is laid anew', async () => {
  const data = join(home, 'db', 'data')
  rmSync(data, { recursive: true })
  mkdirSync(`${data}.new`)
  writeFileSync(join(`${data}.new`, 'PG_VERSION'), '18\n')
  const log = heardLog()
  const db = await openDb({ home, log })
  expect(await db.row(Numbers, 'select 1 as n')).toEqual({ n: 1 })
  await db.close()
  expect(existsSync(`${data}.new`)).toBe(false)
  expect(log.lines.map(({ event }) => event)).toEqual(['db.laid'])
})

test('a folder that cannot be opened says so and gives its lock back', async () => {
  const data = join(home, 'db', 'data')
  rmSync(data, { recursive: true })
  writeFileSync(data, 'not a folder')
  await expect(openDb({ home, log: heardLog() })).rejects.toMatchObject({ code: 'db.unavailable' })
  rmSync(data)
  await (await openDb({ home, log: heardLog() })).close()
})

test('statements that wait when the store is closed are answered, and it closes after them', async () => {
  const db = await openDb({ home, log: heardLog() })
  const asked = Array.from({ length: 20 }, (_, n) => db.row(Numbers, 'select $1::int as n', [n]))
  await db.close()
  const answers = await Promise.all(asked.map((answer) => answer.then((row) => row?.n)))
  expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => n))
})

test('the main thread goes on while the store is busy', async () => {
  const db = await openDb({ home, log: heardLog() })
  let longest = 0
  let last = performance.now()
  const beat = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  await db.row(Numbers, 'select count(md5(g::text)) as n from generate_series(1, 400000) as g')
  clearInterval(beat)
  await db.close()
  expect(longest).toBeLessThan(250)
})

test('a statement that never ends is given up; what was committed stays, listeners are rung and the store goes on', async () => {
  const log = heardLog()
  const db = await openEmbedded({ dir: join(home, 'db'), log, answerMs: 1000 })
  await db.script('create table kept (n integer); insert into kept values (7)')
  const heard: string[] = []
  const stop = await db.listen('c', (payload) => heard.push(payload))
  const stuck = db.run(`do $$ begin loop end loop; end $$`)
  const waiting = db.row(Numbers, 'select n from kept')
  await expect(stuck).rejects.toMatchObject({ code: 'db.unavailable', retryable: true, message: expect.stringContaining('no answer for 1000 ms') })
  expect(await waiting).toEqual({ n: 7 })
  expect(heard).toEqual([''])
  await db.notify('c', 'again')
  await vi.waitFor(() => expect(heard).toEqual(['', 'again']), PATIENCE_MS)
  await stop()
  await db.close()
  expect(log.lines.map(({ event }) => event)).toEqual(['db.reopened'])
})
