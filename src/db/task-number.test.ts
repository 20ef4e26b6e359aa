/** Task numbers are what people say: no gaps, no doubles. */
import { expect, it } from 'vitest'
import { ProjectId, PersonId, TaskId, TelegramUserId, randomIds } from '#core'
import { describeEachStore } from '../../test/support/stores.ts'
import { savePerson } from './person.ts'
import type { Db } from './port.ts'
import { insertProject } from './project.ts'
import { insertTask, nextTaskNumber } from './task.ts'

describeEachStore('task numbers', (open) => {
  async function scene(): Promise<{ db: Db; add: (end?: 'fail') => Promise<number> }> {
    const db = await open()
    const projectId = ProjectId.parse(randomIds.uuid())
    const person = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' })
    await db.tx((tx) =>
      insertProject(tx, { id: projectId, home: 'h', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null }),
    )
    const add = (end?: 'fail'): Promise<number> =>
      db.tx(async (tx) => {
        const number = await nextTaskNumber(tx)
        const id = TaskId.parse(randomIds.uuid())
        const nobody = { agentId: null, conversationId: null, mode: null, replyToMessageId: null }
        await insertTask(tx, {
          ...nobody,
          id,
          number,
          projectId,
          personId: PersonId.parse(person?.id),
          title: 't',
          wish: 't',
          branch: 'b',
          callKey: id,
        })
        if (end === 'fail') throw new Error('the act failed')
        return number
      })
    return { db, add }
  }

  it('begin at one and leave no gap for a task that came to nothing', async () => {
    const { add } = await scene()
    expect(await add()).toBe(1)
    await expect(add('fail')).rejects.toThrow('the act failed')
    expect([await add(), await add()]).toEqual([2, 3])
  })

  it('twenty at once get twenty in a row', async () => {
    const { add } = await scene()
    const numbers = await Promise.all(Array.from({ length: 20 }, () => add()))
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })
})
