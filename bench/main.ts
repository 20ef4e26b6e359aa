/**
 * `npm run bench`: every figure, or those that are named; `--short` with few rounds, `--embedded` or `--server` on one store only.
 * Prints a table and writes JSON. Figures are reported, never asserted: a slow machine fails nothing; a figure that cannot be taken at
 * all, or leaves something behind, does.
 */
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'

const words = process.argv.slice(2)
const names = words.filter((word) => !word.startsWith('--'))
// The test runner is the host, since the systems measured here are those of the tests, with the same search for leftovers.
const vitest = await startVitest('test', [], {
  config: false,
  root: fileURLToPath(new URL('..', import.meta.url)),
  include: ['bench/figures.bench.ts'],
  // The whole: both stores, where there is a server.
  env: {
    LUGH_TEST_WHOLE: '1',
    LUGH_BENCH: names.join(' '),
    LUGH_BENCH_SHORT: words.includes('--short') ? '1' : '',
    LUGH_BENCH_STORE: words.find((word) => word === '--embedded' || word === '--server')?.slice(2) ?? '',
  },
  testTimeout: 0,
  hookTimeout: 0,
  watch: false,
  disableConsoleIntercept: true,
})
await vitest.close()
