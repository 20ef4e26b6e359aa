/** Hard limits in money that people set: for a task, for a project, and for everything in a day. */
import { LughError, b, join, type Text } from '#core'
import {
  appendEvent,
  dropBudget,
  lockTask,
  openNotices,
  projectById,
  setBudget,
  taskById,
  tasksOfNotice,
  touchCards,
  usedOf,
  type BudgetOf,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { dollars } from '../cards/task-card.ts'
import { accountOf, dayOf, keyOfBudget, limitsFor, type Limit } from '../money/limits.ts'
import { bar } from '../money/chart.ts'
import { resumeAll } from './decide-budget.ts'
import { TaskNumber, firstWord, taskWord, theProject, theTask } from './words.ts'

const MICRO = 1_000_000
/** Nobody means more; a slip of the thumb does. */
const MAX_USD = 100_000
const BAR_BLOCKS = 10

const About = z.object({ scope: z.enum(['task', 'project', 'day']), task: TaskNumber.optional(), project: z.string().max(200).optional() })
type About = z.infer<typeof About>
const Line = z.object({
  scope: z.enum(['task', 'project', 'day']),
  of: z.string(),
  limitMicroUsd: z.number(),
  spentMicroUsd: z.number(),
  reservedMicroUsd: z.number(),
  unpriced: z.number(),
  from: z.enum(['person', 'installation']),
})
type Line = z.infer<typeof Line>
const EXAMPLES = '/budget set T12 2 · /budget set project 20 · /budget set day 10 · /budget remove T12'

/** The limits that hold here, with what is used of each. */
export const showBudget = capability({
  name: 'show_budget',
  describe: 'The budgets that hold for a task, its project and the day.',
  input: z.object({ task: TaskNumber.optional(), project: z.string().max(200).optional() }),
  output: z.object({ budgets: z.array(Line) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'budget', usage: '/budget [T12]', example: '/budget T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'show_budget', usage: 'show_budget [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: {},
  },
  act: async (act, input) => ({ budgets: await linesFor(act, input) }),
  say: (o) =>
    join([b('Budgets'), ...(o.budgets.length === 0 ? ['None is set: agents may spend what they need.'] : o.budgets.map(sayLine)), EXAMPLES]),
})

/** Sets a limit, or replaces it. What was parked at the old one goes on when the new one leaves room. */
export const setTheBudget = capability({
  name: 'set_budget',
  describe: 'Set a hard limit in dollars for a task, a project, or everything in a day.',
  input: About.extend({ usd: z.coerce.number('How many dollars? As in 2 or 0.50').min(0).max(MAX_USD) }),
  output: Line,
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: { command: 'budget set', usage: '/budget set T12|project|day DOLLARS', example: '/budget set T12 2', parse: setWords },
    cli: { verb: 'set_budget', usage: 'set_budget T12|project|day DOLLARS', parse: (argv) => setWords(argv.join(' ')) },
    mcp: { scope: 'admin', installation: true },
  },
  act: async (act, { usd, ...about }) => {
    const of = await budgetMeant(act, about)
    const microUsd = Math.round(usd * MICRO)
    await setBudget(act.tx, of, microUsd, act.caller.personId)
    await record(act, of, microUsd)
    const used = await usedOf(act.tx, of)
    if (used.spent < microUsd) await letGo(act, of)
    return lineOf(act, { of, microUsd, from: 'person' })
  },
  say: sayLine,
})

/** Takes a person's limit away: the installation's holds again, or none. */
export const removeBudget = capability({
  name: 'remove_budget',
  describe: "Remove a budget; the installation's own, if there is one, holds again.",
  input: About,
  output: z.object({ removed: z.boolean(), budgets: z.array(Line) }),
  kind: 'request',
  may: ['owner', 'approver'],
  doors: {
    telegram: {
      command: 'budget remove',
      usage: '/budget remove T12|project|day',
      example: '/budget remove T12',
      parse: (words) => aboutWords(words),
    },
    cli: { verb: 'remove_budget', usage: 'remove_budget T12|project|day', parse: (argv) => aboutWords(argv.join(' ')) },
    mcp: { none: 'a budget is raised with set_budget; to live without one is for a person at the phone to choose' },
  },
  act: async (act, about) => {
    const of = await budgetMeant(act, about)
    const removed = (await dropBudget(act.tx, of)) > 0
    if (removed) {
      await record(act, of, null)
      await letGo(act, of)
    }
    return { removed, budgets: await linesFor(act, about) }
  },
  say: (o) => join([o.removed ? 'Removed.' : 'There was no such budget.', ...o.budgets.map(sayLine)]),
})

async function linesFor(act: Act, about: { task?: number | undefined; project?: string | undefined }): Promise<Line[]> {
  const task = about.task === undefined ? undefined : await theTask(act, about.task, () => true, '')
  const projectId = task?.projectId ?? (await theProject(act, about.project).catch(() => undefined))?.id ?? null
  const at = { taskId: task === undefined ? null : accountOf(task), projectId, day: dayOf(act.clock.now()) }
  const lines: Line[] = []
  for (const limit of await limitsFor(act.tx, act.facts, at)) lines.push(await lineOf(act, limit))
  if (task === undefined && act.facts.taskBudgetMicroUsd !== undefined)
    lines.push({ ...NOTHING_USED, scope: 'task', of: 'each task', limitMicroUsd: act.facts.taskBudgetMicroUsd, from: 'installation' })
  return lines
}

const NOTHING_USED = { spentMicroUsd: 0, reservedMicroUsd: 0, unpriced: 0 }

async function lineOf(act: Act, { of, microUsd, from }: Limit): Promise<Line> {
  const used = await usedOf(act.tx, of)
  const name = await nameOfBudget(act, of)
  return {
    scope: of.scope,
    of: name,
    limitMicroUsd: microUsd,
    spentMicroUsd: used.spent,
    reservedMicroUsd: used.reserved,
    unpriced: used.unpriced,
    from,
  }
}

async function nameOfBudget(act: Act, of: BudgetOf): Promise<string> {
  if (of.scope === 'day') return 'today'
  if (of.scope === 'project') return (await projectById(act.tx, of.projectId))?.name ?? 'the project'
  return `T${(await taskById(act.tx, of.taskId))?.number ?? '?'}`
}

function sayLine(line: Line): Text {
  if (line.of === 'each task') return `Each task: ${dollars(line.limitMicroUsd)} (as installed)`
  const share = line.limitMicroUsd === 0 ? 1 : line.spentMicroUsd / line.limitMicroUsd
  const under = line.reservedMicroUsd === 0 ? '' : `, up to ${dollars(line.reservedMicroUsd)} under way`
  const set = line.from === 'installation' ? ' (as installed)' : ''
  return `${line.of}: ${bar(share, BAR_BLOCKS)} ${dollars(line.spentMicroUsd)} of ${dollars(line.limitMicroUsd)}${under}${set}`
}

async function budgetMeant(act: Act, about: About): Promise<BudgetOf> {
  if (about.scope === 'day') return { scope: 'day', day: dayOf(act.clock.now()) }
  if (about.scope === 'project') return { scope: 'project', projectId: (await theProject(act, about.project)).id }
  return { scope: 'task', taskId: accountOf(await theTask(act, about.task, (task) => task.endedAt === null, 'at work')) }
}

async function record(act: Act, of: BudgetOf, microUsd: number | null): Promise<void> {
  const { personId, door } = act.caller
  await appendEvent(act.tx, { personId, door, kind: 'budget.set', data: { scope: of.scope, key: keyOfBudget(of), microUsd } })
}

/** Tasks that were parked at the old limit go on; when the new one leaves no room either, they are parked again and asked about. */
async function letGo(act: Act, of: BudgetOf): Promise<void> {
  for (const notice of await openNotices(act.tx, of.scope, keyOfBudget(of))) {
    for (const id of notice.kind === 'stop' ? await tasksOfNotice(act.tx, notice.id) : []) {
      const task = await lockTask(act.tx, id)
      if (task !== undefined) await resumeAll(act, [task])
    }
    await touchCards(act.tx, { kind: 'budget', subjectId: notice.id })
  }
}

/** `T12`, `project`, `project shop` or `day`. */
function aboutWords(words: string): About {
  const [first, rest] = firstWord(words)
  const word = first.toLowerCase()
  if (word === 'day' || word === 'today') return { scope: 'day' }
  if (word === 'project') return rest === '' ? { scope: 'project' } : { scope: 'project', project: rest }
  const task = word === '' || word === 'task' ? taskWord(rest) : taskWord(first)
  if (task === undefined) throw new LughError('input.invalid', `A budget of what? ${EXAMPLES}`)
  return { scope: 'task', task }
}

/** The same with the dollars as the last word: `T12 2`, `project $20`, `day 10.50`. */
function setWords(words: string): About & { usd: number } {
  const all = words.trim().split(/\s+/u)
  const usd = Number(all.at(-1)?.replace(/^\$/u, ''))
  if (all.length < 2 || !Number.isFinite(usd)) throw new LughError('input.invalid', `How many dollars, and for what? ${EXAMPLES}`)
  return { ...aboutWords(all.slice(0, -1).join(' ')), usd }
}
