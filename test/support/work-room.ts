/** A built-in engine at work on one task, in a real store and a real folder, with the model server behind it. No git, no walls, no bot. */
import { LughError, type TaskId, WorktreeId, randomIds, sleep, systemClock } from '#core'
import { insertWorktree, lockTask, setTaskBase, setWorktree, taskById, type Db, type Task } from '#db'
import { createEngines, createTools, systemPrompt } from '#engines'
import { createGateway, pricesOf } from '#models'
import type { Machinery } from '#orchestrator'
import type { Claim } from '../../src/orchestrator/machinery.ts'
import { work } from '../../src/orchestrator/steps/work.ts'
import { FACTS, NO_GIT } from './no-git.ts'

/** Tokens of prompt the model takes here, so that conversations of a test grow too long for it. */
export const CONTEXT = 20_000
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const none = (): Promise<never> => Promise.reject(new LughError('internal', 'there is nothing like that in this room'))
/** Where nothing is run. */
export const NO_SANDBOX: Machinery['sandbox'] = {
  status: { walls: 'none', why: 'none here', fix: 'none' },
  environment: {},
  run: none,
  trusted: none,
  sweep: none,
  close: none,
}

export type RoomOptions = { readonly url: string; readonly context?: number; readonly more?: Partial<Machinery> }

/** What work is handed: the engine `anthropic` on the model server at `url`, with a small cheap model beside the usual one. */
export function machineryFor(db: Db, { url, context = CONTEXT, more = {} }: RoomOptions): Machinery {
  const engines = createEngines({ anthropic: { apiKey: 'k', baseUrl: url, pace: { wait: (_ms, signal) => sleep(1, signal) } }, openai: {} })
  const rate = (usd: number) => ({ input: usd, output: usd, cacheWrite: usd, cacheRead: usd, context })
  const prices = pricesOf(
    () =>
      new Map([
        ['scripted', rate(1e6)],
        ['scripted-small', rate(1e5)],
      ]),
  )
  const anthropic = {
    name: 'anthropic',
    defaultModel: 'scripted',
    available: () => ({ ok: true }) as const,
    known: () => ['scripted', 'scripted-small'],
  }
  return {
    db,
    git: { ...NO_GIT, readFile: () => Promise.resolve(undefined) },
    sandbox: NO_SANDBOX,
    engines,
    sessions: new Map(),
    gateway: createGateway({ anthropic: { apiKey: 'k', baseUrl: url }, openai: {} }),
    tools: createTools(),
    normalise: none,
    systemPrompt,
    clock: systemClock,
    ids: randomIds,
    log: silent,
    redact: (text) => text,
    facts: { ...FACTS, engine: 'anthropic', model: 'scripted', engines: new Map([['anthropic', anthropic]]), prices },
    home: '/nowhere',
    holder: 'test:1',
    leaseMs: 3_600_000,
    slots: 1,
    ...more,
  }
}

/** Gives a task the folder it works in. */
export async function giveFolder(db: Db, task: Pick<Task, 'id' | 'projectId'>, path: string): Promise<void> {
  await db.tx(async (tx) => {
    const id = WorktreeId.parse(randomIds.uuid())
    await insertWorktree(tx, { id, taskId: task.id, projectId: task.projectId, path })
    await setWorktree(tx, id, 'ready', true)
    await setTaskBase(tx, task.id, '0'.repeat(40))
  })
}

/** Takes the task as a worker does, under the next fencing number, whatever state it is in. */
export async function takeTask(db: Db, id: TaskId, signal: AbortSignal): Promise<Claim> {
  return db.tx(async (tx) => {
    await tx.run(
      `update task set state = 'running', lease_holder = 'test:1', lease_until = now() + interval '1 hour', fence = fence + 1 where id = $1::uuid`,
      [id],
    )
    const task = await lockTask(tx, id)
    if (task === undefined) throw new Error('no task')
    return { task, fence: task.fence, signal }
  })
}

/** Works until the task rests, and answers the task then. */
export async function workOnce(m: Machinery, id: TaskId, signal: AbortSignal = new AbortController().signal): Promise<Task> {
  await work(m, await takeTask(m.db, id, signal))
  const task = await taskById(m.db, id)
  if (task === undefined) throw new Error('no task')
  return task
}
