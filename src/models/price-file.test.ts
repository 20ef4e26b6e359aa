/** The operator's own prices. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { watchedPrices } from './price-file.ts'
import { pricesOf } from './prices.ts'

const folder = mkdtempSync(join(tmpdir(), 'lugh-prices-'))
const path = join(folder, 'prices.json')
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const write = (text: string): void => writeFileSync(path, text)
const USAGE = { input: 1_000_000, output: 1_000_000, cacheRead: 0, cacheWrite: 0 }

it('a price file holds without a restart, and a broken one changes nothing but is told', () => {
  const problems: string[] = []
  const prices = pricesOf(watchedPrices(path, (problem) => problems.push(problem)))
  const seen = [prices.costOf('llama', USAGE)]
  write('{"llama": {"input": 1, "output": 2}}')
  seen.push(prices.costOf('llama', USAGE))
  write('{"llama": {"input": -1, "output": 2}}')
  seen.push(prices.costOf('llama', USAGE), prices.costOf('llama', USAGE))
  write('{"llama": {"input": 0, "output": 0}}   ')
  seen.push(prices.costOf('llama', USAGE))
  expect({ seen, problems }).toEqual({ seen: [null, 3_000_000, 3_000_000, 3_000_000, 0], problems: [expect.stringContaining('llama.input')] })
})
