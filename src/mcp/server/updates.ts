/** What of the resources is new when a task moves. A hint, as the move is: whoever is told reads. Nothing is looked up while nobody listens. */
import { TaskId, errorText, type ProjectId } from '#core'
import { latestRun, taskById, type Db } from '#db'
import type { Moves } from './moves.ts'

export type Update = { readonly projectId: ProjectId; readonly uris: readonly string[] }
export type Updates = {
  /** Calls `heard` with every task that moved. Answers what stops it. */
  each(heard: (update: Update) => void): () => void
}

/** A step of an agent moves its task several times within a moment; clients read once. */
const TOGETHER_MS = 200

export function createUpdates(db: Db, moves: Moves, log: { warn(fields: object, event: string): void }): Updates {
  const listeners = new Set<(update: Update) => void>()
  const moving = new Set<string>()
  let stop: (() => void) | undefined
  const tell = async (id: string): Promise<void> => {
    moving.delete(id)
    const update = listeners.size === 0 ? undefined : await updateOf(db, TaskId.parse(id))
    if (update !== undefined) for (const heard of listeners) heard(update)
  }
  const moved = (id: string): void => {
    if (moving.has(id) || !TaskId.safeParse(id).success) return
    moving.add(id)
    const later = (): void => void tell(id).catch((error: unknown) => log.warn({ error: errorText(error) }, 'mcp.update-failed'))
    setTimeout(later, TOGETHER_MS).unref()
  }
  return {
    each: (heard) => {
      stop ??= moves.each(moved)
      listeners.add(heard)
      return () => {
        listeners.delete(heard)
        if (listeners.size > 0) return
        stop?.()
        stop = undefined
      }
    },
  }
}

async function updateOf(db: Db, id: TaskId): Promise<Update | undefined> {
  const task = await taskById(db, id)
  if (task === undefined) return undefined
  const run = await latestRun(db, id)
  const of = `lugh://tasks/${task.number}`
  const session = run === undefined ? [] : [`lugh://sessions/${run.id}`]
  const agent = task.agentId === null ? [] : [`lugh://agents/${task.agentId}`]
  return { projectId: task.projectId, uris: [of, `${of}/diff`, 'lugh://approvals', ...session, ...agent] }
}
