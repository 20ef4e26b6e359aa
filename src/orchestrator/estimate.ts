/** An estimate in words, always with its grounds. Where there are none it says so and names no figure. */
import type { Estimate } from '#db'
import { dollars, duration } from './cards/task-card.ts'

const UNPRICED = 'cost unknown (the model has no known price)'

/** One or two lines for a card. */
export function estimateLines({ tasks, microUsd, ms }: Estimate): string {
  if (tasks === 0 || ms === null) return 'Estimate: no grounds yet, no earlier task of this project has finished.'
  const cost = microUsd === null ? UNPRICED : about(microUsd, dollars)
  return `Estimate: ${cost}, ${about(ms, duration)} of work\nGrounds: ${tasks === 1 ? 'the one earlier task' : `the middle of ${tasks} earlier tasks`} of this project`
}

function about(range: { low: number; middle: number; high: number }, say: (value: number) => string): string {
  const [low, middle, high] = [say(range.low), say(range.middle), say(range.high)]
  return low === high ? `about ${middle}` : `about ${middle} (${low} to ${high})`
}
