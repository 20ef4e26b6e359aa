import { b, join } from '#core'
import { listAgents as agentRows } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { choiceFor } from '../engine-choice.ts'
import { theProject } from './words.ts'

export const listAgents = capability({
  name: 'list_agents',
  describe: 'The agents of the current project.',
  input: z.object({ project: z.string().max(200).optional() }),
  output: z.object({
    project: z.string(),
    agents: z.array(z.object({ id: z.string(), name: z.string(), role: z.string(), state: z.string(), engine: z.string() })),
  }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { command: 'agents', usage: '/agents', example: '/agents', parse: (words) => (words.trim() === '' ? {} : { project: words.trim() }) },
    cli: { verb: 'list_agents', usage: 'list_agents [PROJECT]', parse: (argv) => (argv[0] === undefined ? {} : { project: argv[0] }) },
    mcp: { example: { project: 'shop-api' } },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const agents = await agentRows(act.tx, project.id)
    const { engine } = await choiceFor(act.tx, act.facts, project.id, null)
    return { project: project.name, agents: agents.map(({ id, name, role, state }) => ({ id, name, role, state, engine })) }
  },
  say: (o) =>
    o.agents.length === 0
      ? `${o.project} has no named agents; a task without one gets a nameless one. /spawn NAME makes one.`
      : join([b(`Agents of ${o.project}`), ...o.agents.map((agent) => `${agent.name} · ${agent.role} · ${agent.state}`)]),
})
