/**
 * A checkpoint of a project of 5,000 files (nothing, 10 and all of them changed), and the way back to it, until the worktree is there
 * again; beside what else saves: `git stash create`, `git bundle --all` and `pg_dump`, and what else makes files: `git worktree add`.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ObjectName } from '#core'
import { migrate, openDb, restoreById, taskById, type Db } from '#db'
import { carryOn } from '../src/orchestrator/checkpoints/carry-out.ts'
import { openRoom, type Room } from '../test/support/checkpoint-room.ts'
import { writeFiles } from '../test/support/repositories.ts'
import { silent } from '../test/support/sandbox.ts'
import { freshDatabaseUrl } from '../test/support/stores.ts'
import type { StoreKind } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { filesOf, openWorkbench, pathOf, type Workbench } from './support/large-repository.ts'
import { plainGit } from './support/plain-git.ts'

const log = { ...silent, error: () => undefined }
const GOAL: Goal = { text: '< 400 ms', met: (lugh) => lugh.median < 400 }
/** A transcript as a day's work leaves it. */
const MESSAGES = 200

export const figure: Figure = figureOf('checkpoint', everySaving)
/** By itself, since together they take minutes. */
export const restoreFigure: Figure = figureOf('restore', everyWayBack)

function figureOf(name: string, rowsOf: (scene: Scene) => Promise<Row[]>): Figure {
  return {
    name,
    measure: async (bench) => {
      const rows: Row[] = []
      for (const store of bench.stores) rows.push(...(await measure(bench, store, rowsOf)))
      return rows
    },
  }
}

type Scene = {
  readonly bench: Bench
  readonly url: string | undefined
  readonly db: Db
  readonly work: Workbench
  readonly room: Room
}

async function measure(bench: Bench, store: StoreKind, rowsOf: (scene: Scene) => Promise<Row[]>): Promise<Row[]> {
  const home = mkdtempSync(join(tmpdir(), 'lugh-bench-'))
  const database = store === 'server' ? await freshDatabaseUrl() : undefined
  const db = await openDb({ home, databaseUrl: database?.url, log })
  const work = await openWorkbench(bench)
  try {
    if (store === 'embedded') await migrate(db, { log })
    const ground = { git: work.room, repository: work.repository, worktree: (name: string) => join(work.root, 'lugh', 'worktrees', name) }
    const room = await openRoom(db, ground)
    await room.talk(2, MESSAGES)
    await room.checkpoint('first')
    const rows = await rowsOf({ bench, url: database?.url, db, work, room })
    return rows.map((row) => ({ ...row, store }))
  } finally {
    await db.close()
    await work.close()
    await database?.drop()
    rmSync(home, { recursive: true, force: true })
  }
}

async function everySaving(scene: Scene): Promise<Row[]> {
  const { bench, url, work } = scene
  const files = filesOf(bench)
  const head = `checkpoint, ${files} files`
  const stash = (): Promise<unknown> => plainGit(work.bare, ['stash', 'create'], IDENTITY)
  const bundle = (round: number): Promise<unknown> =>
    plainGit(work.bare, ['bundle', 'create', '--quiet', join(work.root, `${round}.bundle`), '--all'])
  const rows = [
    await saving(scene, `${head}, 10 changed`, 10, { name: 'git stash create', act: stash }, bench.short ? undefined : GOAL),
    await saving(scene, `${head}, 10 changed`, 10, { name: 'git bundle --all', act: bundle }),
  ]
  if (url !== undefined) {
    const dump = (): Promise<unknown> => promisify(execFile)('pg_dump', ['--file', join(work.root, 'dump.sql'), url])
    rows.push(await saving(scene, `${head}, 10 changed`, 10, { name: 'pg_dump (rows only)', act: dump }))
  }
  rows.push(await saving(scene, `${head}, nothing changed`, 0, { name: 'git stash create', act: stash }))
  rows.push(await saving(scene, `${head}, all changed`, files, { name: 'git stash create', act: stash }))
  return rows
}

async function everyWayBack(scene: Scene): Promise<Row[]> {
  const files = filesOf(scene.bench)
  const rows: Row[] = []
  for (const [words, changed] of [
    ['nothing changed', 0],
    ['10 changed', 10],
    ['all changed', files],
  ] as const)
    rows.push(await goingBack(scene, `restore, ${files} files, ${words}`, changed))
  return rows
}

