/** The search finds a canary wherever it can lie; a search that finds nothing would make every test of secrets worthless. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDb } from '#db'
import { createWorld } from '#simulator'
import { expect, test } from 'vitest'
import { canariesIn, canary, type Told } from './canaries.ts'
import { freshEmbeddedHome, heardLog } from './stores.ts'

const EMPTY = createWorld()
const TOKEN = '123456:the-token-of-this-bot'

function told(home: string, more: Partial<Told> = {}): Told {
  const at = { home, person: home, cwd: home }
  return { at, simulator: { calls: [], botToken: TOKEN, world: EMPTY }, model: { requests: [] }, outputs: [], database: undefined, ...more }
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

test('a canary is found in a file that was sent, and in an object of a store', async () => {
  const home = mkdtempSync(join(tmpdir(), 'lugh-canaries-'))
  const world = createWorld()
  const [you] = world.persons()
  const bytes = Buffer.from(`+ const key = '${canary('diff')}'\n`)
  const file = world.addFile({ bytes, name: 'all.diff', mime: 'text/plain', folder: 'documents' })
  world.addMessage(world.bot, you?.id ?? 0, { text: '', media: { kind: 'document', file } })
  const store = join(home, 'repos', 'shop', 'store.git')
  const git = (...args: string[]): string => execFileSync('git', ['--git-dir', store, ...args], { input: bytes, encoding: 'utf8', env: {} }).trim()
  mkdirSync(store, { recursive: true })
  git('init', '--quiet', '--bare')
  const object = git('hash-object', '-w', '--stdin')
  expect(await canariesIn(told(home, { simulator: { calls: [], botToken: TOKEN, world } }))).toEqual([
    expect.stringContaining("file: …+ const key = 'CANARYdiff"),
    expect.stringContaining(`object ${object.slice(0, 2)}/${object.slice(2)}: …`),
  ])
  rmSync(home, { recursive: true })
})
