import { readdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { halfOf, LongestFirst } from './test/support/longest-first.ts'

/** Most take milliseconds; those that lay a store or run git a thousand times take their time on slow machines. */
const UNIT = { testTimeout: 60_000, hookTimeout: 60_000 }

/** The whole of Lugh as a child process: slow machines run several at once. */
const SYSTEM = { testTimeout: 240_000, hookTimeout: 60_000 }

/** The crash and hostile suites are only ever run on all stores there are. */
const WHOLE = { LUGH_TEST_WHOLE: '1' }

/** The main road and the phone page: what `npm test` drives a whole Lugh through, in minutes. */
const ROAD = ['test/e2e/road.test.ts', 'test/e2e/page.test.ts']

/** Half a minute of nothing but processes that are killed and started: left to the whole, which CI runs. */
const PATIENT = process.env['LUGH_TEST_WHOLE'] === undefined ? ['src/git/killed.test.ts'] : []

/** Where time is short, half of the crash and hostile suites and of those that drive other people's programs: the other half is the next number's. */
const TURN = process.env['LUGH_TEST_BY_TURNS']
const filesIn = (folder: string): string[] => readdirSync(new URL(`test/${folder}`, import.meta.url)).map((name) => `test/${folder}/${name}`)
const PROGRAMS = filesIn('e2e').filter((file) => file.startsWith('test/e2e/mcp-'))
const BY_TURNS = [...filesIn('crash'), ...filesIn('hostile'), ...PROGRAMS].filter((file) => file.endsWith('.test.ts'))
const TAKEN = halfOf(BY_TURNS, Number(TURN))
const LEFT = TURN === undefined ? [] : PROGRAMS.filter((file) => !TAKEN.includes(file))
const deadly = (folder: string): string[] =>
  TURN === undefined ? [`test/${folder}/**/*.test.ts`] : TAKEN.filter((file) => file.startsWith(`test/${folder}/`))

/** Promises in seconds are measured when nothing else runs. */
const PROMPTNESS = 'test/e2e/promptness.test.ts'

// Tests start hundreds of small Node programs: compiled once, each takes 0.4 s of processor time less (`killed.test.ts`: 29 → 20 s).
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/lugh-tests', import.meta.url))

// What people pressed and typed in this run's suites of whole Lughs: read by its last test file (`test/support/driven.ts`).
if (process.env['LUGH_TEST_DRIVEN'] === undefined) {
  const folder = fileURLToPath(new URL(`node_modules/.cache/lugh-driven-${process.pid}`, import.meta.url))
  process.env['LUGH_TEST_DRIVEN'] = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
}

export default defineConfig({
  test: {
    // Most tests wait: for a chat, which takes a message a second, or for a process to end. Half as many files again as there are cores,
    // of three tests at once, keep two cores busy; with fifteen Lughs at work tests took 200 s in place of 15 and lost their patience.
    maxWorkers: Math.max(2, Math.ceil(availableParallelism() * 1.5)),
    maxConcurrency: 3,
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/support/**/*.test.ts'], exclude: PATIENT, ...UNIT } },
      { test: { name: 'road', include: ROAD, ...SYSTEM } },
      { test: { name: 'system', include: ['test/e2e/**/*.test.ts'], exclude: [...ROAD, ...LEFT, PROMPTNESS], ...SYSTEM } },
      { test: { name: 'crash', include: deadly('crash'), env: WHOLE, testTimeout: 600_000, hookTimeout: 60_000 } },
      { test: { name: 'hostile', include: deadly('hostile'), env: WHOLE, testTimeout: 600_000, hookTimeout: 60_000 } },
      { test: { name: 'promptness', include: [PROMPTNESS], sequence: { groupOrder: 1 }, ...SYSTEM } },
      { test: { name: 'driven', include: ['test/driven/**/*.test.ts'], sequence: { groupOrder: 2 } } },
    ],
  },
})
