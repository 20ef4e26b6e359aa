/** Any sequence of asking, tapping, replaying, editing, withdrawing and starting anew: a command is allowed only by an approver's first tap on what is asked now. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LughError, PersonId, ProjectId, RunId, TaskId, TelegramUserId, randomIds, systemClock, type Role } from '#core'
import { approvalOfCall, insertProject, insertRun, insertTask, savePerson, withdrawAsked, type Store, type Task } from '#db'
import { callCapability, capabilityByName, type Caller } from '#orchestrator'
import { z } from 'zod'
import { verdictOn } from '../../src/orchestrator/ask-approval.ts'
import { commandDigest, grantDigest } from '../../src/orchestrator/policy/bind-command.ts'
import { playAnswers } from '../support/answer-sequences.ts'
import { FACTS, NO_GIT } from '../support/no-git.ts'
import { sideBySide } from '../support/side-by-side.ts'
import { describeEachStore } from '../support/stores.ts'
import { LONG, piece } from '../support/system.ts'

const RUNS = LONG ? piece(10_000) : 60
const SEED = process.env['LUGH_TEST_SEED'] === undefined ? undefined : Number(process.env['LUGH_TEST_SEED'])
const ROLES = ['owner', 'approver', 'member', 'viewer'] as const
const MAY: readonly Role[] = ['owner', 'approver']
const CALLS = ['c0', 'c1'] as const

type Step =
  | { do: 'ask'; call: string; command: number }
  | { do: 'tap'; call: string; who: Role; command: number; allow: boolean; task: boolean }
  | { do: 'race'; call: string; command: number }
  | { do: 'replay' }
  | { do: 'expire' | 'withdraw' }

const call = fc.constantFrom(...CALLS)
const command = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), call, command }),
  fc.record({ do: fc.constant('tap' as const), call, who: fc.constantFrom(...ROLES), command, allow: fc.boolean(), task: fc.boolean() }),
  fc.record({ do: fc.constant('race' as const), call, command }),
  fc.record({ do: fc.constant('replay' as const) }),
  fc.record({ do: fc.constantFrom('expire' as const, 'withdraw' as const) }),
)

/** What ought to be: of each call what is asked, and what became of it. */
type Model = Map<string, { command: number; state: string }>

describeEachStore('approvals', (open) => {
  test(
    `${RUNS} sequences: applied if and only if pending, by an approver, with the digest of what is asked, and first`,
    { timeout: 3_600_000 },
    async () => {
      const db = await open()
      const world = await layWorld(db)
      await sideBySide(db, RUNS, SEED, () =>
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const scene = await newTask(db, world)
          const model: Model = new Map()
          const granted = new Set<number>()
          let last: Extract<Step, { do: 'tap' }> | undefined
          for (const one of steps) {
            if (one.do === 'ask') await ask(scene, model, granted, one)
            else if (one.do === 'race') await race(scene, model, one)
            else if (one.do === 'tap' || (one.do === 'replay' && last !== undefined)) {
              const again = one.do === 'tap' ? one : last
              if (again !== undefined) await tap(scene, model, granted, again)
              last = again
            } else if (one.do === 'expire' || one.do === 'withdraw') await end(scene, model, one.do)
            await compare(scene, model)
          }
        }),
      )
    },
  )
})

type World = { projectId: ProjectId; people: Record<Role, Caller>; numbers: () => number }
type Scene = { db: Store; task: Task; runId: RunId; people: Record<Role, Caller> }

async function layWorld(db: Store): Promise<World> {
  const projectId = ProjectId.parse(randomIds.uuid())
  const project = { id: projectId, home: 'test', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null } as const
  await db.tx((tx) => insertProject(tx, project))
  const caller = async (role: Role, n: number): Promise<Caller> => {
    const made = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(n), name: role, role })
    return { personId: PersonId.parse(made?.id), role, name: role, door: 'telegram', callKey: 'test' }
  }
  const people = {
    owner: await caller('owner', 1),
    approver: await caller('approver', 2),
    member: await caller('member', 3),
    viewer: await caller('viewer', 4),
  }
  let number = 0
  return { projectId, people, numbers: () => (number += 1) }
}

async function newTask(db: Store, { projectId, people, numbers }: World): Promise<Scene> {
  const number = numbers()
  const id = TaskId.parse(randomIds.uuid())
  const runId = RunId.parse(randomIds.uuid())
  const task = await db.tx(async (tx) => {
    const made = await insertTask(tx, {
      id,
      number,
      projectId,
      agentId: null,
      conversationId: null,
      personId: people.owner.personId,
      title: 't',
      wish: 't',
      mode: null,
      branch: `lugh/t${number}`,
      callKey: id,
      replyToMessageId: null,
    })
    await insertRun(tx, { id: runId, taskId: id, agentId: null, engine: 'none', model: 'none', fence: 1 })
    return made
  })
  if (task === undefined) throw new Error('no task')
  return { db, task, runId, people }
}

