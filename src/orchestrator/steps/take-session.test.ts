/** A budget that runs out under an engine that asks its model by itself: what it hears, what the person sees, and how it goes on. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LughError, plain } from '#core'
import { costOfTask, type Db } from '#db'
import type { Machinery } from '#orchestrator'
import type { NetworkAccess } from '#sandbox'
import { startModelServer } from '#simulator'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom, type MoneyRoom } from '../../../test/support/money-room.ts'
import { says } from '../../../test/support/plays.ts'
import { standInMachinery, type Program } from '../../../test/support/stand-in-engine.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'
import type { Button } from '../card.ts'
import { renderCard } from '../render-card.ts'

/** Each call costs 1,100 millionths; the third begins within the limit and ends beyond it. */
const USAGE = { input: 1000, output: 100 }
const CALL = 1100
const LIMIT = 2500

const Card = z.object({ subject: z.string() })

async function budgetCards(room: MoneyRoom): Promise<{ text: string; buttons: readonly Button[] }[]> {
  const rows = await room.db.rows(Card, `select subject_id as subject from card where kind = 'budget' order by created_at, id`)
  return Promise.all(
    rows.map(async ({ subject }) => {
      const content = await renderCard(room.db, room.facts, 'budget', subject)
      return { text: plain(content?.text ?? ''), buttons: content?.buttons.flat() ?? [] }
    }),
  )
}

