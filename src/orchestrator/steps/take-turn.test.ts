/** Whatever a provider does in the middle of a task, no step is lost and no tool runs twice. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, startModelServer, type Script } from '#simulator'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { calls, says, writes } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'

/** Counts up in a file: a step that ran twice finds nothing to count, one that was lost leaves a gap. */
const counting: Script = {
  name: 'counting',
  match: () => true,
  turns: ({ turn }) => {
    if (turn === 0) return calls(writes('n.txt', 'n=0;'))
    return turn <= 5 ? calls(call('edit_file', { path: 'n.txt', edits: [{ old_text: `n=${turn - 1};`, new_text: `n=${turn};` }] })) : says('Counted.')
  },
}

describeEachStore('a provider', (store) => {
  it('that is overloaded ten times, cuts, resets, errs and sends broken JSON costs no step and no second run of a tool', async () => {
    const db = await store()
    const room = await openMoneyRoom(db, 1)
    const task = room.tasks[0]?.claim.task
    if (task === undefined) throw new Error('no task')
    const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
    await giveFolder(db, task, folder)
    const asked = new Set<number>()
    const trouble: Script = {
      ...counting,
      turns: (conversation) => {
        const { turn } = conversation
        if (!asked.has(turn)) {
          asked.add(turn)
          if (turn === 1) server.misbehave({ kind: 'cut', afterEvents: 4 }, 2)
          if (turn === 2) server.misbehave({ kind: 'broken-json' }, 1)
          if (turn === 3) server.misbehave({ kind: 'cut', afterEvents: 3, clean: true }, 1)
          if (turn === 4) server.misbehave({ kind: 'error-event' }, 1)
        }
        return typeof counting.turns === 'function' ? counting.turns(conversation) : says('?')
      },
    }
    const server = await startModelServer({ script: trouble })
    try {
      server.misbehave({ kind: 'status', status: 529, retryAfter: 0 }, 10)
      expect(await workOnce(machineryFor(db, { url: server.url }), task.id)).toMatchObject({ state: 'proposing', summary: 'Counted.' })
      expect(readFileSync(join(folder, 'n.txt'), 'utf8')).toBe('n=5;')
      expect(server.requests.filter(({ fault }) => fault !== undefined).length).toBeGreaterThanOrEqual(15)
      const Row = z.object({ steps: z.number(), finished: z.number(), messages: z.number(), turns: z.number() })
      const rows = await db.row(
        Row,
        `select (select count(*) from step)::integer as steps, (select count(*) from step where state = 'finished')::integer as finished,
           (select count(*) from message)::integer as messages, (select sum(turns) from run)::integer as turns`,
      )
      expect(rows).toEqual({ steps: 6, finished: 6, messages: 14, turns: 7 })
    } finally {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
