import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startProgram } from '../../test/support/child.ts'
import { lockHome } from './home-lock.ts'

const HOLDER = `
import { lockHome } from '#db'
try {
  lockHome(process.argv[1])
  // Whoever forgets to keep the lock still has it, however often the garbage collector runs.
  const kept = []
  for (let i = 0; i < 200; i += 1) kept.push(new Array(10_000).fill(i))
  console.log('held')
  setInterval(() => undefined, 1000)
} catch (error) {
  console.log(error.code)
}`

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lugh-lock-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('a second lock of the same home is refused, names the process and the way out', () => {
  const lock = lockHome(home)
  const say = new RegExp(`${home}, process ${process.pid} since .*\`kill ${process.pid}\`.*LUGH_HOME`)
  expect(() => lockHome(home)).toThrow(expect.objectContaining({ code: 'home.locked', say: expect.stringMatching(say) }))
  lock.release()
  lock.release()
  lockHome(home).release()
})

test('a home is made where there is none, and is nobody else’s to read', () => {
  const inner = join(home, 'a', 'b')
  const lock = lockHome(inner)
  expect(statSync(inner).mode & 0o777).toBe(0o700)
  lock.release()
})

test('after kill -9 the home is free at once, though the note of the dead process is still there', async () => {
  const child = startProgram(HOLDER, [home])
  await child.line((line) => line === 'held')
  expect(() => lockHome(home)).toThrow(String(child.pid))
  await child.kill()
  expect(readFileSync(join(home, 'lock.json'), 'utf8')).toContain(String(child.pid))
  lockHome(home).release()
})

test('a note that names a living stranger (a reused process id) or is torn locks nobody out', () => {
  for (const note of [JSON.stringify({ pid: process.ppid, since: '2020-01-01T00:00:00Z' }), '{"pid":', '']) {
    writeFileSync(join(home, 'lock.json'), note)
    expect(() => lockHome(home).release()).not.toThrow()
  }
})

test('being asked twice in one process does not open the home to another one', async () => {
  const lock = lockHome(home)
  for (let i = 0; i < 3; i += 1) expect(() => lockHome(home)).toThrow('home.locked')
  const child = startProgram(HOLDER, [home])
  expect(await child.line(() => true)).toBe('home.locked')
  await child.kill()
  lock.release()
})

test('a home that cannot be written says so', () => {
  writeFileSync(join(home, 'file'), '')
  expect(() => lockHome(join(home, 'file', 'inner'))).toThrow('config.invalid')
})

test('of eight started in the same instant exactly one gets the home', async () => {
  const children = Array.from({ length: 8 }, () => startProgram(HOLDER, [home]))
  const answers = await Promise.all(children.map((child) => child.line((line) => line === 'held' || line === 'home.locked')))
  expect(answers.toSorted()).toEqual(['held', ...Array.from({ length: 7 }, () => 'home.locked')])
  await Promise.all(children.map((child) => child.kill()))
})
