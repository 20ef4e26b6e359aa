/**
 * Lugh is killed while an engine that is a program of its own holds a question: the card is still live afterwards, nothing is started
 * until it is answered, and the answer finds the engine by its conversation, once.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PersonId } from '#core'
import { migrate, openDb, type Db } from '#db'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { renderCard } from '../../src/orchestrator/render-card.ts'
import { startProgram, type Child } from '../support/child.ts'
import { asPerson, openMoneyRoom } from '../support/money-room.ts'
import { FACTS } from '../support/no-git.ts'
import type { SessionLife } from '../support/session-child.ts'
import { STAND_IN } from '../support/stand-in-engine.ts'
import { freshDatabaseUrl, freshEmbeddedHome, heardLog, serverAvailable } from '../support/stores.ts'
import { giveFolder } from '../support/work-room.ts'

const COMMAND = 'npm run build'
const Found = z.object({ asked: z.number(), pending: z.number(), steps: z.number(), runs: z.number(), cards: z.number(), state: z.string() })

const found = (db: Db): Promise<z.infer<typeof Found> | undefined> =>
  db.row(
    Found,
    `select (select count(*) from approval)::integer as asked, (select count(*) from approval where state = 'pending')::integer as pending,
       (select count(*) from step)::integer as steps, (select count(*) from run where engine = '${STAND_IN}')::integer as runs,
       (select count(*) from card where kind = 'approval')::integer as cards, (select state from task) as state`,
  )

type Stage = {
  /** A new life of Lugh with this task. */
  live: () => Child
  /** What a person does meanwhile, on a store that no life holds. */
  meanwhile: <T>(look: (db: Db) => Promise<T>) => Promise<T>
  /** Taps this button of the one card. */
  tap: (label: string) => Promise<void>
  diary: () => unknown[]
}

async function withStage(kind: 'embedded' | 'server', run: (stage: Stage) => Promise<void>): Promise<void> {
  const home = await freshEmbeddedHome()
  const database = kind === 'server' ? await freshDatabaseUrl() : undefined
  const open = (): Promise<Db> => openDb({ home, databaseUrl: database?.url, log: heardLog() })
  const meanwhile: Stage['meanwhile'] = async (look) => {
    const db = await open()
    try {
      return await look(db)
    } finally {
      await db.close()
    }
  }
  const children: Child[] = []
  try {
    const folder = join(home, 'worktree')
    const diary = join(home, 'diary')
    mkdirSync(folder)
    const task = await meanwhile(async (db) => {
      await migrate(db, { log: heardLog() })
      const made = (await openMoneyRoom(db, 1)).tasks[0]?.claim.task
      if (made === undefined) throw new Error('no task')
      await giveFolder(db, made, folder)
      return made
    })
    const life: SessionLife = { home, task: task.id, command: COMMAND, diary, ...(database === undefined ? {} : { databaseUrl: database.url }) }
    await run({
      live: () => {
        const child = startProgram(`await import('./test/support/session-child.ts')`, [JSON.stringify(life)])
        children.push(child)
        return child
      },
      meanwhile,
      tap: (label) =>
        meanwhile(async (db) => {
          const Row = z.object({ subject: z.string(), person: PersonId })
          const row = await db.row(Row, `select subject_id as subject, (select id from person limit 1) as person from card where kind = 'approval'`)
          if (row === undefined) throw new Error('no card')
          const button = (await renderCard(db, FACTS, 'approval', row.subject))?.buttons.flat().find((one) => one.label === label)
          if (button === undefined) throw new Error(`no ${label}`)
          await asPerson(db, FACTS, row.person)(button.capability, button.input)
        }),
      diary: () =>
        readFileSync(diary, 'utf8')
          .trim()
          .split('\n')
          .map((line): unknown => JSON.parse(line)),
    })
  } finally {
    for (const child of children) await child.kill()
    await database?.drop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Lives until its engine holds the question, and is killed there. */
async function dieAsking({ live }: Stage): Promise<void> {
  const child = live()
  await child.line((line) => line === 'asked')
  await child.kill()
}

describe.each(['embedded', 'server'] as const)('Lugh killed while an engine of its own holds a question (%s)', (kind) => {
  it.skipIf(kind === 'server' && !serverAvailable)('waits with a live card, and the answer goes on with the conversation, once', () =>
    withStage(kind, async (stage) => {
      await dieAsking(stage)
      const next = stage.live()
      expect([await next.ended, next.lines.at(-1)]).toEqual([0, 'waiting: a command waits for approval'])
      // Nothing was started again for it, and nothing asked twice.
      expect(stage.diary()).toEqual([{ began: null }])
      expect(await stage.meanwhile(found)).toEqual({ asked: 1, pending: 1, steps: 0, runs: 1, cards: 1, state: 'waiting' })
      await stage.tap('✅ Allow once')
      const last = stage.live()
      expect([await last.ended, last.lines.at(-1)]).toEqual([0, 'proposing: '])
      expect(stage.diary()).toEqual([{ began: null }, { began: 'conversation-1' }, { heard: 'allowed' }])
      expect(await stage.meanwhile(found)).toEqual({ asked: 1, pending: 0, steps: 1, runs: 1, cards: 1, state: 'proposing' })
    }),
  )

  it.skipIf(kind === 'server' && !serverAvailable)('hears an answer that came before the next start', () =>
    withStage(kind, async (stage) => {
      await dieAsking(stage)
      await stage.tap('❌ Deny')
      const next = stage.live()
      expect([await next.ended, next.lines.at(-1)]).toEqual([0, 'proposing: '])
      expect(stage.diary()).toEqual([{ began: null }, { began: 'conversation-1' }, { heard: 'denied' }])
      expect(await stage.meanwhile(found)).toEqual({ asked: 1, pending: 0, steps: 0, runs: 1, cards: 1, state: 'proposing' })
    }),
  )
})
