/** A way back: what is shown is what happens, damaged checkpoints are refused before the first write, and what people said stays. */
import { execFileSync } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { PlanId, randomIds, systemClock } from '#core'
import {
  checkpointById,
  hasGo,
  insertPlan,
  latestRun,
  liveWorktree,
  restoreById,
  taskById,
  undoOf,
  type Db,
  type Restore,
  type RestorePreview,
} from '#db'
import type { Git } from '#git'
import { z } from 'zod'
import { chance } from '../../../test/support/chance.ts'
import { openRoom, stateOf, type Room } from '../../../test/support/checkpoint-room.ts'
import { landTask } from '../../../test/support/landed-task.ts'
import { FACTS } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { fingerprint, openScene, treeFiles, write, type Scene } from '../../git/testing/scene.ts'
import { callCapability } from '../call-capability.ts'
import { undoRestore } from '../capabilities/decide-restore.ts'
import { restoreCheckpoint } from '../capabilities/restore-checkpoint.ts'
import { carryOn } from './carry-out.ts'
import { proveWhole } from './prove.ts'

const LONG = process.env['LUGH_TEST_LONG'] === '1'

describeEachStore('a way back', (open) => {
  async function begin(): Promise<{ db: Db; scene: Scene; room: Room } & AsyncDisposable> {
    const db = await open()
    const scene = await openScene({ 'a.txt': 'a\n', '.gitignore': '.env\n' })
    const room = await openRoom(db, scene)
    return { db, scene, room, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() }
  }

  async function carried(db: Db, room: Room, row: Restore): Promise<Restore | undefined> {
    await carryOn(room.m, row)
    return restoreById(db, row.id)
  }

  it('shows what it would change, and changes nothing', async () => {
    await using at = await begin()
    const { db, room } = at
    write(room.worktree, { 'a.txt': 'then\n' })
    const checkpoint = await room.checkpoint('then')
    write(room.worktree, { 'a.txt': 'now\n', 'b.txt': 'b\n', '.env': 'SECRET\n' })
    await room.talk(2, 6)
    await room.say('and make it blue')
    const before = [await stateOf(db, room.taskId), fingerprint(room.worktree)]
    const offered = await carried(db, room, await room.restore(checkpoint, 'beside', 'looking'))
    const preview: RestorePreview = {
      targets: [],
      tasks: [
        {
          id: room.taskId,
          number: 1,
          title: 'Do it',
          now: 'paused',
          was: 'paused',
          files: 2,
          insertions: 1,
          deletions: 2,
          names: ['a.txt', 'b.txt'],
          messages: 4,
          words: 1,
          unheard: 1,
          working: false,
        },
      ],
      younger: 0,
      notes: [],
    }
    expect(offered).toMatchObject({ state: 'offered', preview })
    expect([await stateOf(db, room.taskId), fingerprint(room.worktree)]).toEqual(before)
  })

  it('over: sets the transcript and the files back, on a later schema too, and what people said since is heard again', async () => {
    await using at = await begin()
    const { db, room } = at
    write(room.worktree, { 'a.txt': 'then\n' })
    const checkpoint = await room.checkpoint()
    // What a later version may have done to the schema meanwhile.
    await db.script(`alter table message add column mood text not null default 'calm'; alter table task add column colour text`)
    await room.talk(2, 6)
    await room.say('and make it blue')
    await db.run(`update steer set taken_seq = 4`)
    write(room.worktree, { 'a.txt': 'now\n' })
    const offered = await carried(db, room, await room.restore(checkpoint, 'over', 'looking'))
    await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [offered?.id ?? ''])
    const done = offered === undefined ? undefined : await carried(db, room, { ...offered, state: 'wanted' })
    expect(done).toMatchObject({ state: 'done', made: { tasks: [1], made: [], dropped: [] } })
    const task = await taskById(db, room.taskId)
    expect(task).toMatchObject({ state: 'paused', savedTree: checkpoint.manifest?.tasks[0]?.files?.tree, savedRaw: true })
    expect(await liveWorktree(db, room.taskId)).toMatchObject({ state: 'removing' })
    expect(await db.rows(z.object({ seq: z.number() }), `select seq from message order by seq`)).toEqual([{ seq: 0 }, { seq: 1 }])
    expect(await db.rows(z.object({ taken: z.number().nullable() }), `select taken_seq as taken from steer`)).toEqual([{ taken: null }])
  })

  it.each([true, false])('what was said and not heard yet is no “nothing differs”, with a worktree (%s)', async (standing) => {
    await using at = await begin()
    const { db, room } = at
    if (!standing) await db.run(`update worktree set state = 'gone'`)
    const checkpoint = await room.checkpoint()
    await room.say('and make it blue')
    const looking = await room.restore(checkpoint, 'over', 'looking')
    const kept = await carried(db, room, looking)
    const said = [{ number: 1, title: 'Do it', words: 1 }]
    expect(kept?.preview).toEqual({ targets: [], tasks: [], said, younger: 0, notes: [] })
    // To be kept from the agent, it is what is set back.
    await db.run(`update restore set state = 'looking', keep_words = false where id = $1::uuid`, [looking.id])
    const dropped = await carried(db, room, { ...looking, keepWords: false })
    expect(dropped?.preview).toMatchObject({ tasks: [{ number: 1, files: 0, messages: 0, words: 1, unheard: 1 }] })
    expect(dropped?.preview?.said).toBeUndefined()
    await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [looking.id])
    const done = dropped === undefined ? undefined : await carried(db, room, { ...dropped, state: 'wanted' })
    expect(done).toMatchObject({ state: 'done', made: { tasks: [1] } })
    expect(await db.rows(z.object({ heard: z.boolean() }), `select taken_seq is not null as heard from steer`)).toEqual([{ heard: true }])
  })

  it('a dry run that went on for good since is a dry run again, set back and beside', async () => {
    await using at = await begin()
    const { db, room } = at
    await db.run(`update task set dry = true`)
    write(room.worktree, { 'a.txt': 'tried out\n' })
    const checkpoint = await room.checkpoint()
    await db.run(`update task set dry = false`)
    await room.talk(2, 4)
    const way = async (how: 'beside' | 'over'): Promise<Restore | undefined> => {
      const offered = await carried(db, room, await room.restore(checkpoint, how, 'looking'))
      await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [offered?.id ?? ''])
      return offered === undefined ? undefined : carried(db, room, { ...offered, state: 'wanted' })
    }
    expect(await way('beside')).toMatchObject({ state: 'done', made: { made: [2] } })
    expect(await way('over')).toMatchObject({ state: 'done', made: { tasks: [1] } })
    const tasks = await db.rows(
      z.object({ number: z.number(), dry: z.boolean(), state: z.string() }),
      `select number, dry, state from task order by number`,
    )
    expect(tasks).toEqual([
      { number: 1, dry: true, state: 'paused' },
      { number: 2, dry: true, state: 'paused' },
    ])
  })

  it('each part goes back by itself: code, conversation, tasks', async () => {
    await using at = await begin()
    const { db, room } = at
    write(room.worktree, { 'a.txt': 'then\n' })
    const checkpoint = await room.checkpoint()
    await db.run(`update run set session = 'remembers'`)
    const seen: unknown[] = []
    for (const part of ['code', 'conversation', 'tasks']) {
      await room.talk(2, 4)
      write(room.worktree, { 'a.txt': 'now\n' })
      await db.run(`update task set title = 'Another', state = 'waiting', saved_tree = null`)
      await db.run(`update worktree set state = 'ready'`)
      const looking = await room.restore(checkpoint, 'over', 'looking')
      await db.run(`update restore set parts = $2::jsonb where id = $1::uuid`, [looking.id, JSON.stringify([part])])
      const offered = await carried(db, room, { ...looking, parts: [part] })
      await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [looking.id])
      if (offered !== undefined) expect(await carried(db, room, { ...offered, state: 'wanted' })).toMatchObject({ state: 'done' })
      seen.push(
        await db.row(
          z.object({
            part: z.string(),
            title: z.string(),
            messages: z.number(),
            files: z.boolean(),
            told: z.string().nullable(),
            session: z.string().nullable(),
          }),
          `select $1::text as part, title, (select count(*) from message)::integer as messages, saved_tree is not null as files,
             (select substring(text from '^The person has set [a-z ]*') from steer) as told, (select session from run) as session from task`,
          [part],
        ),
      )
      await db.run(`delete from message where seq > 1`)
      await db.run(`delete from steer`)
    }
    expect(seen).toEqual([
      {
        part: 'code',
        title: 'Another',
        messages: 4,
        files: true,
        told: 'The person has set the files of this task back to how they were at ',
        session: 'remembers',
      },
      {
        part: 'conversation',
        title: 'Another',
        messages: 2,
        files: false,
        told: 'The person has set this conversation back to how it was at ',
        session: null,
      },
      { part: 'tasks', title: 'Do it', messages: 4, files: false, told: null, session: null },
    ])
  })

  it('gives no permission back: neither a looser mode nor the Go to a plan that is not there any more', async () => {
    await using at = await begin()
    const { db, room } = at
    const seen: unknown[] = []
    const run = await latestRun(db, room.taskId)
    for (const [then, now] of [
      ['auto', 'ask'],
      ['plan', 'auto'],
      ['ask', null],
    ] as const) {
      await db.run(`update task set mode = $1::text, title = 'Do it'`, [then])
      const checkpoint = await room.checkpoint()
      await room.talk(2, 4)
      const plan = {
        id: PlanId.parse(randomUUID()),
        taskId: room.taskId,
        runId: run?.id ?? raise(),
        callId: randomUUID(),
        steps: ['Write'],
        digest: 'd',
      }
      await db.tx((tx) => insertPlan(tx, { ...plan, estimate: { tasks: 0, microUsd: null, ms: null } }))
      await db.run(`update plan set state = 'accepted', decided_by = $2::uuid, decided_at = now() where id = $1::uuid`, [plan.id, room.personId])
      await db.run(`update task set mode = $1::text, title = 'Another', updated_at = clock_timestamp()`, [now])
      const restore = await room.restore(checkpoint, 'over', 'wanted')
      await db.run(`update restore set parked = true where id = $1::uuid`, [restore.id])
      expect(await carried(db, room, { ...restore, parked: true })).toMatchObject({ state: 'done', made: { tasks: [1] } })
      const task = await taskById(db, room.taskId)
      seen.push([then, now, task?.mode, await hasGo(db, room.taskId)])
    }
    expect(seen).toEqual([
      ['auto', 'ask', 'ask', false],
      ['plan', 'auto', 'plan', false],
      ['ask', null, null, false],
    ])
  })

  it('taken back, concerns the parts and tasks it had set back, and nothing that has gone on since', async () => {
    await using at = await begin()
    const { db, room } = at
    await db.run(`insert into task (id, number, project_id, person_id, title, wish, state, branch)
      select gen_random_uuid(), 2, project_id, person_id, 'Another', 'Another', 'paused', 'lugh/t2' from task`)
    write(room.worktree, { 'a.txt': 'then\n' })
    const checkpoint = await room.checkpoint()
    write(room.worktree, { 'a.txt': 'now\n' })
    const looking = await room.restore(checkpoint, 'over', 'looking')
    await db.run(`update restore set parts = '["code"]' where id = $1::uuid`, [looking.id])
    await carried(db, room, { ...looking, parts: ['code'] })
    await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [looking.id])
    const row = await restoreById(db, looking.id)
    const done = row === undefined ? undefined : await carried(db, room, row)
    expect(done).toMatchObject({ state: 'done', made: { tasks: [1] } })
    const before = done?.beforeId === null || done === undefined ? undefined : await checkpointById(db, done.beforeId)
    await room.talk(2, 4)
    await db.run(`update task set title = 'Taken further', updated_at = now() where number = 2`)
    const caller = { personId: room.personId, role: 'owner', name: 'Ada', door: 'cli', callKey: 'k' } as const
    await db.tx((tx) =>
      callCapability(undoRestore, { tx, caller, clock: systemClock, ids: randomIds, facts: FACTS, git: room.m.git }, { restore: looking.id }),
    )
    const undo = await undoOf(db, looking.id)
    expect(undo === undefined ? undefined : await carried(db, room, undo)).toMatchObject({
      state: 'done',
      made: { tasks: [1], made: [], dropped: [] },
    })
    expect(await taskById(db, room.taskId)).toMatchObject({ savedTree: before?.manifest?.tasks[0]?.files?.tree })
    expect(
      await db.rows(
        z.object({ title: z.string(), messages: z.number() }),
        `select title, (select count(*) from message where task_id = task.id)::integer as messages from task order by number`,
      ),
    ).toEqual([
      { title: 'Do it', messages: 4 },
      { title: 'Taken further', messages: 0 },
    ])
  })

  it('waits until what a paused agent had running is gone, and does not replace what was not saved', async () => {
    await using at = await begin()
    const { db, room } = at
    const checkpoint = await room.checkpoint()
    write(room.worktree, { 'a.txt': 'now\n' })
    await db.run(`update task set state = 'waiting'`)
    const offered = await carried(db, room, await room.restore(checkpoint, 'over', 'looking'))
    await db.run(`update restore set state = 'wanted'`)
    const wanted: Restore = { ...(offered ?? raise()), state: 'wanted' }
    const { git } = room.m
    const resumed: Git = {
      ...git,
      checkpoints: {
        ...git.checkpoints,
        keep: async (...args) => {
          const kept = await git.checkpoints.keep(...args)
          await db.run(`update task set state = 'queued', fence = fence + 1, updated_at = now()`)
          return kept
        },
      },
    }
    await carryOn({ ...room.m, git: resumed }, wanted)
    expect(await restoreById(db, wanted.id)).toMatchObject({
      state: 'refused',
      failure: expect.stringMatching(/^T1 went on while what is there now was being saved/),
    })
    expect(await taskById(db, room.taskId)).toMatchObject({ state: 'queued', savedTree: null })

    const second = await carried(db, room, await room.restore(checkpoint, 'over', 'looking'))
    await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [second?.id ?? ''])
    let looks = 0
    await carryOn(room.m, { ...(second ?? raise()), state: 'wanted' }, () => {
      looks += 1
      if (looks === 3) write(room.worktree, { 'late.txt': 'written while it was being ended\n' })
      return looks < 4
    })
    const done = await restoreById(db, second?.id ?? raise())
    expect(done).toMatchObject({ state: 'done', made: { tasks: [1] } })
    const before = await checkpointById(db, done?.beforeId ?? raise())
    expect(treeFiles(at.scene.places.store, before?.manifest?.tasks[0]?.files?.tree ?? '')).toMatchObject({ '100644 late.txt': expect.anything() })
  })

  it('a decision about something that changed since is not carried out, but shown anew', async () => {
    await using at = await begin()
    const { db, room } = at
    const checkpoint = await room.checkpoint()
    await room.talk(2, 4)
    const offered = await carried(db, room, await room.restore(checkpoint, 'over', 'looking'))
    await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [offered?.id ?? ''])
    await room.talk(4, 6)
    const before = await stateOf(db, room.taskId)
    const again = offered === undefined ? undefined : await carried(db, room, { ...offered, state: 'wanted' })
    expect(again).toMatchObject({ state: 'offered', failure: 'What it would change was different by then. Look again.' })
    expect(again?.digest).not.toBe(offered?.digest)
    expect(await stateOf(db, room.taskId)).toBe(before)
  })

  it('is asked for by the name a person remembers: the newest that is called so, else one with these words in it', async () => {
    await using at = await begin()
    const { db, room } = at
    const names = ['before stripe', 'Before Stripe', 'before stripe v2', 'green']
    for (const name of names) await room.checkpoint(name)
    const asked = (name: string): Promise<unknown> => room.call(restoreCheckpoint, { name })
    await expect(asked(' before  stripe ')).resolves.toMatchObject({ checkpoint: 2 })
    await expect(asked('v2')).resolves.toMatchObject({ checkpoint: 3 })
    await expect(asked('before')).resolves.toMatchObject({ checkpoint: 3 })
    await db.run(`update checkpoint set state = 'removed' where number = 4`)
    await expect(asked('green')).rejects.toMatchObject({ code: 'not-found', say: expect.stringContaining('No checkpoint of shop is called “green”') })
    await expect(asked('%')).rejects.toMatchObject({ code: 'not-found' })
    await expect(room.call(restoreCheckpoint, { name: 'v2', checkpoint: 1 })).rejects.toMatchObject({ code: 'input.invalid' })
  })

  it('is asked for by the words of the task it was made before the merge of; several are named, and nothing goes back by words', async () => {
    await using at = await begin()
    const { db, room } = at
    await landTask(room, 'Add a dark mode toggle')
    await landTask(room, 'Payments by Stripe')
    const asked = (name: string): Promise<unknown> => room.call(restoreCheckpoint, { name })
    await expect(asked('before dark mode')).resolves.toMatchObject({ checkpoint: 1, restore: expect.any(String) })
    await expect(asked('vor dem Merge von Stripe')).resolves.toMatchObject({ checkpoint: 2 })
    await expect(asked('before T2')).resolves.toMatchObject({ checkpoint: 1 })
    const states = await db.rows(z.object({ state: z.string() }), `select state from restore`)
    expect(states).toEqual([{ state: 'looking' }, { state: 'looking' }, { state: 'looking' }])
    await landTask(room, 'Dark mode on the login page')
    await expect(asked('before the dark mode')).resolves.toEqual({
      carded: false,
      meant: [
        {
          checkpoint: 3,
          task: 4,
          title: 'Dark mode on the login page',
          line: expect.stringMatching(/^C3, before T4 Dark mode on the login page \(/),
        },
        { checkpoint: 1, task: 2, title: 'Add a dark mode toggle', line: expect.stringMatching(/^C1, before T2 /) },
      ],
    })
    await room.checkpoint('before dark mode')
    await expect(asked('before dark mode')).resolves.toMatchObject({ checkpoint: 4 })
    await db.run(`update checkpoint set state = 'removed' where number = 2`)
    await expect(asked('before stripe')).rejects.toMatchObject({
      code: 'not-found',
      say: expect.stringContaining('before the merge of T3 is gone. /undo T3'),
    })
  })

  it('a checkpoint with one flipped or missing byte is refused before the first write', { timeout: LONG ? 1_200_000 : 120_000 }, async () => {
    await using at = await begin()
    const { db, scene: git, room } = at
    const large = randomBytes(300_000) // read in pieces
    write(room.worktree, { 'a.txt': 'then\n', 'folder/b.txt': 'b\n', run: { run: '#!/bin/sh\n' }, large })
    const checkpoint = await room.checkpoint('whole')
    write(room.worktree, { 'a.txt': 'now\n' })
    const objects = objectFiles(git, checkpoint.commit ?? '')
    const before = await stateOf(db, room.taskId)
    const random = chance(20_261_121)
    const variants = LONG ? 1000 : 60
    const survived: string[] = []
    for (let variant = 0; variant < variants; variant++) {
      const path = objects[variant % objects.length] ?? ''
      const undo = damage(path, random.next)
      if (undo === undefined) continue
      const refused = await proveWhole(room.m, room.project, checkpoint).then(
        () => 'accepted',
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'thrown'),
      )
      if (refused !== 'git.refused-content') survived.push(`${path}: ${refused}`)
      undo()
    }
    expect(survived).toEqual([])
    for (const column of ['digest', 'manifest', 'commit_name']) {
      await db.run(
        `update checkpoint set ${column} = ${column === 'manifest' ? `jsonb_set(manifest, '{settled}', '9')` : `translate(${column}, '0123456789abcdef', '123456789abcdef0')`}`,
      )
      expect(await carried(db, room, await room.restore(checkpoint, 'over', 'wanted')), column).toMatchObject({ state: 'refused' })
      await db.run(`update checkpoint set digest = $1::text, manifest = $2::jsonb, commit_name = $3::text`, [
        checkpoint.digest,
        JSON.stringify(checkpoint.manifest),
        checkpoint.commit,
      ])
    }
    expect(await stateOf(db, room.taskId)).toBe(before)
    await expect(proveWhole(room.m, room.project, checkpoint)).resolves.toMatchObject({ commit: checkpoint.commit })
  })
})

