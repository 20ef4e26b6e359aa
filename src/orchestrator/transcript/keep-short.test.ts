/** A conversation that has grown too long is sent shorter, whoever fails to help; nothing of it is lost, and it is paid for. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskId } from '#core'
import { transcript, type Db } from '#db'
import { call, startModelServer, type ModelServer, type Script } from '#simulator'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DECISIONS, goodNotes, longTask } from '../../../test/support/long-task.ts'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { calls, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'
import type { Machinery } from '../machinery.ts'
import { toldOf, toldText, type Told } from './told.ts'

const open: { server: ModelServer; folder: string }[] = []
afterEach(async () => {
  for (const { server, folder } of open.splice(0)) {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

type Desk = {
  readonly id: TaskId
  readonly m: Machinery
  readonly server: ModelServer
  readonly folder: string
  readonly work: () => ReturnType<typeof workOnce>
}

async function deskFor(db: Db, scripts: readonly Script[], more: { context?: number; dollars?: number } = {}): Promise<Desk> {
  const room = await openMoneyRoom(db, 1)
  const task = room.tasks[0]?.claim.task
  if (task === undefined) throw new Error('no task')
  const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
  await giveFolder(db, task, folder)
  const server = await startModelServer({ script: scripts })
  open.push({ server, folder })
  const made = machineryFor(db, { url: server.url, ...(more.context === undefined ? {} : { context: more.context }) })
  const m = more.dollars === undefined ? made : { ...made, facts: { ...made.facts, taskBudgetMicroUsd: more.dollars * 1e6 } }
  return { id: task.id, m, server, folder, work: () => workOnce(m, task.id) }
}

const Row = z.object({ kind: z.string(), n: z.number() })
const events = (db: Db): Promise<z.infer<typeof Row>[]> =>
  db.rows(Row, `select kind, count(*)::integer as n from event where kind like 'notes%' or kind like 'transcript%' group by kind order by kind`)
const told = async (db: Db, { id }: Desk): Promise<Told | undefined> => toldOf(await transcript(db, id))
const written = ({ folder }: Desk): string => readFileSync(join(folder, 'DECISIONS.md'), 'utf8')

/** Refuses to make notes, every time. */
const noNotes: Script = { ...goodNotes, turns: () => ({ fault: { kind: 'status', status: 400, message: 'no notes today' } }) }

