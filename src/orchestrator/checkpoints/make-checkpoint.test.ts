/** What a checkpoint waits for, what it leaves out, and what its card says of both. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { plain, sleep } from '#core'
import { checkpointById, endStep, latestRun, startStep, type Checkpoint, type Db } from '#db'
import { z } from 'zod'
import { FACTS } from '../../../test/support/no-git.ts'
import { openRoom, type Room } from '../../../test/support/checkpoint-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { fingerprint, openScene, person, write, type Files, type Scene } from '../../git/testing/scene.ts'
import { checkpointCard } from '../cards/checkpoint-card.ts'

describeEachStore('a checkpoint', (open) => {
  async function begin(files: Files): Promise<{ db: Db; scene: Scene; room: Room } & AsyncDisposable> {
    const db = await open()
    const scene = await openScene(files)
    return { db, scene, room: await openRoom(db, scene), [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() }
  }

  /** A step under way in a task at work. */
  async function step({ db, room }: { db: Db; room: Room }): Promise<void> {
    const run = await latestRun(db, room.taskId)
    if (run === undefined) throw new Error('no run')
    await db.run(`update task set state = 'running'`)
    await db.tx((tx) => startStep(tx, { taskId: room.taskId, runId: run.id, callId: 'c', tool: 'run_command', input: {}, guard: undefined }))
  }

  async function cardOf(db: Db, made: Checkpoint): Promise<string> {
    const card = await checkpointCard(db, FACTS, made.id)
    return plain(card?.text ?? '')
  }

  it('during a step waits for its end', async () => {
    await using at = await begin({ a: 'a\n' })
    await step(at)
    const making = at.room.checkpoint('waits')
    await sleep(400)
    expect(await at.db.rows(z.object({ state: z.string() }), `select state from checkpoint`)).toEqual([{ state: 'making' }])
    write(at.room.worktree, { written: 'by the step\n' })
    await at.db.tx((tx) => endStep(tx, { taskId: at.room.taskId, callId: 'c', state: 'finished', output: 'ok' }))
    const made = await making
    const [task] = made.manifest?.tasks ?? []
    expect(task).toMatchObject({ midStep: false })
    expect(person(at.scene.places.store, ['--git-dir=.', 'ls-tree', '--name-only', task?.files?.tree ?? ''])).toContain('written')
    expect(await cardOf(at.db, made)).not.toContain('mid-step')
  })

  it('during a step that does not end says so', async () => {
    await using at = await begin({ a: 'a\n' })
    await step(at)
    const made = await at.room.checkpoint('goes on')
    expect(made).toMatchObject({ state: 'whole', manifest: { tasks: [{ midStep: true }] } })
    expect(await cardOf(at.db, made)).toContain('T1 Do it · 2 messages · ⚠️ mid-step')
  })

  it('neither stores nor touches what is ignored and what is in submodules, and says so with its size and time', async () => {
    await using at = await begin({ a: 'a\n', '.gitignore': '.env\nnode_modules/\n' })
    const { scene, room, db } = at
    write(room.worktree, { '.env': 'SECRET=canary-7d1\n', 'node_modules/x.js': 'x\n', 'inner/file': 'canary-7d2\n', b: 'b\n' })
    mkdirSync(join(room.worktree, 'hollow'))
    person(join(room.worktree, 'inner'), ['init', '-q'])
    person(join(room.worktree, 'inner'), ['add', '-A'])
    person(join(room.worktree, 'inner'), ['-c', 'user.name=M', '-c', 'user.email=m@x', 'commit', '-qm', 'within'])
    const before = fingerprint(room.worktree)
    const made = await room.checkpoint('before')
    expect(fingerprint(room.worktree)).toEqual(before)
    const objects = person(scene.places.store, ['--git-dir=.', 'cat-file', '--batch-all-objects', '--batch', '--unordered'])
    expect([objects.includes('canary-7d1'), objects.includes('canary-7d2')]).toEqual([false, false])
    const text = await cardOf(db, made)
    expect(text).toContain('Not in it, and never touched: .env, node_modules/, inner (a repository)')
    expect(text).toContain('1 empty folder: named, not kept')
    expect(text).toMatch(/\n\d+ (?:bytes|kB) new · \d/)
    expect(await checkpointById(db, made.id)).toMatchObject({ bytes: expect.any(Number), tookMs: expect.any(Number) })
  })

  it('asked for twice at once is made once', async () => {
    await using at = await begin({ a: 'a\n' })
    const [first, second] = await Promise.all([at.room.checkpoint('one'), at.room.checkpoint('two', 'operation')])
    expect([first.id, first.state]).toEqual([second.id, 'whole'])
  })
})
