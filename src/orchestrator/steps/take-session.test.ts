/** A budget that runs out under an engine that asks its model by itself: what it hears, what the person sees, and how it goes on. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LughError, plain } from '#core'
import { costOfTask } from '#db'
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
})