function raise(): never {
  throw new Error('it is not there')
}

/** Files of the loose objects that only this checkpoint holds. */
function objectFiles(scene: Scene, commit: string): string[] {
  const { store } = scene.places
  const listed = execFileSync('git', [`--git-dir=${store}`, 'rev-list', '--objects', '--no-walk', commit], { encoding: 'utf8' })
  return listed
    .trim()
    .split('\n')
    .map((line) => join(store, 'objects', line.slice(0, 2), line.slice(2, 40)))
    .filter((path) => existsSync(path))
}

/**
 * Flips, cuts off or removes something of a file; answers how to mend it. Undefined where the flipped bit was one that nothing
 * reads (deflate fills its last byte up): the object is to the bit what it was.
 */
function damage(path: string, random: () => number): (() => void) | undefined {
  const whole = readFileSync(path)
  chmodSync(path, 0o644)
  const kind = Math.floor(random() * 4)
  if (kind === 0) rmSync(path)
  else if (kind === 1) truncateSync(path, Math.floor(random() * statSync(path).size))
  else {
    const bytes = Buffer.from(whole)
    const place = Math.floor(random() * bytes.length)
    bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place)
    if (content(bytes)?.equals(inflateSync(whole)) === true) return undefined
    writeFileSync(path, bytes)
  }
  return () => writeFileSync(path, whole)
}

function content(bytes: Uint8Array): Buffer | undefined {
  try {
    return inflateSync(bytes)
  } catch {
    return undefined
  }
}
