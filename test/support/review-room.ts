/** A task whose agent has worked, from its review to its landing, in a real store, under real git and behind real walls. No bot; the agent is this test. */
import { randomUUID } from 'node:crypto'
import { BotId, ConversationId, PersonId, TelegramChatId, TelegramUserId, plain, randomIds, systemClock, redactKeys, type Role } from '#core'
import { conversationAt, liveWorktree, lockTask, openChange, savePerson, taskById, type Change, type Db, type Task } from '#db'
import type { Caller, CardContent, Machinery } from '#orchestrator'
import type { Claim } from '../../src/orchestrator/machinery.ts'
import { callCapability, capabilityByName, renderCard } from '#orchestrator'
import { cleanUp } from '../../src/orchestrator/steps/clean-up.ts'
import { land } from '../../src/orchestrator/steps/land.ts'
import { prepare } from '../../src/orchestrator/steps/prepare.ts'
import { propose } from '../../src/orchestrator/steps/propose.ts'
import { work } from '../../src/orchestrator/steps/work.ts'
import { write, type Files, type Scene } from '../../src/git/testing/scene.ts'
import { openRoom, type Room } from './checkpoint-room.ts'
import { machineryFor } from './work-room.ts'

const STEPS: Partial<Record<Task['state'], (m: Machinery, claim: Claim) => Promise<void>>> = {
  queued: prepare,
  preparing: prepare,
  running: work,
  proposing: propose,
  landing: land,
}
const MOST_STEPS = 20

export type ReviewRoom = Readonly<{
  room: Room
  m: Machinery
  /** The agent's work: files of its worktree, then Lugh proposes them. Answers the change. */
  proposed: (files: Files) => Promise<Change>
  /** Steps as a worker does until the task waits for somebody; answers it. */
  walk: () => Promise<Task>
  /** One of those steps. */
  step: () => Promise<Task>
  /** A capability called as a person of this role; throws what it refuses. */
  as: (role: Role) => (capability: string, input: object) => Promise<unknown>
  /** What the change's card says and offers now. */
  card: (change: Pick<Change, 'id'>) => Promise<{ text: string; labels: string[]; press: (label: string) => Promise<unknown>; content: CardContent }>
  /** Telegram has accepted everything that was to be shown. */
  allShown: () => Promise<void>
  open: () => Promise<Change>
}>

/** `url`: a model server, for tests in which the agent speaks. */
export async function openReviewRoom(db: Db, scene: Scene, url = 'http://127.0.0.1:1'): Promise<ReviewRoom> {
  const room = await openRoom(db, scene)
  const m = machineryFor(db, { url, more: { git: scene.git, sandbox: scene.sandbox, home: scene.home, redact: redactKeys } })
  const chat = TelegramChatId.parse(1)
  const conversation = await db.tx((tx) =>
    conversationAt(tx, { id: ConversationId.parse(randomUUID()), botId: BotId.parse(1), chatId: chat, threadId: 0 }),
  )
  await db.run(`update task set conversation_id = $2::uuid where id = $1::uuid`, [room.taskId, conversation?.id ?? gone()])

  async function claim(): Promise<Claim> {
    return db.tx(async (tx) => {
      await tx.run(`update task set lease_holder = 'test:1', lease_until = now() + interval '1 hour', fence = fence + 1 where id = $1::uuid`, [
        room.taskId,
      ])
      const task = await lockTask(tx, room.taskId)
      if (task === undefined) throw new Error('no task')
      return { task, fence: task.fence, signal: new AbortController().signal }
    })
  }

  async function walk(): Promise<Task> {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const before = await now()
      if (STEPS[before.state] === undefined) return before
      await step()
    }
    throw new Error('the task walks in a circle')
  }

  async function now(): Promise<Task> {
    return (await taskById(db, room.taskId)) ?? gone()
  }

  async function step(): Promise<Task> {
    await cleanUp(m, () => false)
    await STEPS[(await now()).state]?.(m, await claim())
    return now()
  }

  async function proposed(files: Files): Promise<Change> {
    const worktree = await liveWorktree(db, room.taskId)
    write(worktree?.path ?? gone(), files)
    await db.run(`update task set state = 'proposing' where id = $1::uuid`, [room.taskId])
    await walk()
    await allShown()
    return open()
  }

  async function allShown(): Promise<void> {
    await db.run(`update outbox set state = 'sent' where change_id is not null`)
  }

  async function open(): Promise<Change> {
    return (await openChange(db, room.taskId)) ?? gone()
  }

  const as =
    (role: Role) =>
    async (name: string, input: object): Promise<unknown> => {
      const capability = capabilityByName(name) ?? gone()
      return db.tx(async (tx) => {
        const people: Record<Role, number> = { owner: 1, approver: 2, member: 3, viewer: 4 }
        const person = await savePerson(tx, {
          id: PersonId.parse(randomUUID()),
          telegramUserId: TelegramUserId.parse(people[role]),
          name: role,
          role,
        })
        const caller: Caller = { personId: person?.id ?? gone(), role, name: role, door: 'cli', callKey: randomUUID() }
        return callCapability(capability, { tx, caller, clock: systemClock, ids: randomIds, facts: m.facts, git: m.git }, input)
      })
    }

  async function card(change: Pick<Change, 'id'>): Promise<Awaited<ReturnType<ReviewRoom['card']>>> {
    const content = (await renderCard(db, m.facts, 'review', change.id)) ?? gone()
    const buttons = content.buttons.flat()
    return {
      content,
      text: plain(content.text),
      labels: buttons.map(({ label }) => label),
      press: (label) => {
        const button = buttons.find((one) => one.label === label)
        if (button === undefined) throw new Error(`there is no ${label} among ${buttons.map((one) => one.label).join(', ')}`)
        return as('owner')(button.capability, button.input)
      },
    }
  }

  return { room, m, proposed, walk, step, as, card, allShown, open }
}

function gone(): never {
  throw new Error('it is gone')
}
