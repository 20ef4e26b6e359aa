/**
 * A way back that is killed at any moment is wholly before or wholly after, and the next life ends it. The person's own folder, with
 * thousands of files that are in no git, is not touched by any of it. Each store has its share of the kills, spread over the whole of
 * a life, so that the short form too meets different moments.
 */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { migrate, openDb, restoreById, taskById, type Db } from '#db'
import { createGit } from '#git'
import { byChance } from '../support/chance.ts'
import { carryOn } from '../../src/orchestrator/checkpoints/carry-out.ts'
import { keeperOf, openRoom, stateOf, type Room } from '../support/checkpoint-room.ts'
import { startProgram, type Child } from '../support/child.ts'
import type { Life } from '../support/restore-child.ts'
import { counting, live } from '../support/restore-life.ts'
import { freshDatabaseUrl, freshEmbeddedHome, heardLog, serverAvailable } from '../support/stores.ts'
import { LONG } from '../support/system.ts'
import { fingerprint, openScene, write, type Scene } from '../../src/git/testing/scene.ts'

/** 200 kills in all, 10,000 files. A process costs a second or two of CPU to start: the short form has two a store. */
const KILLS = LONG ? 100 : 2
const USER_FILES = LONG ? 10_000 : 500
/** A command of git's takes some five milliseconds, and the rows between two about as long. */
const WITHIN_MS = 12

const MOMENTS = ['restore.after-park', 'restore.before-switch', 'restore.after-switch']
/** Each at least once in the short form. */
const POINTS = LONG ? { embedded: MOMENTS, server: MOMENTS } : { embedded: MOMENTS.slice(0, 1), server: MOMENTS.slice(1) }

type Stage = { scene: Scene; url: string | undefined; open: () => Promise<Db>; end: () => Promise<void> }

async function stageOf(kind: 'embedded' | 'server'): Promise<Stage> {
  const scene = await openScene({ 'a.txt': 'a\n', '.gitignore': '.env\n' })
  const database = kind === 'server' ? await freshDatabaseUrl() : undefined
  if (database === undefined) {
    const laid = await freshEmbeddedHome()
    cpSync(join(laid, 'db'), join(scene.home, 'db'), { recursive: true })
    rmSync(laid, { recursive: true, force: true })
  }
  return {
    scene,
    url: database?.url,
    open: async () => {
      const db = await openDb({ home: scene.home, databaseUrl: database?.url, log: heardLog() })
      await migrate(db, { log: heardLog() })
      return db
    },
    end: async () => {
      await scene[Symbol.asyncDispose]()
      await database?.drop()
    },
  }
}

/** What a process is told that carries a way back out and makes the worktree for it. */
function lifeOf({ scene, url }: Stage, room: Pick<Room, 'taskId'>, restore: Life['restore'], round: number, old: Life['old']): Omit<Life, 'dies'> {
  const { home, personHome, repository } = scene
  return {
    home,
    personHome,
    ...(url === undefined ? {} : { databaseUrl: url }),
    repository: { projectId: repository.projectId, kind: 'path', location: repository.location },
    restore,
    task: room.taskId,
    old,
    again: { path: scene.worktree(`t1-${round}`), branch: `lugh/t1-${round}` },
  }
}

function start(life: Life): Child {
  return startProgram(`await import('./test/support/restore-child.ts')`, [JSON.stringify(life)])
}

