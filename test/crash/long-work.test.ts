/**
 * A task of hundreds of turns, whose conversation is shortened again and again, on both stores; its process is killed before, in the middle
 * of and after notes are made, and what was decided in the first three turns is known at the end.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { migrate, openDb, type Db } from '#db'
import { startModelServer, type Script } from '#simulator'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startProgram } from '../support/child.ts'
import { DECISIONS, goodNotes, longTask } from '../support/long-task.ts'
import { openMoneyRoom } from '../support/money-room.ts'
import { freshDatabaseUrl, freshEmbeddedHome, heardLog, serverAvailable } from '../support/stores.ts'
import { LONG } from '../support/system.ts'
import type { Life } from '../support/work-child.ts'
import { giveFolder } from '../support/work-room.ts'

/** The promise is 500 turns, which the long form takes; the short one is shortened half a dozen times on the embedded store, twice on the server. */
const TURNS = LONG ? { embedded: 500, server: 500 } : { embedded: 100, server: 40 }
/** Each kills one life; the short form does not repeat on one store what it does on the other. */
const BOTH = ['notes.before-act', 'notes.after-act', 'notes.after-outcome', 'notes.after-act@2', 'turn.after-outcome@40']
const DEATHS = LONG
  ? { embedded: BOTH, server: BOTH }
  : { embedded: ['notes.before-act', 'notes.after-act@2'], server: ['notes.after-act', 'notes.after-outcome'] }

const Counts = z.object({
  messages: z.number(),
  highest: z.number(),
  steps: z.number(),
  finished: z.number(),
  told: z.number(),
  taken: z.number(),
  failed: z.number(),
  reserved: z.number(),
  /** Share of the prompts' tokens that the provider had in its cache. */
  cached: z.number(),
})
/** Each cut begins a prompt anew; between them it only grows. 0.92 over 100 turns with six cuts. */
const CACHED_AT_LEAST = 0.8

function counts(db: Db): Promise<z.infer<typeof Counts> | undefined> {
  return db.row(
    Counts,
    `select (select count(*) from message)::integer as messages, (select max(seq) from message) as highest,
       (select count(*) from step)::integer as steps, (select count(*) from step where state = 'finished')::integer as finished,
       (select count(*) from message where told is not null)::integer as told,
       (select count(*) from event where kind = 'notes.taken')::integer as taken,
       (select count(*) from event where kind = 'notes.failed')::integer as failed,
       (select count(*) from reservation r join task t on t.id = r.task_id and t.fence = r.fence)::integer as reserved,
       (select sum(cache_read_tokens)::float8 / sum(input_tokens + cache_read_tokens + cache_write_tokens) from cost where model = 'scripted') as cached`,
  )
}

async function walk(
  kind: 'embedded' | 'server',
  scripts: readonly Script[],
  deaths: readonly string[],
): Promise<{ db: Db; folder: string; said: string[]; end: () => Promise<void> }> {
  const home = await freshEmbeddedHome()
  const database = kind === 'server' ? await freshDatabaseUrl() : undefined
  const open = (): Promise<Db> => openDb({ home, databaseUrl: database?.url, log: heardLog() })
  const folder = join(home, 'worktree')
  mkdirSync(folder)
  const before = await open()
  await migrate(before, { log: heardLog() })
  const room = await openMoneyRoom(before, 1)
  const task = room.tasks[0]?.claim.task
  if (task === undefined) throw new Error('no task')
  await giveFolder(before, task, folder)
  await before.close()
  const server = await startModelServer({ script: scripts })
  const said: string[] = []
  const live = async (crashAt?: string): Promise<number | null> => {
    const life: Life = {
      home,
      url: server.url,
      task: task.id,
      ...(database === undefined ? {} : { databaseUrl: database.url }),
      ...(crashAt === undefined ? {} : { crashAt }),
    }
    const child = startProgram(`await import('./test/support/work-child.ts')`, [JSON.stringify(life)])
    const code = await child.ended
    said.push(...child.lines)
    return code
  }
  try {
    for (const point of deaths) expect(await live(point), point).toBeNull()
    expect(await live(), said.join('\n')).toBe(0)
    expect(server.requests.flatMap(({ refused }) => refused ?? [])).toEqual([])
  } finally {
    await server.close()
  }
  const db = await open()
  return {
    db,
    folder,
    said,
    end: async () => {
      await db.close()
      await database?.drop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

describe.each(['embedded', 'server'] as const)('a task of hundreds of turns (%s)', (kind) => {
  it.skipIf(kind === 'server' && !serverAvailable)(
    'is made shorter, killed in the middle of it, and ends right with its early decisions',
    async () => {
      const turns = TURNS[kind]
      const { db, folder, said, end } = await walk(kind, [goodNotes, longTask(turns)], DEATHS[kind])
      try {
        expect(readFileSync(join(folder, 'DECISIONS.md'), 'utf8')).toBe(`${DECISIONS.join('\n')}\n`)
        const missing = Array.from({ length: turns }, (_, n) => n + 1).filter((n) => !existsSync(join(folder, `work/${n}.txt`)))
        expect(missing).toEqual([])
        const found = await counts(db)
        // One wish, an answer and its results for each file and the last one, and the last word; each call once.
        expect(found).toMatchObject({
          messages: 2 * turns + 4,
          highest: 2 * turns + 3,
          steps: turns + 1,
          finished: turns + 1,
          failed: 0,
          reserved: 0,
        })
        expect(found?.cached).toBeGreaterThanOrEqual(CACHED_AT_LEAST)
        expect(found?.taken).toBeGreaterThanOrEqual(Math.floor(turns / 20))
        expect(said.at(-1)).toMatch(/^proposing/)
      } finally {
        await end()
      }
    },
  )
})
