/** The search finds a canary wherever it can lie; a search that finds nothing would make every test of secrets worthless. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDb } from '#db'
import { expect, test } from 'vitest'
import { canariesIn, canary, type Told } from './canaries.ts'
import { freshEmbeddedHome, heardLog } from './stores.ts'

const TOKEN = '123456:the-token-of-this-bot'

function told(home: string, more: Partial<Told> = {}): Told {
  const at = { home, person: home, cwd: home }
  return { at, simulator: { calls: [], botToken: TOKEN }, model: { requests: [] }, outputs: [], database: undefined, ...more }
}

test('a canary is found in console, log and in a row of the embedded store, long, compressed and deleted ones too', async () => {
  const home = await freshEmbeddedHome()
  const db = await openDb({ home, log: heardLog() })
  await db.close()
  expect(await canariesIn(told(home))).toEqual([])

  const again = await openDb({ home, log: heardLog() })
  // Compressed from two kilobytes on; the shift lets the canary fall on every place between the bytes of the compression.
  for (let shift = 0; shift < 9; shift += 1) {
    const long = `${'words that come again and again, '.repeat(200)}${'-_+=:;<>'.slice(0, shift)}${canary(String(shift))}${'and again, '.repeat(300)}`
    await again.script(`create table long${shift} (a text); insert into long${shift} values ('${long}'); delete from long${shift};`)
  }
  await again.close()
  const tables = (await canariesIn(told(home))).filter((where) => where.includes('/base/'))
  expect(tables).toHaveLength(9)
  rmSync(home, { recursive: true })
})

test('a canary is found in what was printed and in the log; what is the person’s own is not searched', async () => {
  const home = mkdtempSync(join(tmpdir(), 'lugh-canaries-'))
  mkdirSync(join(home, 'worktrees'))
  writeFileSync(join(home, 'worktrees', 'theirs'), canary('x'))
  expect(await canariesIn(told(home))).toEqual([])
  mkdirSync(join(home, 'log'))
  writeFileSync(join(home, 'log', 'lugh.log'), `{"token":"the-token-of-this-bot"}`)
  expect(await canariesIn(told(home, { outputs: [`a ${canary('b')} c`] }))).toEqual([
    'console: …a CANARYbq7Zx4Wv9Kp2J c…',
    expect.stringContaining('log/lugh.log: …{"token":"the-token-of-this-bot"}'),
  ])
  rmSync(home, { recursive: true })
})