describeEachStore('a conversation that has grown too long', (store) => {
  it('is sent without its beginning, with notes of a cheap model that are paid for', async () => {
    const db = await store()
    const desk = await deskFor(db, [goodNotes, longTask(30)])
    expect((await desk.work()).state).toBe('proposing')
    expect(written(desk)).toBe(`${DECISIONS.join('\n')}\n`)
    const models = await db.rows(
      z.object({ model: z.string(), n: z.number() }),
      `select model, count(*)::integer as n from cost group by model order by model`,
    )
    expect(models).toEqual([
      { model: 'scripted', n: 32 },
      { model: 'scripted-small', n: expect.any(Number) },
    ])
    const sizes = desk.server.requests.map(({ request }) => JSON.stringify(request?.messages ?? []).length)
    expect(Math.max(...sizes)).toBeLessThan(20_000 * 3)
    expect(await told(db, desk)).toMatchObject({ state: 'made', notes: { decisions: DECISIONS, open: ['Is it fast enough?'] } })
  })

  it('goes on from the newest turns when nobody can make notes, and catches up when somebody can', async () => {
    const db = await store()
    const desk = await deskFor(db, [noNotes, longTask(30)])
    await db.run(`update task set plan = '[{"text":"Write many files","state":"doing"}]'::jsonb`)
    expect((await desk.work()).state).toBe('proposing')
    expect(written(desk)).not.toContain('DECISION 1')
    const failed = await told(db, desk)
    expect(failed).toMatchObject({ state: 'failed', notedTo: 0, notes: { decisions: [] } })
    expect(failed?.text).toMatch(/^Do it\n[\s\S]*▸ Write many files[\s\S]*could not be made/)
    // Later a model is there again: the notes begin where they were left, at the first message.
    desk.server.play([goodNotes, longTask(60)])
    await db.run(`insert into steer (task_id, text) values ($1::uuid, 'Go on to 60, and keep the tabs.')`, [desk.id])
    expect((await desk.work()).state).toBe('proposing')
    expect(written(desk)).toBe(`${DECISIONS.join('\n')}\n`)
    expect((await told(db, desk))?.said).toEqual(['Go on to 60, and keep the tabs.'])
    expect(await events(db)).toEqual([
      { kind: 'notes.failed', n: expect.any(Number) },
      { kind: 'notes.taken', n: expect.any(Number) },
      { kind: 'transcript.shortened', n: expect.any(Number) },
    ])
  })

  it('is made shorter when the model finds it too long before Lugh does, and an id used before is not taken for that call', async () => {
    const db = await store()
    const limit = 30_000
    const same = (n: number) =>
      n % 2 === 0
        ? { calls: [{ ...call('write_file', { path: `work/${n}.txt`, content: `${n} `.padEnd(1600, 'ab ') }), id: `call_${n % 4}` }] }
        : undefined
    const strict: Script = {
      name: 'small window',
      match: ({ tools }) => !tools.includes('take_notes'),
      turns: (conversation) => {
        if (JSON.stringify(conversation.rounds).length > limit)
          return {
            fault: { kind: 'status', status: 400, type: 'invalid_request_error', message: 'prompt is too long: 70000 tokens > 60000 maximum' },
          }
        const long = longTask(40, same).turns
        return typeof long === 'function' ? long(conversation) : says('?')
      },
    }
    const desk = await deskFor(db, [goodNotes, strict], { context: 1_000_000 })
    expect((await desk.work()).state).toBe('proposing')
    expect(written(desk)).toBe(`${DECISIONS.join('\n')}\n`)
    const files = Array.from({ length: 40 }, (_, n) => readFileSync(join(desk.folder, `work/${n + 1}.txt`), 'utf8').split(' ')[0])
    expect(files).toEqual(Array.from({ length: 40 }, (_, n) => String(n + 1)))
    expect((await events(db)).find(({ kind }) => kind === 'transcript.shortened')?.n).toBeGreaterThan(0)
  })

  it('shortens answers of tools when even the newest exchange is too much, and says how to see more', async () => {
    const db = await store()
    const desk = await deskFor(db, [
      goodNotes,
      {
        name: 'reads much',
        match: ({ tools }) => !tools.includes('take_notes'),
        turns: ({ now, turn }) => {
          if (turn === 0 && now.calls.length === 0) return calls(call('write_file', { path: 'big.txt', content: 'line of text\n'.repeat(4000) }))
          const last = now.calls.at(-1)
          if (last?.name === 'write_file') return calls(...[1, 2, 3, 4].map(() => call('read_file', { path: 'big.txt' })))
          return says(last?.output.includes('to see more') === true ? 'It was shortened.' : 'It was whole.')
        },
      },
    ])
    expect((await desk.work()).summary).toBe('It was shortened.')
  })

  it('is held by its budget all the while', async () => {
    const db = await store()
    const desk = await deskFor(db, [goodNotes, longTask(30)], { dollars: 0.2 })
    const parked = await desk.work()
    expect(parked).toMatchObject({ state: 'paused', reason: 'its budget of $0.20 is used up' })
  })
})

describe('what is told in place of the beginning', () => {
  it('stays within its room, and keeps the wish, the decisions and the newest words', () => {
    const text = toldText(
      {
        wish: `Wish ${'w'.repeat(9000)}`,
        said: ['first', 's'.repeat(9000), 'newest'],
        notes: { decisions: ['Decision A.', 'd'.repeat(9000), 'Decision Z.'], open: ['Open?'], where: 'h'.repeat(9000) },
        state: 'made',
        plan: [],
        gone: undefined,
      },
      6000,
    )
    expect(text.length).toBeLessThan(6600)
    for (const kept of ['Wish w', '- first', '- newest', '1. Decision A.', '3. Decision Z.', 'Open?']) expect(text).toContain(kept)
  })
})
