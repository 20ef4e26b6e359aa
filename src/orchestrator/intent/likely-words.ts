/** Names that people say to this installation and no recogniser can know: of agents, projects and tasks. The likeliest first. */
import { listAgents, listProjects, listTasks, type Sql } from '#db'

/** A recogniser reads a few hundred tokens of hints; the newest work is the likeliest to be spoken of. */
const TASKS = 12
const ORDERS = ['Lugh', 'checkpoint', 'diff', 'merge', 'undo', 'T12', 'C7']

/** Reads rows only. */
export async function likelyWords(sql: Sql): Promise<readonly string[]> {
  const [projects, tasks, agents] = await Promise.all([listProjects(sql), listTasks(sql, { limit: TASKS }), listAgents(sql, null)])
  return [
    ...ORDERS,
    ...agents.map(({ name }) => name),
    ...projects.map(({ name }) => name),
    ...tasks.flatMap(({ number, title }) => [`T${number}`, title]),
  ]
}