const IDENTITY = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' }
let writes = 0

/** Other bytes every time, so that no object is there before. */
function change(path: string, files: number): void {
  writes += 1
  writeFiles(path, Object.fromEntries(Array.from({ length: files }, (_, n) => [pathOf(n), `export const value = ${n} // ${writes}\n`.repeat(30)])))
}

type Bare = { readonly name: string; readonly act: (round: number) => Promise<unknown> }

async function saving({ bench, work, room }: Scene, name: string, changed: number, bare: Bare, goal?: Goal): Promise<Row> {
  const lugh: number[] = []
  const samples: number[] = []
  await inTurn(
    changed > 100 ? bench.rounds(3, 2) : bench.rounds(7, 3),
    async () => {
      change(room.worktree, changed)
      lugh.push(await timed(() => room.checkpoint()))
    },
    async (round) => {
      change(work.bare, changed)
      samples.push(await timed(() => bare.act(round)))
    },
  )
  return told({ name, unit: 'ms', lugh, bare: { name: bare.name, samples }, ...(goal === undefined ? {} : { goal }) })
}

/** From the tap until the files are there again: proof, a second look, checkpoint of the present, the switch, the new worktree. The preview was there before. */
async function goingBack(scene: Scene, name: string, changed: number): Promise<Row> {
  const { bench, work, room, db } = scene
  const lugh: number[] = []
  const samples: number[] = []
  const checkpoint = await room.checkpoint()
  let path = room.worktree
  let branch = 'lugh/t1'
  await inTurn(
    bench.rounds(3, 2),
    async (round) => {
      change(path, changed)
      await room.talk(MESSAGES, MESSAGES + 2)
      const restore = await room.restore(checkpoint, 'over', 'looking')
      await carryOn(room.m, restore)
      await db.run(`update restore set state = 'wanted' where id = $1::uuid`, [restore.id])
      const next = { path: `${room.worktree}-${writes}-${round}`, branch: `lugh/t1-${writes}-${round}` }
      lugh.push(await timed(() => back(scene, restore.id, { path, branch }, next)))
      ;({ path, branch } = next)
      await db.run(`update worktree set path = $1::text, state = 'ready'`, [path])
      await db.run(`update task set saved_tree = null, saved_head = null, saved_index = null, saved_raw = false`)
    },
    async (round) => {
      const tree = join(work.root, `tree-${writes}-${round}`)
      samples.push(await timed(() => plainGit(work.bare, ['worktree', 'add', '--quiet', '--detach', tree, 'main'])))
      await plainGit(work.bare, ['worktree', 'remove', '--force', tree])
    },
  )
  await work.room.removeWorktree(work.repository, { path, branch })
  await work.room.createWorktree(work.repository, { path: room.worktree, branch: 'lugh/t1', base: room.base })
  await db.run(`update worktree set path = $1::text, state = 'ready'`, [room.worktree])
  return told({ name, unit: 'ms', lugh, bare: { name: 'git worktree add', samples } })
}

/** Said as it is taken: the whole takes minutes. */
function told(row: Row): Row {
  const samples = (list: readonly number[]): string => list.map((ms) => ms.toFixed(0)).join(' ')
  console.log(`${row.name}: ${samples(row.lugh)}; ${row.bare?.name ?? ''}: ${samples(row.bare?.samples ?? [])}`)
  return row
}

type Place = { readonly path: string; readonly branch: string }

async function back({ db, work, room }: Scene, id: Parameters<typeof restoreById>[1], old: Place, next: Place): Promise<void> {
  const restore = await restoreById(db, id)
  if (restore === undefined) throw new Error('the restore is gone')
  await carryOn(room.m, restore)
  const ended = await restoreById(db, id)
  if (ended?.state !== 'done') throw new Error(`the restore is ${ended?.state ?? 'gone'}: ${ended?.failure ?? ''}`)
  const task = await taskById(db, room.taskId)
  const named = (text: string | null | undefined): ObjectName | undefined =>
    text === null || text === undefined ? undefined : ObjectName.parse(text)
  const saved = { tree: named(task?.savedTree), head: named(task?.savedHead), index: named(task?.savedIndex), raw: true as const }
  await work.room.removeWorktree(work.repository, old)
  await work.room.createWorktree(work.repository, { ...next, base: room.base, ...saved })
}
