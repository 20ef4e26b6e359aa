import { defineConfig } from 'vitest/config'

/** The whole of Lugh as a child process: slow machines run several suites at once. */
const SYSTEM = { testTimeout: 120_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/support/**/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'system', include: ['test/e2e/**/*.test.ts'], ...SYSTEM } },
      { test: { name: 'crash', include: ['test/crash/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 60_000 } },
      { test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 60_000 } },
    ],
  },
})
