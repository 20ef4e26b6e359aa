import { b, join } from '#core'
import { costByProject, costSince } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { money } from '../cards/task-card.ts'
import { startOfDay } from '../steps/work.ts'

const DAY_MS = 86_400_000
const Sum = z.object({ microUsd: z.number(), tokens: z.number(), unpriced: z.number(), turns: z.number() })

/** What was spent: today, in the last 7 and 30 days, and on which projects. */
export const showCost = capability({
  name: 'show_cost',
  describe: 'What the agents have cost.',
  input: z.object({}),
  output: z.object({ today: Sum, week: Sum, month: Sum, projects: z.array(Sum.extend({ name: z.string() })) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'cost', menu: true, usage: '/cost', example: '/cost', parse: () => ({}) },
    cli: { verb: 'show_cost', usage: 'show_cost', parse: () => ({}) },
  },
  act: async (act) => {
    const day = startOfDay(act.clock.now())
    const month = new Date(day.getTime() - 29 * DAY_MS)
    return {
      today: await costSince(act.tx, day),
      week: await costSince(act.tx, new Date(day.getTime() - 6 * DAY_MS)),
      month: await costSince(act.tx, month),
      projects: await costByProject(act.tx, month),
    }
  },
  say: (o) =>
    join([
      b('Cost'),
      `Today ${money(o.today)} · ${o.today.tokens} tokens`,
      `7 days ${money(o.week)} · 30 days ${money(o.month)}`,
      ...o.projects.map((project) => `· ${project.name} ${money(project)}`),
      o.month.unpriced > 0 && 'Some turns used a model whose price is not known.',
    ]),
})
