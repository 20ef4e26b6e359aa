import { expect, test } from 'vitest'
import { playAnswers } from '../../test/support/answer-sequences.ts'
import { describeEachStore } from '../../test/support/stores.ts'

/** Each is some ten updates; the long form is in the crash suite. */
const RUNS = 15

describeEachStore('answers', (open) => {
  test(
    `${RUNS} sequences of asking, tapping, reacting, replying, others, expiry, crashes: applied only when it may be, and then always`,
    { timeout: 300_000 },
    async () => {
      const { given, applied } = await playAnswers(await open(), RUNS, undefined)
      // Chance decides how many of the answers meet a card: that some do is enough for so few sequences.
      expect(given).toBeGreaterThan(RUNS / 3)
      expect(applied).toBeGreaterThan(0)
    },
  )
})
