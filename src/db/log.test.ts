import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../test/support/money-room.ts'
import { describeEachStore } from '../../test/support/stores.ts'
import { insertLog, logOf, pruneLogs } from './log.ts'

const Call = z.object({ call: z.string() })

describeEachStore('logs', (open) => {
  it('hold what a column takes of anything that is printed, without keys, and the last of a call', async () => {
    const db = await open()
    const [at] = (await openMoneyRoom(db, 1)).tasks
    if (at === undefined) throw new Error('no task')
    const taskId = at.claim.task.id
    const key = `ghp_${'aZ3kQ9xW'.repeat(5).slice(0, 36)}`
    await insertLog(db, { taskId, callId: 'a', text: 'first', printed: 5 })
    await insertLog(db, { taskId, callId: 'a', text: `\0 \uD800 ä ${key}`, printed: 5_000_000_000 })
    expect(await logOf(db, taskId, 'a')).toEqual({ text: '\uFFFD \uFFFD ä ⟦GitHub token, 40 characters⟧', printed: 5_000_000_000 })
    expect(await logOf(db, taskId, 'b')).toBeUndefined()
  })

  it('go after a month, and the oldest when all together are too much', async () => {
    const db = await open()
    const [at] = (await openMoneyRoom(db, 1)).tasks
    if (at === undefined) throw new Error('no task')
    const taskId = at.claim.task.id
    for (const [callId, days, bytes] of [
      ['old', 31, 1],
      ['large', 20, 700],
      ['middle', 10, 400],
      ['new', 0, 500],
    ] as const) {
      await insertLog(db, { taskId, callId, text: 'ä'.repeat(bytes / 2).padEnd(1, 'x'), printed: bytes })
      await db.run(`update log set created_at = now() - $2::integer * interval '1 day' where call_id = $1::text`, [callId, days])
    }
    const left = async (): Promise<string[]> => (await db.rows(Call, 'select call_id as call from log order by created_at')).map(({ call }) => call)
    expect([await pruneLogs(db), await left()]).toEqual([1, ['large', 'middle', 'new']])
    expect([await pruneLogs(db, 900), await left()]).toEqual([1, ['middle', 'new']])
    expect([await pruneLogs(db, 899), await left()]).toEqual([1, ['new']])
  })
})
