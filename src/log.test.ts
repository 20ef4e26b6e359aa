import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from './log.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lugh-log-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('warnings stand in the file and on the console, other lines in the file only', () => {
  const shown: string[] = []
  const log = openLog({ home, level: 'info', console: (line) => shown.push(line) })
  log.info({ task: 1 }, 'step.begins')
  log.warn({ task: 1 }, 'step.failed')
  const lines = readFileSync(join(home, 'log', 'lugh.log'), 'utf8')
    .trimEnd()
    .split('\n')
  expect(lines).toHaveLength(2)
  expect(shown).toEqual([lines[1]])
})

test.runIf(process.platform === 'linux')('a full disk costs lines of the log, is told once, and nothing else', async () => {
  mkdirSync(join(home, 'log'))
  symlinkSync('/dev/full', join(home, 'log', 'lugh.log'))
  const shown: string[] = []
  const log = openLog({ home, level: 'info', console: (line) => shown.push(line) })
  log.info('first')
  log.info('second')
  await new Promise((resolve) => setImmediate(resolve))
  expect(shown).toEqual([expect.stringContaining('ENOSPC')])
})
