import { CLAIMABLE, NEEDS_PERSON, b, join, oneLine } from '#core'
import { costSince, countTasks, listTasks, liveConnectors } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { clockTime } from '../cards/decided.ts'
import { money } from '../cards/task-card.ts'
import { startOfDay } from '../spending.ts'
import { TaskView, taskLine, viewTask } from './task-list.ts'

const SHOWN = 10

/** What needs the person, what runs, what it cost today, and whether everything works. */
export const showStatus = capability({
  name: 'show_status',
  describe: 'What needs you, what runs, and whether all is well.',
  input: z.object({}),
  output: z.object({
    needs: z.array(TaskView),
    running: z.array(TaskView),
    costToday: z.object({ microUsd: z.number(), unpriced: z.number() }),
    sandbox: z.string(),
    store: z.string(),
    engine: z.string(),
    engineProblem: z.string().optional(),
    secrets: z.array(z.object({ name: z.string(), at: z.string(), used: z.boolean() })),
    servers: z.array(z.object({ name: z.string(), state: z.string(), problem: z.string().nullable() })),
    version: z.string(),
    label: z.string().optional(),
    total: z.number(),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'status', menu: true, usage: '/status', example: '/status', parse: () => ({}) },
    cli: { verb: 'show_status', usage: 'show_status', parse: () => ({}) },
    mcp: {},
  },
  act: async (act) => {
    const { facts, tx } = act
    const engineProblem = facts.engineProblem?.()
    const cost = await costSince(tx, startOfDay(act.clock.now()))
    return {
      needs: (await listTasks(tx, { states: NEEDS_PERSON, limit: SHOWN })).map(viewTask),
      running: (await listTasks(tx, { states: CLAIMABLE, limit: SHOWN })).map(viewTask),
      costToday: { microUsd: cost.microUsd, unpriced: cost.unpriced },
      sandbox: facts.sandbox,
      store: facts.store,
      engine: `${facts.engine} (${facts.model ?? 'the first model of its server'})`,
      ...(engineProblem === undefined ? {} : { engineProblem }),
      secrets: (facts.secretChanges?.() ?? []).map(({ name, at, used }) => ({ name, at: at.toISOString(), used })),
      servers: (await liveConnectors(tx, null)).map(({ name, state, failure }) => ({ name, state, problem: failure })),
      version: facts.version,
      ...(facts.label === undefined ? {} : { label: facts.label }),
      total: (await countTasks(tx)).reduce((sum, row) => sum + row.n, 0),
    }
  },
  say: (o) =>
    join([
      b(`${o.needs.length} need${o.needs.length === 1 ? 's' : ''} you · ${o.running.length} running · ${money(o.costToday)} today`),
      ...o.needs.map(taskLine),
      ...o.running.map(taskLine),
      `Engine: ${o.engine}`,
      o.engineProblem !== undefined && `⚠️ ${o.engineProblem}`,
      ...o.secrets.map(secretLine),
      `Sandbox: ${o.sandbox}`,
      o.servers.length > 0 && `MCP servers: ${o.servers.slice(0, SHOWN).map(serverWords).join('; ')} (/connect)`,
      `Store: ${o.store} · Lugh ${o.version}${o.label === undefined ? '' : ` · ${o.label}`}`,
    ]),
})

function serverWords({ name, state, problem }: { name: string; state: string; problem: string | null }): string {
  return `${name} ${state}${problem === null ? '' : ` (${oneLine(problem, 100)})`}`
}

function secretLine({ name, at, used }: { name: string; at: string; used: boolean }): string {
  const when = clockTime(new Date(at))
  return used ? `🔑 ${name} was changed at ${when} and is used since` : `⚠️ ${name} was changed at ${when}; restart Lugh to use it`
}