describeEachStore('an engine that asks its model by itself', (open) => {
  it('hears of a used-up budget in its provider’s words on every connection, is asked about on one card, and goes on after + $2', async () => {
    const db = await open()
    const server = await startModelServer({ script: { name: 'steps', match: () => true, turns: () => ({ ...says('a step'), usage: USAGE }) } })
    const folder = mkdtempSync(join(tmpdir(), 'lugh-session-'))
    const lives: { resume: string | null; prompt: string; refused: string[] }[] = []
    let step = 0
    /** Seven calls in all, its memory kept by its own name for the conversation; refused, it tries thrice more at once. */
    const program: Program = async (session, ask) => {
      const life = { resume: session.resume, prompt: session.prompt.split(';')[0] ?? '', refused: new Array<string>() }
      lives.push(life)
      session.on({ type: 'session', id: 'conversation-1' })
      while (step < 7) {
        const { status, body } = await ask(`step ${step}`)
        if (status === 200) {
          step += 1
          continue
        }
        const again = await Promise.all([1, 2, 3].map(() => ask(`step ${step}`)))
        life.refused.push(...[{ status, body }, ...again].map((no) => `${no.status} ${no.body}`))
        throw new LughError('engine.failed', 'The engine gave up.')
      }
      return 'Seven steps done.'
    }
    try {
      const plainMachinery = machineryFor(db, { url: server.url })
      const facts = { ...plainMachinery.facts, taskBudgetMicroUsd: LIMIT }
      const m = standInMachinery({ ...plainMachinery, facts }, program)
      const room = await openMoneyRoom(db, 1, m.facts)
      const [at] = room.tasks
      if (at === undefined) throw new Error('no task')
      const { task } = at.claim
      await giveFolder(db, task, folder)

      expect(await workOnce(m, task.id)).toMatchObject({ state: 'paused', reason: 'its budget of $0.003 is used up' })
      const [life] = lives
      expect(life?.refused).toHaveLength(4)
      for (const no of life?.refused ?? []) expect(no).toMatch(/^402 .*"billing_error".*Lugh: its budget of \$0\.003 is used up/)
      expect([server.requests.length, (await costOfTask(db, task.id)).microUsd]).toEqual([3, 3 * CALL])
      const stops = (await budgetCards(room)).filter(({ text }) => text.includes('used up'))
      expect(stops.map(({ buttons }) => buttons.map(({ label }) => label))).toContainEqual(['+ $2', 'Cheaper model', '⏹ Stop'])
      const raise = stops
        .flatMap(({ buttons }) => buttons)
        .filter(({ label }) => label === '+ $2')
        .at(-1)
      await room.ask('decide_budget', raise?.input)
      expect((await room.now(at)).state).toBe('queued')

      expect(await workOnce(m, task.id)).toMatchObject({ state: 'proposing', summary: 'Seven steps done.' })
      expect(lives.map(({ resume, prompt }) => [resume, prompt.startsWith('If you had begun with this already')])).toEqual([
        [null, false],
        ['conversation-1', true],
      ])
      expect([server.requests.length, (await costOfTask(db, task.id)).microUsd]).toEqual([7, 7 * CALL])
      const left = await db.row(
        z.object({ n: z.number() }),
        `select count(*)::integer as n from reservation r join task t on t.id = r.task_id and t.fence = r.fence`,
      )
      expect(left).toEqual({ n: 0 })
    } finally {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is not asked about when it is paused with a question open: the card says so, and the next run asks anew', async () => {
    await using at = await openEngineRoom(await open(), async (session) => {
      const answer = await session.ask({ kind: 'command', line: 'npm test', command: 'npm test', why: 'to see' })
      return `It was ${answer.answer}.`
    })
    const working = workOnce(at.m, at.task.id, at.abort.signal).catch((error: unknown) => error)
    await at.until(`select count(*)::integer as n from approval where state = 'pending'`, 1)
    await at.room.ask('pause_task', { task: at.task.number })
    at.abort.abort(new LughError('conflict', 'This task has moved on.'))
    await working
    expect(await at.states('approval')).toEqual(['withdrawn'])
    const [card] = await at.cards('approval')
    expect([card?.buttons, card?.text]).toEqual([[], expect.stringContaining('No longer needed')])
    const again = workOnce(at.m, at.task.id, new AbortController().signal)
    await at.until(`select count(*)::integer as n from approval where state = 'pending'`, 1)
    await at.room.ask('stop_task', { task: at.task.number })
    await again.catch(() => undefined)
  })

  it('is asked about a host while it works on', async () => {
    const gone = Promise.withResolvers<void>()
    await using at = await openEngineRoom(await open(), async () => {
      at.network()?.onBlocked?.({ host: 'registry.test', port: 443, reason: 'not-listed' })
      at.network()?.onBlocked?.({ host: 'registry.test', port: 443, reason: 'not-listed' })
      await gone.promise
      return 'Done.'
    })
    const working = workOnce(at.m, at.task.id)
    await at.until(`select count(*)::integer as n from host_request where state = 'pending' and host = 'registry.test'`, 1)
    expect((await at.cards('host')).length).toBe(1)
    // What it runs unasked takes no folder of the worktree for a repository with settings of its own.
    expect(at.environment()).toMatchObject({ GIT_CONFIG_KEY_0: 'safe.bareRepository', GIT_CONFIG_VALUE_0: 'explicit' })
    gone.resolve()
    expect(await working).toMatchObject({ state: 'proposing', summary: 'Done.' })
    expect(await at.states('host_request')).toEqual(['pending'])
  })
})

/** A task of the stand-in engine, and what can be seen of it. */
async function openEngineRoom(db: Db, program: Program) {
  const folder = mkdtempSync(join(tmpdir(), 'lugh-session-'))
  const machinery = standInMachinery({ ...machineryFor(db, { url: 'http://127.0.0.1:9' }), holdMs: 60_000 }, program)
  let network: NetworkAccess | undefined
  let environment: Readonly<Record<string, string>> | undefined
  const run: Machinery['sandbox']['run'] = (command) => {
    network = command.network
    environment = command.env
    return machinery.sandbox.run(command)
  }
  const m: Machinery = { ...machinery, sandbox: { ...machinery.sandbox, run } }
  const room = await openMoneyRoom(db, 1, m.facts)
  const [at] = room.tasks
  if (at === undefined) throw new Error('no task')
  const { task } = at.claim
  await giveFolder(db, task, folder)
  const Count = z.object({ n: z.number() })
  return {
    m,
    room,
    task,
    abort: new AbortController(),
    network: () => network,
    environment: () => environment,
    until: async (sql: string, n: number) => {
      await expect.poll(async () => (await db.row(Count, sql))?.n, { timeout: 20_000 }).toBe(n)
    },
    states: async (table: 'approval' | 'host_request') =>
      (await db.rows(z.object({ state: z.string() }), `select state from ${table} order by created_at`)).map(({ state }) => state),
    cards: async (kind: 'approval' | 'host') => {
      const rows = await db.rows(Card, `select subject_id as subject from card where kind = $1::text order by created_at, id`, [kind])
      return Promise.all(
        rows.map(async ({ subject }) => {
          const content = await renderCard(db, room.facts, kind, subject)
          return { text: plain(content?.text ?? ''), buttons: content?.buttons.flat().map(({ label }) => label) ?? [] }
        }),
      )
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
