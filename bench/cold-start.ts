/** The first start on a machine where nothing was ever laid, until the console says ready, beside Node opening the same empty store. */
import { measureStarts } from './support/starts.ts'
import type { Figure } from './support/figure.ts'

export const figure: Figure = {
  name: 'cold-start',
  measure: (bench) => measureStarts(bench, { name: 'first start → ready', rounds: bench.rounds(5, 1), first: true }),
}
