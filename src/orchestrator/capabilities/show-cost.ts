import { b, join, pre, type Text } from '#core'
import { CostLine, costBy, costByDay, costByRun, costByTurn, costTotal, type CostFilter } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { money } from '../cards/task-card.ts'
import { column } from '../money/chart.ts'
import { accountOf } from '../money/limits.ts'
import { startOfDay } from '../spending.ts'
import { TaskNumber, taskWord, theProject, theTask } from './words.ts'

const DAY_MS = 86_400_000
const CHART_DAYS = 7
/** Blocks of the longest column: with date and sum beside it, a line of a narrow phone. */
const CHART_BLOCKS = 12
const Kind = z.enum(['all', 'project', 'task'])

/** What was spent: by day with a chart, by project, task and model with what caches saved, and of a task by run and turn. */
export const showCost = capability({
  name: 'show_cost',
  describe: 'What the agents have cost: everything, a project, or one task.',
  input: z.object({ task: TaskNumber.optional(), project: z.string().max(200).optional() }),
  output: z.object({
    of: z.string(),
    kind: Kind,
    today: CostLine,
    week: CostLine,
    month: CostLine,
    days: z.array(CostLine),
    projects: z.array(CostLine),
    tasks: z.array(CostLine),
    models: z.array(CostLine),
    runs: z.array(CostLine),
    turns: z.array(CostLine),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'cost', menu: true, usage: '/cost [T12 | PROJECT]', example: '/cost T12', parse: words },
    cli: { verb: 'show_cost', usage: 'show_cost [T12 | PROJECT]', parse: (argv) => words(argv.join(' ')) },
    mcp: { tool: 'get_costs', example: { task: 12 } },
  },
  act: async (act, input) => {
    const { of, kind, filter } = await meant(act, input)
    const { tx } = act
    const now = act.clock.now()
    const day = startOfDay(now)
    const back = (days: number): Date => new Date(day.getTime() - (days - 1) * DAY_MS)
    const whole = kind === 'task' ? new Date(0) : back(30)
    const list = async (wanted: boolean, what: 'project' | 'task' | 'model'): Promise<CostLine[]> => (wanted ? costBy(tx, what, whole, filter) : [])
    return {
      of,
      kind,
      today: await costTotal(tx, day, filter),
      week: await costTotal(tx, back(CHART_DAYS), filter),
      month: await costTotal(tx, whole, filter),
      days: await costByDay(tx, back(CHART_DAYS), now, filter),
      projects: await list(kind === 'all', 'project'),
      tasks: await list(kind !== 'task', 'task'),
      models: await list(true, 'model'),
      runs: filter.taskId === undefined ? [] : await costByRun(tx, filter.taskId),
      turns: filter.taskId === undefined ? [] : await costByTurn(tx, filter.taskId),
    }
  },
  say: (o) =>
    join([
      b(o.kind === 'all' ? 'Cost' : `Cost of ${o.of}`),
      o.kind === 'task'
        ? `${money(o.month)} · ${o.month.turns} turns · ${o.month.tokens} tokens`
        : `Today ${money(o.today)} · 7 days ${money(o.week)} · 30 days ${money(o.month)}`,
      o.week.turns > 0 && pre(chart(o.days)),
      ...section('Projects', o.projects),
      ...section('Tasks', o.tasks),
      ...section('Models', o.models, cacheWords),
      ...section('Runs', o.runs, (run) => `${run.turns} turns`),
      ...section('Newest turns', o.turns, (turn) => `${turn.tokens} tokens`),
      o.month.unpriced > 0 && `${o.month.unpriced} turns used a model whose price is not known. LUGH_HOME/prices.json can name it.`,
    ]),
})

async function meant(
  act: Act,
  input: { task?: number | undefined; project?: string | undefined },
): Promise<{ of: string; kind: z.infer<typeof Kind>; filter: CostFilter }> {
  if (input.task !== undefined) {
    const task = await theTask(act, input.task, () => true, '')
    return { of: `T${task.number}`, kind: 'task', filter: { taskId: accountOf(task) } }
  }
  if (input.project === undefined) return { of: 'everything', kind: 'all', filter: {} }
  const project = await theProject(act, input.project)
  return { of: project.name, kind: 'project', filter: { projectId: project.id } }
}

/** `T12` is a task, anything else a project. */
function words(text: string): { task?: number; project?: string } {
  const word = text.trim()
  if (word === '') return {}
  const task = /^[tT]?\d+$/u.test(word) ? taskWord(word) : undefined
  return task === undefined ? { project: word } : { task }
}

/** One line a day, the newest last: `11-21 ████▌ $0.42`. */
function chart(days: readonly CostLine[]): string {
  const most = Math.max(...days.map(({ microUsd }) => microUsd))
  return days
    .map((day) => [day.name.slice(5), column(day.microUsd, most, CHART_BLOCKS), money(day)].filter((part) => part !== '').join(' '))
    .join('\n')
}

function section(title: string, lines: readonly CostLine[], more: (line: CostLine) => string | undefined = () => undefined): Text[] {
  if (lines.length === 0) return []
  return [b(title), ...lines.map((line) => [`· ${line.name} ${money(line)}`, more(line)].filter((part) => part !== undefined).join(' · '))]
}

/** How much of the prompts a cache had, as providers measured it. */
function cacheWords({ prompt, cached }: CostLine): string | undefined {
  return prompt === 0 ? undefined : `cache ${Math.round((cached / prompt) * 100)} %`
}
