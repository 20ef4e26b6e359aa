/** The first card anybody sees: four wishes that lead to a merged change on the sample project within a minute. */
import { b, join } from '#core'
import type { Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { CardContent } from '../card.ts'

export const STARTERS = [
  { label: '🐞 Fix a bug', wish: 'Fix the rounding bug in the cart total' },
  { label: '🌙 Dark mode', wish: 'Add a dark mode to the page' },
  { label: '🧪 Add a test', wish: 'Add a test for the discount code' },
  { label: '📖 Better README', wish: 'Write a friendlier README' },
] as const

export function starterCard(_sql: Sql, facts: Facts): Promise<CardContent> {
  const text = join(
    [
      b('Lugh: a coding team in your pocket'),
      'Write what you want done. An agent works on it in its own worktree, asks before anything risky, and shows exactly what would change. You land it with one tap.',
      facts.simulated ? 'This is the simulator: the model plays prepared scripts, everything else is real.' : undefined,
      'Try it on the sample project:',
    ],
    '\n\n',
  )
  const [a, second, c, d] = STARTERS.map((starter, index) => ({ label: starter.label, capability: 'start_sample', input: { starter: index + 1 } }))
  if (a === undefined || second === undefined || c === undefined || d === undefined) return Promise.resolve({ text, buttons: [] })
  return Promise.resolve({
    text,
    buttons: [
      [a, second],
      [c, d],
    ],
  })
}