describe.each(['embedded', 'server'] as const)('a way back killed at random points (%s)', (kind) => {
  it.skipIf(kind === 'server' && !serverAvailable)(
    'is wholly before or wholly after, and loses no file of the person',
    () =>
      byChance(async (dice) => {
        const stage = await stageOf(kind)
        try {
          const { scene } = stage
          for (let n = 0; n < USER_FILES; n++) {
            const folder = join(scene.theirs, 'mine', `${n % 100}`)
            mkdirSync(folder, { recursive: true })
            writeFileSync(join(folder, `${n}.txt`), `mine ${n}\n`)
          }
          write(scene.theirs, { '.env': 'SECRET=1\n' })
          const theirs = fingerprint(scene.theirs)
          let db = await stage.open()
          let room = await openRoom(db, scene)
          write(room.worktree, { 'a.txt': 'then\n', 'ünï/b': 'b\n', run: { run: '#!/bin/sh\n' }, to: { link: 'a.txt' } })
          const then = fingerprint(room.worktree, ['.git'])
          const checkpoint = await room.checkpoint('then')
          const wanted = checkpoint.manifest?.tasks[0]?.files?.tree
          let old: Life['old'] = { path: room.worktree, branch: 'lugh/t1' }
          // A life without a kill says how many commands one has, and after how many everything is switched.
          let [commands, switched] = [0, 0]
          const counted = createGit({
            home: scene.home,
            sandbox: counting(scene.sandbox, () => (commands += 1)),
            hostEnvironment: { home: scene.personHome },
          })
          const seen: string[] = []
          for (let round = 0; round <= KILLS; round++) {
            await room.talk(2, 4)
            write(old.path, { 'a.txt': `now ${round}\n`, more: 'more\n', to: null })
            await db.run(`update task set saved_tree = null, saved_head = null, saved_index = null, saved_raw = false, state = 'paused'`)
            await db.run(`update worktree set path = $1::text, state = 'ready'`, [old.path])
            const before = await stateOf(db, room.taskId)
            const restore = await room.restore(checkpoint, 'over', 'wanted')
            await db.run(`update restore set parked = true where id = $1::uuid`, [restore.id])
            const life = lifeOf(stage, room, restore.id, round, old)
            if (round === 0) {
              await carryOn(keeperOf(db, counted), { ...restore, parked: true })
              switched = commands
              await live(db, counted, life)
              old = life.again
              continue
            }
            if (kind === 'embedded') await db.close()
            // By turns before and after the switch, each in its own part of that.
            const [from, to] = round % 2 === 1 ? [0, switched] : [switched, commands]
            const at = from + ((round - 1 + dice.next()) / KILLS) * (to - from)
            const child = start({ ...life, dies: { command: Math.floor(at), afterMs: dice.next() * WITHIN_MS } })
            expect([null, 0], 'killed, or through; never an error').toContain(await child.ended)
            if (kind === 'embedded') db = await stage.open()
            room = room.on(db)
            const killed = await restoreById(db, restore.id)
            const state = await stateOf(db, room.taskId)
            if (killed?.state === 'wanted') {
              expect(state, 'wholly before').toBe(before)
              // What a life takes down is the worktree of a way back that is done: until then it is as it was.
              expect(fingerprint(old.path, ['.git'])).toMatchObject({ more: expect.anything() })
            } else {
              expect(killed).toMatchObject({ state: 'done', made: { tasks: [1] } })
              expect(state, 'wholly after').toContain(`"saved_tree": "${wanted}"`)
              expect([state.includes('word 1'), state.includes('word 2')], 'wholly after').toEqual([true, false])
            }
            // The next life: this process.
            await live(db, scene.git, life)
            expect(await restoreById(db, restore.id)).toMatchObject({ state: 'done' })
            expect(fingerprint(life.again.path, ['.git'])).toEqual(then)
            expect(existsSync(old.path)).toBe(false)
            old = life.again
            seen.push(child.lines.includes('done') ? 'not killed' : (killed?.state ?? 'gone'))
          }
          await db.close()
          const of = (word: string): number => seen.filter((one) => one === word).length
          console.log(
            `${kind}: ${KILLS} lives of ${switched} and ${commands - switched} commands: ${of('wanted')} before, ${of('done')} after, ${of('not killed')} not killed`,
          )
          expect(of('wanted') + of('done')).toBeGreaterThanOrEqual(KILLS / 2)
          expect(fingerprint(scene.theirs)).toEqual(theirs)
        } finally {
          await stage.end()
        }
      }),
    LONG ? 3_600_000 : 300_000,
  )

  it.skipIf(kind === 'server' && !serverAvailable).each(POINTS[kind])('at %s: its agents stay paused, and the next life ends it', async (at) => {
    const stage = await stageOf(kind)
    try {
      const { scene } = stage
      let db = await stage.open()
      const room = await openRoom(db, scene)
      write(room.worktree, { 'a.txt': 'then\n' })
      const then = fingerprint(room.worktree, ['.git'])
      const checkpoint = await room.checkpoint('then')
      await room.talk(2, 4)
      write(room.worktree, { 'a.txt': 'now\n' })
      const now = fingerprint(room.worktree, ['.git'])
      await db.run(`update task set state = 'running'`)
      const { id } = await room.restore(checkpoint, 'over', 'looking')
      await carryOn(room.m, (await restoreById(db, id)) ?? gone())
      await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [id])
      const life = lifeOf(stage, room, id, 1, { path: room.worktree, branch: 'lugh/t1' })
      if (kind === 'embedded') await db.close()
      expect(await start({ ...life, at }).ended, 'killed').toBe(null)
      if (kind === 'embedded') db = await stage.open()
      const isOver = at === 'restore.after-switch'
      expect(await restoreById(db, id)).toMatchObject({ state: isOver ? 'done' : 'wanted', parked: true })
      expect(await taskById(db, room.taskId)).toMatchObject({ state: 'paused', savedTree: isOver ? expect.any(String) : null })
      expect((await stateOf(db, room.taskId)).includes('word 3')).toBe(!isOver)
      expect(fingerprint(room.worktree, ['.git'])).toEqual(now)
      await live(db, scene.git, life)
      expect(await restoreById(db, id)).toMatchObject({ state: 'done', made: { tasks: [1] } })
      expect(fingerprint(life.again.path, ['.git'])).toEqual(then)
      await db.close()
    } finally {
      await stage.end()
    }
  })
})

function gone(): never {
  throw new Error('it is gone')
}