const actionOf = (command: number) => ({ tool: 'run_command', command: `rm -rf build${command}`, cwd: '/w' }) as const

/** What the worker does each time it comes to the call: also after a restart. */
async function ask(
  { db, task, runId }: Scene,
  model: Model,
  granted: ReadonlySet<number>,
  { call: callId, command }: Extract<Step, { do: 'ask' }>,
): Promise<void> {
  const verdict = await db.tx((tx) =>
    verdictOn({ ids: randomIds }, tx, task, { callId, runId, action: actionOf(command), why: '', risk: '', binding: {} }),
  )
  const known = model.get(callId)
  if (known === undefined && granted.has(command)) {
    // By the one rule that the tap for the whole task made, and by no other.
    const rules = await db.rows(z.object({ id: z.string() }), 'select id from grant_rule where task_id = $1::uuid and digest = $2::text', [
      task.id,
      grantDigest(actionOf(command)),
    ])
    expect(rules).toHaveLength(1)
    expect(verdict).toEqual({ verdict: 'allowed', grant: rules[0]?.id })
    return
  }
  if (known === undefined || known.command !== command || known.state === 'expired' || known.state === 'withdrawn')
    model.set(callId, { command, state: 'pending' })
  expect(verdict.verdict).toBe({ pending: 'asked', allowed: 'allowed', denied: 'denied' }[model.get(callId)?.state ?? ''])
}

type Press = { call: string; who: Role; command: number; allow: boolean; task: boolean }

/** A press of a card that showed this command. Answers whether it was applied. */
async function press({ db, task, runId, people }: Scene, { call: callId, who, command, allow, task: forTask }: Press): Promise<boolean> {
  const known = await approvalOfCall(db, task.id, callId)
  const decide = capabilityByName('decide_approval')
  if (decide === undefined) throw new Error('no such capability')
  const input = {
    approval: known?.id ?? randomIds.uuid(),
    digest: commandDigest(actionOf(command), runId, {}),
    decision: allow ? 'allow' : 'deny',
    scope: forTask ? 'task' : 'once',
  }
  const act = { caller: people[who], clock: systemClock, ids: randomIds, facts: FACTS, git: NO_GIT }
  try {
    await db.tx((tx) => callCapability(decide, { tx, ...act }, input))
    return true
  } catch (error) {
    if (error instanceof LughError && ['conflict', 'not-allowed', 'not-found'].includes(error.code)) return false
    throw error
  }
}

async function tap(scene: Scene, model: Model, granted: Set<number>, one: Press): Promise<void> {
  const known = model.get(one.call)
  const counts = known?.state === 'pending' && MAY.includes(one.who) && known.command === one.command
  expect(await press(scene, one)).toBe(counts)
  if (!counts || known === undefined) return
  known.state = one.allow ? 'allowed' : 'denied'
  if (one.allow && one.task) granted.add(one.command)
}

/** Two who may, at once, with opposite answers. */
async function race(scene: Scene, model: Model, { call: callId, command }: Extract<Step, { do: 'race' }>): Promise<void> {
  const known = model.get(callId)
  const counts = known?.state === 'pending' && known.command === command
  const both = await Promise.all(
    [true, false].map((allow) => press(scene, { call: callId, who: allow ? 'owner' : 'approver', command, allow, task: false })),
  )
  expect(both.filter(Boolean)).toHaveLength(counts ? 1 : 0)
  if (known !== undefined && counts) known.state = both[0] === true ? 'allowed' : 'denied'
}

async function end({ db, task }: Scene, model: Model, how: 'expire' | 'withdraw'): Promise<void> {
  if (how === 'withdraw') await db.tx((tx) => withdrawAsked(tx, task.id))
  else await db.run(`update approval set state = 'expired' where task_id = $1::uuid and state = 'pending'`, [task.id])
  for (const one of model.values()) if (one.state === 'pending') one.state = how === 'withdraw' ? 'withdrawn' : 'expired'
}

const Row = z.object({ call: z.string(), state: z.string(), decided: z.boolean() })

async function compare({ db, task }: Scene, model: Model): Promise<void> {
  const rows = await db.rows(
    Row,
    `select call_id as call, state, decided_by is not null as decided from approval where task_id = $1::uuid order by call_id`,
    [task.id],
  )
  const wanted = [...model]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([one, { state }]) => ({ call: one, state, decided: state === 'allowed' || state === 'denied' }))
  expect(rows).toEqual(wanted)
}

describeEachStore('answers', (open) => {
  test(
    `${RUNS} sequences of reactions, replies, edits, other people, crashes: applied only when it may be, and then always`,
    { timeout: 7_200_000 },
    async () => {
      const { given, applied } = await playAnswers(await open(), RUNS, SEED)
      // Short sequences come first, and several players have several beginnings.
      expect(given).toBeGreaterThan(RUNS / 2)
      expect(applied).toBeGreaterThan(RUNS / 20)
    },
  )
})
