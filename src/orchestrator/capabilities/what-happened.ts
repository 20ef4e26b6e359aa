import { b, join, oneLine, type Text } from '#core'
import { costSince, tasksTouchedSince } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { money } from '../cards/task-card.ts'
import { sinceWhen } from '../intent/since.ts'

/** A phone's screen; what else happened is in /tasks. */
const SHOWN = 12

const Line = z.object({ task: z.number(), title: z.string(), state: z.string(), isNew: z.boolean(), reason: z.string().nullable() })

/** What happened since then, from events alone: which tasks moved, where they stand, and what it cost. */
export const whatHappened = capability({
  name: 'what_happened',
  describe: 'What happened since yesterday, an hour ago, Monday, …',
  input: z.object({ since: z.string().max(200).optional() }),
  output: z.object({ since: z.string(), tasks: z.array(Line), more: z.number(), cost: z.object({ microUsd: z.number(), unpriced: z.number() }) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: {
      command: 'since',
      usage: '/since [yesterday | 2h | monday | 9:30]',
      example: '/since yesterday',
      parse: (words) => ({ since: words }),
    },
    mcp: {},
    cli: { verb: 'what_happened', usage: 'what_happened [yesterday | 2h | monday | 9:30]', parse: (argv) => ({ since: argv.join(' ') }) },
  },
  act: async (act, input) => {
    const since = sinceWhen(input.since ?? '', act.clock.now())
    const touched = await tasksTouchedSince(act.tx, since, SHOWN + 1)
    const { microUsd, unpriced } = await costSince(act.tx, since)
    return {
      since: since.toISOString(),
      tasks: touched.slice(0, SHOWN).map(({ number, title, state, isNew, reason }) => ({ task: number, title, state, isNew, reason })),
      more: Math.max(0, touched.length - SHOWN),
      cost: { microUsd, unpriced },
    }
  },
  say: (o) =>
    join([
      [b(`Since ${whenWords(new Date(o.since))}`), o.tasks.length === 0 ? ': nothing happened.' : ` · ${money(o.cost)}`],
      ...o.tasks.map(line),
      o.more > 0 && '… and more: /tasks',
    ]),
})

function line({ task, title, state, isNew, reason }: z.infer<typeof Line>): Text {
  return `T${task} ${oneLine(title, 50)}: ${isNew ? 'new, ' : ''}${state}${reason === null ? '' : ` (${oneLine(reason, 80)})`}`
}

/** `Mon 16 Nov, 09:30`, in the machine's own time zone, as `sinceWhen` reads it. */
function whenWords(at: Date): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(at)
}
