/** What comes after a finished answer: a conflict to resolve, or words about the change. Both are met honestly, neither cleverly. */
import { call } from '../script.ts'
import type { Facts } from './facts.ts'
import { HONESTY, look, type Job } from './flow.ts'
import { noted, noteSteps } from './wishes.ts'

/** Lines that only a merge writes. */
const MARKERS = call('search_files', { pattern: '^(<{7}|>{7}) ' })

/** The job for a further request of the user. */
export const followUp: Job = {
  plan: [],
  steps: [
    { ...look, calls: () => [call('list_files', {}), MARKERS] },
    { part: 0, say: 'There are conflicts. I will keep both sides.', calls: (facts) => conflicted(facts).map((path) => call('read_file', { path })) },
    {
      part: 0,
      calls: (facts) =>
        conflicted(facts).map((path) => {
          const text = facts.text(path)
          return text === undefined ? undefined : call('write_file', { path, content: keepBoth(text) })
        }),
    },
    ...noteSteps(0, (facts) => (isAboutConflict(facts) ? [] : [facts.now.request, ...facts.now.steers])),
  ],
  summary: (facts) => {
    const resolved = conflicted(facts).filter((path) =>
      facts.now.calls.some(({ name, input, isError }) => name === 'write_file' && input['path'] === path && !isError),
    )
    const first =
      resolved.length > 0
        ? `I kept both sides of each conflict in ${resolved.join(', ')}. A script cannot tell whether they fit together: look closely.`
        : isAboutConflict(facts)
          ? 'I found no conflict that I could resolve.'
          : noted(facts)
            ? 'I cannot act on that: I play scripts. I wrote it down in WISHES.md.'
            : 'I cannot act on that: I play scripts. Nothing more was changed.'
    return `${first}\n${HONESTY}`
  },
}

function isAboutConflict(facts: Facts): boolean {
  return conflicted(facts).length > 0 || /conflict/i.test(facts.now.request)
}

/** Files in which the search found markers. */
function conflicted({ now }: Facts): string[] {
  const found = now.calls.find(({ name, input }) => name === 'search_files' && input['pattern'] === MARKERS.input['pattern'])
  if (found === undefined || found.isError) return []
  return [...new Set(found.output.split('\n').flatMap((line) => /^(.+?):\d+: [<>]{7} /.exec(line)?.[1] ?? []))]
}

/** The text with every conflict replaced by both of its sides, ours first; a side that equals the other is kept once. */
export function keepBoth(text: string): string {
  const out: string[] = []
  let sides: { ours: string[]; theirs: string[] } | undefined
  let side: 'ours' | 'base' | 'theirs' = 'ours'
  for (const line of text.split('\n')) {
    const marker = line.slice(0, 7)
    if (marker === '<<<<<<<') {
      sides = { ours: [], theirs: [] }
      side = 'ours'
    } else if (sides !== undefined && marker === '|||||||') side = 'base'
    else if (sides !== undefined && marker === '=======') side = 'theirs'
    else if (sides !== undefined && marker === '>>>>>>>') {
      out.push(...sides.ours, ...(sides.ours.join('\n') === sides.theirs.join('\n') ? [] : sides.theirs))
      sides = undefined
    } else if (sides === undefined) out.push(line)
    else if (side !== 'base') sides[side].push(line)
  }
  return out.join('\n')
}
