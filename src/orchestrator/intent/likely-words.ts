/** Names that people say to this installation and no recogniser can know: of agents, projects, tasks, files and what is defined in them. The likeliest first. */
import { redactKeys } from '#core'
import { conversationAt, listAgents, listProjects, listTasks, type Project, type Sql, type Voice } from '#db'
import type { Git } from '#git'
import { repositoryOf } from '../machinery.ts'

/** A recogniser reads a few hundred tokens of hints; the newest work is the likeliest to be spoken of. */
const TASKS = 12
/** So many tasks before names of files: titles are long. */
const TASKS_FIRST = 3
const ORDERS = ['Lugh', 'checkpoint', 'diff', 'merge', 'undo', 'T12', 'C7']
/** Projects whose names are kept in memory; a person speaks of one at a time. */
const PROJECTS_KEPT = 20

type Place = Pick<Voice, 'botId' | 'chatId' | 'threadId'>
export type LikelyWords = (sql: Sql, at: Place) => Promise<readonly string[]>

/** Makes the function; what it finds in a project is kept until its branch has another commit. Reads rows and base only. */
export function createLikelyWords({ git, newId }: { git: Pick<Git, 'names'>; newId: () => string }): LikelyWords {
  const kept = new Map<string, { readonly commit: string; readonly words: readonly string[] }>()

  async function namesOf(project: Project | undefined): Promise<readonly string[]> {
    if (project === undefined || project.targetBranch === null) return []
    const known = kept.get(project.id)
    // A hint: whatever is wrong with the repository is told where it matters.
    const named = await git.names(repositoryOf(project), project.targetBranch, known?.commit).catch(() => undefined)
    if (named === undefined) return known?.words ?? []
    if (named.commit === known?.commit) return known.words
    const words = inTurn(named.symbols, named.files).filter((word) => redactKeys(word) === word)
    kept.delete(project.id)
    kept.set(project.id, { commit: named.commit, words })
    for (const oldest of [...kept.keys()].slice(0, -PROJECTS_KEPT)) kept.delete(oldest)
    return words
  }

  return async (sql, at) => {
    const [projects, tasks, agents, here] = await Promise.all([
      listProjects(sql),
      listTasks(sql, { limit: TASKS }),
      listAgents(sql, null),
      conversationAt(sql, { id: newId(), ...at }),
    ])
    const ready = projects.filter(({ state }) => state === 'ready')
    const meant = ready.find(({ id }) => id === here?.projectId) ?? (ready.length === 1 ? ready[0] : undefined)
    const titles = tasks.flatMap(({ number, title }) => [`T${number}`, title])
    return [
      ...ORDERS,
      ...agents.map(({ name }) => name),
      ...projects.map(({ name }) => name),
      ...titles.slice(0, TASKS_FIRST * 2),
      ...(await namesOf(meant)),
      ...titles.slice(TASKS_FIRST * 2),
    ]
  }
}

/** One of each in turn, none twice. */
function inTurn(first: readonly string[], second: readonly string[]): string[] {
  const all = Array.from({ length: Math.max(first.length, second.length) }, (_, at) => [first[at], second[at]])
  return [...new Set(all.flat().flatMap((word) => word ?? []))]
}
