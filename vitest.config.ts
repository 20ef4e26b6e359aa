import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** The whole of Lugh as a child process: slow machines run several suites at once. */
const SYSTEM = { testTimeout: 120_000, hookTimeout: 60_000 }

/** The crash and hostile suites are only ever run on all stores there are. */
const WHOLE = { LUGH_TEST_WHOLE: '1' }

export default defineConfig({
  test: {
    // Most tests wait: for a chat, which takes a message a second, or for a process to end. Two cores carry six Lughs; with fifteen
    // (three files of five tests) tests took 200 s in place of 15 and lost their patience.
    maxWorkers: Math.max(2, availableParallelism()),
    maxConcurrency: 3,
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/support/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'system', include: ['test/e2e/**/*.test.ts'], ...SYSTEM } },
      { test: { name: 'crash', include: ['test/crash/**/*.test.ts'], env: WHOLE, testTimeout: 600_000, hookTimeout: 60_000 } },
      { test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], env: WHOLE, testTimeout: 600_000, hookTimeout: 60_000 } },
    ],
  },
})
