/** A project with a task, its worktree and its transcript, in a real store and under real git: what checkpoints are made of and restored to. No bot, no worker. */
import { randomUUID } from 'node:crypto'
import {
  PersonId,
  RestoreId,
  RunId,
  TaskId,
  TelegramUserId,
  WorktreeId,
  randomIds,
  systemClock,
  type CheckpointKind,
  type Clock,
  type ObjectName,
} from '#core'
import {
  appendMessage,
  insertProject,
  insertRestore,
  insertRun,
  insertSteer,
  insertTask,
  insertWorktree,
  nextTaskNumber,
  projectById,
  savePerson,
  setTaskBase,
  setWorktree,
  type Checkpoint,
  type Db,
  type Project,
  type Restore,
} from '#db'
import type { Git } from '#git'
import { z } from 'zod'
import type { Scene } from '../../src/git/testing/scene.ts'
import { callCapability } from '../../src/orchestrator/call-capability.ts'
import type { Capability } from '../../src/orchestrator/capability.ts'
import { wantCheckpoint } from '../../src/orchestrator/checkpoints/ask-checkpoint.ts'
import { makeCheckpoint, type Keeper } from '../../src/orchestrator/checkpoints/make-checkpoint.ts'
import { FACTS } from './no-git.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
/** What the orchestrator's checkpoints are handed. */
export function keeperOf(db: Db, git: Git, clock: Clock = systemClock): Keeper {
  return { db, git, clock, ids: randomIds, log: silent, facts: FACTS }
}

export type Room = Readonly<{
  m: Keeper
  project: Project
  personId: PersonId
  taskId: TaskId
  worktree: string
  base: ObjectName
  checkpoint: (name?: string, kind?: CheckpointKind) => Promise<Checkpoint>
  /** A way back that a person has been offered, or has decided about already. */
  restore: (to: Checkpoint, how: 'beside' | 'over', state: 'looking' | 'wanted', file?: string) => Promise<Restore>
  /** Appends messages to the task's transcript. */
  talk: (from: number, to: number) => Promise<void>
  say: (text: string) => Promise<void>
  /** Calls a capability as the owner at the console. */
  call: (capability: Capability, input: unknown) => Promise<unknown>
  /** The same room in a store that was opened again. */
  on: (db: Db) => Room
}>

/** What a room stands on. */
export type Ground = Pick<Scene, 'git' | 'repository' | 'worktree'>

/** Adds the scene's repository as a project with one task, paused, that has a worktree and two messages. */
export async function openRoom(db: Db, scene: Ground): Promise<Room> {
  await scene.git.addRepository(scene.repository)
  const base = await scene.git.fetch(scene.repository, 'main')
  const worktree = scene.worktree('t1')
  await scene.git.createWorktree(scene.repository, { path: worktree, branch: 'lugh/t1', base })
  const ids = {
    project: scene.repository.projectId,
    person: PersonId.parse(randomUUID()),
    task: TaskId.parse(randomUUID()),
    run: RunId.parse(randomUUID()),
  }
  const person = await savePerson(db, { id: ids.person, telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' })
  const personId = PersonId.parse(person?.id)
  await db.tx(async (tx) => {
    const { location } = scene.repository
    await insertProject(tx, { id: ids.project, home: FACTS.home, name: 'shop', kind: 'path', location, sample: false, conversationId: null })
    await tx.run(`update project set state = 'ready', target_branch = 'main' where id = $1::uuid`, [ids.project])
    const nobody = { agentId: null, conversationId: null, mode: null, replyToMessageId: null }
    const number = await nextTaskNumber(tx)
    await insertTask(tx, {
      ...nobody,
      id: ids.task,
      number,
      projectId: ids.project,
      personId,
      title: 'Do it',
      wish: 'Do it',
      branch: 'lugh/t1',
      callKey: ids.task,
    })
    await tx.run(`update task set state = 'paused' where id = $1::uuid`, [ids.task])
    await setTaskBase(tx, ids.task, base)
    const id = WorktreeId.parse(randomUUID())
    await insertWorktree(tx, { id, taskId: ids.task, projectId: ids.project, path: worktree })
    await setWorktree(tx, id, 'ready', true)
    await insertRun(tx, { id: ids.run, taskId: ids.task, agentId: null, engine: 'none', model: 'none', fence: 1 })
    await tx.run(`update run set state = 'stopped' where id = $1::uuid`, [ids.run])
  })
  const project = await projectById(db, ids.project)
  if (project === undefined) throw new Error('the project is gone')
  const room = roomOn(db, scene, { project, personId, taskId: ids.task, runId: ids.run, worktree, base })
  await room.talk(0, 2)
  return room
}

type Known = Pick<Room, 'project' | 'personId' | 'taskId' | 'worktree' | 'base'> & { readonly runId: RunId }

function roomOn(db: Db, scene: Ground, known: Known): Room {
  const { project, personId, taskId, runId } = known
  const m = keeperOf(db, scene.git)
  const talk = (from: number, to: number): Promise<void> =>
    db.tx(async (tx) => {
      for (let seq = from; seq < to; seq++)
        await appendMessage(tx, {
          taskId,
          runId,
          seq,
          role: seq % 2 === 0 ? 'user' : 'assistant',
          content: [{ type: 'text', text: `word ${seq}` }],
        })
    })
  return {
    ...known,
    m,
    talk,
    on: (other) => roomOn(other, scene, known),
    say: (text) => db.tx((tx) => insertSteer(tx, { taskId, personId, text })).then(() => undefined),
    call: (capability, input) => {
      const caller = { personId, role: 'owner', name: 'Ada', door: 'cli', callKey: randomUUID() } as const
      return db.tx((tx) => callCapability(capability, { tx, caller, clock: systemClock, ids: randomIds, facts: FACTS, git: scene.git }, input))
    },
    checkpoint: async (name, kind = 'manual') => {
      const wanted = await db.tx((tx) => wantCheckpoint(tx, randomIds, { project, kind, key: randomUUID(), ...(name === undefined ? {} : { name }) }))
      return makeCheckpoint(m, wanted.id)
    },
    restore: async (to, how, state, file) => {
      const row = await db.tx((tx) =>
        insertRestore(tx, {
          id: RestoreId.parse(randomUUID()),
          checkpointId: to.id,
          projectId: project.id,
          taskId: null,
          file: file ?? null,
          parts: file === undefined ? ['code', 'conversation', 'tasks'] : ['code'],
          how,
          state,
          undoesId: null,
          personId,
          door: 'cli',
          conversationId: null,
        }),
      )
      if (row === undefined) throw new Error('no restore')
      return row
    },
  }
}

/** Everything of the task that a way back may write, as one text. Times, fences and the restores themselves left out. */
export async function stateOf(db: Db, taskId: TaskId): Promise<string> {
  const rows = await db.rows(
    z.object({ line: z.string() }),
    `select 'task ' || ((to_jsonb(t) - 'updated_at' - 'fence' - 'ended_at' - 'reason'))::text as line from task t where id = $1::uuid
     union all select 'message ' || to_jsonb(m)::text from message m where task_id = $1::uuid
     union all select 'step ' || to_jsonb(s)::text from step s where task_id = $1::uuid
     union all select 'steer ' || to_jsonb(s)::text from steer s where task_id = $1::uuid
     union all select 'worktree ' || (to_jsonb(w) - 'updated_at')::text from worktree w where task_id = $1::uuid order by 1`,
    [taskId],
  )
  return rows.map(({ line }) => line).join('\n')
}
