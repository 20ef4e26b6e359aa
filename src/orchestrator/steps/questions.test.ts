/** Several questions asked at once are put one after the other, and each says which of how many it is. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LughError, PersonId, plain } from '#core'
import { answerQuestionRow, pendingQuestion, type Db } from '#db'
import { renderCard } from '#orchestrator'
import { startModelServer } from '#simulator'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { asks, calls, play, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'

async function somebody(db: Db): Promise<PersonId> {
  const row = await db.row(z.object({ id: PersonId }), 'select id from person limit 1')
  if (row === undefined) throw new LughError('internal', 'there is nobody in this room')
  return row.id
}

describeEachStore('questions asked at once', (store) => {
  it('come one at a time, as 1 of 3, 2 of 3 and 3 of 3, and are answered together', async () => {
    const db = await store()
    const room = await openMoneyRoom(db, 1)
    const task = room.tasks[0]?.claim.task
    if (task === undefined) throw new Error('no task')
    const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
    await giveFolder(db, task, folder)
    const server = await startModelServer({
      script: play('', calls(asks('Which colour?', ['red']), asks('Which size?'), asks('Which name?')), says('Thanks.')),
    })
    try {
      const m = machineryFor(db, { url: server.url })
      for (const [nth, words] of ['Which colour?', 'Which size?', 'Which name?'].entries()) {
        expect(await workOnce(m, task.id)).toMatchObject({ state: 'waiting' })
        const question = await pendingQuestion(db, task.id)
        if (question === undefined) throw new Error('no question')
        const card = await renderCard(db, m.facts, 'question', question.id)
        expect(plain(card?.text ?? '')).toMatch(new RegExp(`Question · .* · T\\d+ · ${nth + 1} of 3\\n${words.replace('?', '\\?')}`))
        const by = await somebody(db)
        await db.tx((tx) => answerQuestionRow(tx, question.id, `answer ${nth + 1}`, by, 'telegram'))
      }
      expect(await workOnce(m, task.id)).toMatchObject({ state: 'proposing', summary: 'Thanks.' })
      expect(JSON.stringify(server.requests.at(-1)?.request)).toMatch(/answer 1.*answer 2.*answer 3/)
    } finally {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
