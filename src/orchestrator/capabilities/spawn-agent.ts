import { AgentId, LughError } from '#core'
import { agentByName, insertAgent } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { MAX_WISH_CHARACTERS, newTask } from './new-task.ts'
import { firstWord, theProject } from './words.ts'

const NAMES = ['Brigid', 'Goibniu', 'Ogma', 'Nuada', 'Airmed', 'Dian', 'Etain', 'Macha', 'Fand', 'Boann', 'Midir', 'Aengus'] as const
const MAX_NAME = 40

/** Creates an agent in a project, with a first task if one is given, and answers at once. */
export const spawnAgent = capability({
  name: 'spawn_agent',
  describe: 'Create a named agent in a project, with a first task if you give one.',
  input: z.object({
    name: z.string().trim().min(1).max(MAX_NAME).optional(),
    role: z.string().trim().min(1).max(MAX_NAME).optional(),
    project: z.string().max(200).optional(),
    wish: z
      .string()
      .max(MAX_WISH_CHARACTERS * 4)
      .optional(),
  }),
  output: z.object({
    agent_id: z.string(),
    name: z.string(),
    role: z.string(),
    project: z.string(),
    task: z.number().optional(),
    task_id: z.string().optional(),
  }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'spawn', usage: '/spawn [NAME] [WISH]', example: '/spawn Brigid Write tests for the cart', parse: parseWords },
    cli: { verb: 'spawn_agent', usage: 'spawn_agent [NAME] [WISH]', parse: (argv) => parseWords(argv.join(' ')) },
    mcp: {
      example: { name: 'Brigid', project: 'shop-api', wish: 'Write tests for the cart' },
      note: 'Answers at once with agent_id and, where a wish was given, task_id: handles that outlive this connection. Follow the task with wait_for_task.',
    },
  },
  act: async (act, input) => {
    const project = await theProject(act, input.project)
    const name = input.name ?? (await freeName(act.tx, project.id))
    const role = input.role ?? 'coder'
    const agent = await insertAgent(act.tx, {
      id: AgentId.parse(act.ids.uuid()),
      name,
      role,
      engine: act.facts.engine,
      model: null,
      projectId: project.id,
    })
    if (agent === undefined) throw new LughError('conflict', `${project.name} already has an agent called ${name}. Choose another name.`)
    const answer = { agent_id: agent.id, name, role, project: project.name }
    if (input.wish === undefined || input.wish.trim() === '') return answer
    const task = await newTask(act, { wish: input.wish, project, agent })
    return { ...answer, task: task.number, task_id: task.id }
  },
  say: (o) => `${o.name} (${o.role}) joined ${o.project}${o.task === undefined ? '; the next task there is theirs.' : ` and works on T${o.task}.`}`,
})

function parseWords(words: string): { name?: string; wish?: string } {
  const [name, wish] = firstWord(words)
  return { ...(name === '' ? {} : { name }), ...(wish === '' ? {} : { wish }) }
}

async function freeName(tx: Parameters<typeof agentByName>[0], projectId: Parameters<typeof agentByName>[1]): Promise<string> {
  for (let round = 1; ; round += 1) {
    for (const name of NAMES) {
      const candidate = round === 1 ? name : `${name} ${round}`
      if ((await agentByName(tx, projectId, candidate)) === undefined) return candidate
    }
  }
}
