/** Every later start until the console says ready, with a bot's token and (simulated) with none, beside Node opening the same store. */
import { measureStarts } from './support/starts.ts'
import type { Figure } from './support/figure.ts'

export const figure: Figure = {
  name: 'warm-start',
  measure: (bench) => measureStarts(bench, { name: 'later start → ready', rounds: bench.rounds(10, 2), first: false }),
}
