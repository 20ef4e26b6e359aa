/** Tasks at work in a real store, each under a claim of its own: what budgets are held for. No bot, no worker, no git. */
import { randomUUID } from 'node:crypto'
import {
  BotId,
  ConversationId,
  PersonId,
  ProjectId,
  RunId,
  TaskId,
  TelegramChatId,
  TelegramUserId,
  randomIds,
  systemClock,
  type Clock,
  type Role,
} from '#core'
import {
  conversationAt,
  insertProject,
  insertRun,
  insertTask,
  lockTask,
  nextTaskNumber,
  savePerson,
  taskById,
  type Db,
  type Run,
  type Task,
} from '#db'
import { capabilityByName, callCapability, type Facts } from '#orchestrator'
import type { Claim } from '../../src/orchestrator/machinery.ts'
import { FACTS, NO_GIT } from './no-git.ts'

export type AtWork = { readonly claim: Claim; readonly run: Run }
export type MoneyRoom = Awaited<ReturnType<typeof openMoneyRoom>>

const LEASE = `now() + interval '1 hour'`

/** A project with `count` tasks at work. */
export async function openMoneyRoom(db: Db, count: number, more: Partial<Facts> = {}, clock: Clock = systemClock) {
  const facts: Facts = { ...FACTS, ...more }
  const m = { db, facts, clock, ids: randomIds }
  const projectId = ProjectId.parse(randomUUID())
  const person = await savePerson(db, { id: PersonId.parse(randomUUID()), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' })
  const personId = PersonId.parse(person?.id)
  const at = { id: ConversationId.parse(randomUUID()), botId: BotId.parse(1), chatId: TelegramChatId.parse(1), threadId: 0 }
  const conversation = await db.tx((tx) => conversationAt(tx, at))
  const conversationId = conversation?.id ?? null
  await db.tx(async (tx) => {
    await insertProject(tx, {
      id: projectId,
      home: facts.home,
      name: 'shop',
      kind: 'path',
      location: '/nowhere',
      sample: false,
      conversationId: null,
    })
    await tx.run(`update project set state = 'ready' where id = $1::uuid`, [projectId])
  })

  /** A new task at work, or a dry run of another. */
  async function begin(parentId?: TaskId): Promise<AtWork> {
    const id = TaskId.parse(randomUUID())
    await db.tx(async (tx) => {
      await insertTask(tx, {
        id,
        number: await nextTaskNumber(tx),
        projectId,
        agentId: null,
        conversationId,
        personId,
        title: 'Do it',
        wish: 'Do it',
        mode: null,
        branch: 'lugh/t',
        callKey: id,
        replyToMessageId: null,
        ...(parentId === undefined ? {} : { parentId, dry: true }),
      })
    })
    return claim(id)
  }

  /** Takes the task as a worker does, under the next fencing number. */
  async function claim(id: TaskId): Promise<AtWork> {
    return db.tx(async (tx) => {
      await tx.run(`update task set state = 'running', lease_holder = 'test:1', lease_until = ${LEASE}, fence = fence + 1 where id = $1::uuid`, [id])
      const task = await lockTask(tx, id)
      if (task === undefined) throw new Error('no task')
      const run = await insertRun(tx, {
        id: RunId.parse(randomUUID()),
        taskId: id,
        agentId: null,
        engine: 'none',
        model: 'claude-opus-5',
        fence: task.fence,
      })
      if (run === undefined) throw new Error('no run')
      return { claim: { task, fence: task.fence, signal: new AbortController().signal }, run }
    })
  }

  const tasks: AtWork[] = []
  for (let n = 0; n < count; n += 1) tasks.push(await begin())
  const now = async (of: AtWork): Promise<Task> => {
    const task = await taskById(db, of.claim.task.id)
    if (task === undefined) throw new Error('no task')
    return task
  }
  const ask = asPerson(db, facts, personId, clock)
  return { m, db, facts, projectId, personId, conversation, tasks, begin, claim, now, ask }
}

/** Asks for a capability as a person with this role does. */
export function asPerson(db: Db, facts: Facts, personId: PersonId, clock: Clock = systemClock) {
  return async (name: string, input: unknown, role: Role = 'owner'): Promise<unknown> => {
    const capability = capabilityByName(name)
    if (capability === undefined) throw new Error(`no ${name}`)
    const caller = { personId, role, name: 'Ada', door: 'cli', callKey: randomUUID() } as const
    return db.tx((tx) => callCapability(capability, { tx, caller, clock, ids: randomIds, facts, git: NO_GIT }, input))
  }
}
