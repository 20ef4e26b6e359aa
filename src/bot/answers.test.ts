import { expect, test } from 'vitest'
import { playAnswers } from '../../test/support/answer-sequences.ts'
import { describeEachStore } from '../../test/support/stores.ts'

/** Each is some ten updates; the long form is in the crash suite. */
const RUNS = 15
/** So few that chance could let most of their answers meet no card: these fifteen give twenty and apply four, on either store. */
const SEED = 1

describeEachStore('answers', (open) => {
  test(
    `${RUNS} sequences of asking, tapping, reacting, replying, others, expiry, crashes: applied only when it may be, and then always`,
    { timeout: 300_000 },
    async () => {
      const { given, applied } = await playAnswers(await open(), RUNS, SEED)
      expect(given).toBeGreaterThan(RUNS)
      expect(applied).toBeGreaterThan(0)
    },
  )
})
