/** From a task's row until its worktree of 5,000 files is ready and its run begins, beside `git worktree add` on the same files. */
import { join } from 'node:path'
import { openDb } from '#db'
import { expect } from 'vitest'
import { z } from 'zod'
import { addProject, cardSays, wish } from '../test/support/desk.ts'
import { play, says } from '../test/support/plays.ts'
import { worktreesUnder } from '../test/support/remains.ts'
import { git } from '../test/support/repositories.ts'
import { silent } from '../test/support/sandbox.ts'
import { withSystem, type StoreKind, type System } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Goal, type Row } from './support/figure.ts'
import { filesOf, makeLargeRepository, openWorkbench } from './support/large-repository.ts'
import { plainGit } from './support/plain-git.ts'

const GOAL: Goal = { text: '≤ 1.2 × bare', met: (lugh, bare) => bare !== undefined && lugh.median <= 1.2 * bare.median }
const BARE = 'git worktree add'

export const figure: Figure = {
  name: 'worktree',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(await ofTasks(bench, store))
    return [...rows, await ofRoom(bench)]
  },
}

/** Adds and removes a worktree with plain git; answers the milliseconds of the adding. */
async function bareWorktree(repository: string, path: string, round: number): Promise<number> {
  const ms = await timed(() => plainGit(repository, ['worktree', 'add', '--quiet', '-b', `bare-${round}`, path, 'main']))
  await plainGit(repository, ['worktree', 'remove', '--force', path])
  return ms
}

async function ofTasks(bench: Bench, store: StoreKind): Promise<Row> {
  const bare: number[] = []
  let lugh: number[] = []
  await withSystem({ store, scripts: [play('Look', says('Looked.'))] }, async (system) => {
    const person = system.person()
    const theirs = makeLargeRepository(join(system.at.root, 'shop'), filesOf(bench))
    const copy = join(system.at.root, 'bare')
    git(system.at.root, 'clone', '--quiet', '--no-hardlinks', theirs, copy)
    await addProject(person, theirs)
    const task = async (round: number): Promise<void> => {
      await cardSays(person, await wish(person, `Look, round ${round}`), 'Looked.')
      await expect.poll(() => worktreesUnder(system.at.home), { timeout: 60_000, interval: 50 }).toEqual([])
    }
    await task(-1)
    await inTurn(bench.rounds(5, 2), task, async (round) => void bare.push(await bareWorktree(copy, join(system.at.root, 'tree'), round)))
    await system.lugh().stop()
    lugh = (await untilRunning(system)).slice(1)
  })
  return {
    name: `task → worktree ready, ${filesOf(bench)} files`,
    store,
    unit: 'ms',
    lugh,
    bare: { name: BARE, samples: bare },
    ...(bench.short ? {} : { goal: GOAL }),
  }
}

/** What the event rows say, task by task: from `task.created` until it moved to `running`. */
async function untilRunning(system: System): Promise<number[]> {
  const db = await openDb({ home: system.at.home, databaseUrl: system.env['DATABASE_URL'], log: { ...silent, error: () => undefined } })
  try {
    const rows = await db.rows(
      z.object({ ms: z.number() }),
      `select (extract(epoch from min(at) filter (where kind = 'task.moved' and data->>'to' = 'running') - min(at) filter (where kind = 'task.created')) * 1000)::float8 as ms
       from event where task_id is not null group by task_id order by min(id)`,
    )
    return rows.map(({ ms }) => ms)
  } finally {
    await db.close()
  }
}

async function ofRoom(bench: Bench): Promise<Row> {
  const { room, repository, bare, root, close } = await openWorkbench(bench)
  const samples: number[] = []
  const plain: number[] = []
  try {
    const base = await room.fetch(repository, 'main')
    const make = async (round: number): Promise<number> => {
      const at = { path: join(root, 'lugh', 'worktrees', `t${round}`), branch: `lugh/t${round}` }
      const ms = await timed(() => room.createWorktree(repository, { ...at, base }))
      await room.removeWorktree(repository, at)
      return ms
    }
    await make(-1)
    await inTurn(
      bench.rounds(5, 2),
      async (round) => void samples.push(await make(round)),
      async (round) => void plain.push(await bareWorktree(bare, join(root, 'tree'), round)),
    )
  } finally {
    await close()
  }
  return { name: `worktree made (the git room alone), ${filesOf(bench)} files`, unit: 'ms', lugh: samples, bare: { name: BARE, samples: plain } }
}
