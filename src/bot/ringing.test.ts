import { expect, it } from 'vitest'
import { BotId, PersonId, ProjectId, TaskId, TelegramChatId, TelegramUserId, randomIds, type NoticeClass } from '#core'
import {
  enqueueText,
  insertProject,
  insertTask,
  markSending,
  markSent,
  nextInOrder,
  savePerson,
  setQuiet,
  setRule,
  type OutboxRow,
  type Store,
} from '#db'
import { z } from 'zod'
import { describeEachStore } from '../../test/support/stores.ts'
import { asRinging, watchQuiet } from './ringing.ts'

const botId = BotId.parse(7)
const chatId = TelegramChatId.parse(1)
const NIGHT = '2026-03-28T23:00:00Z'

async function phone(db: Store) {
  const personId = PersonId.parse(
    (await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' }))?.id,
  )
  let now = new Date('2026-03-28T12:00:00Z')
  const context = { db, botId, clock: { now: () => now } }
  let n = 0
  /** A message of this class comes and is sent; answers whether it rang. */
  const comes = async (about: NoticeClass, taskId?: TaskId): Promise<boolean> => {
    await db.tx((tx) => enqueueText(tx, { botId, chatId, key: `k${(n += 1)}`, text: 'x', loud: true, class: about, taskId }))
    const row: OutboxRow | undefined = await nextInOrder(db, botId, chatId)
    if (row === undefined) throw new Error('nothing queued')
    const { loud } = await asRinging(context, row)
    await markSending(db, row.id)
    await markSent(db, row, [n])
    return loud
  }
  return { personId, context, comes, at: (iso: string) => (now = new Date(iso)) }
}

async function task(db: Store, personId: PersonId) {
  const projectId = ProjectId.parse(randomIds.uuid())
  const id = TaskId.parse(randomIds.uuid())
  await db.tx(async (tx) => {
    await insertProject(tx, { id: projectId, home: 'test', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null })
    const base = { projectId, agentId: null, conversationId: null, personId, title: 't', wish: 't', mode: null, replyToMessageId: null }
    await insertTask(tx, { ...base, id, number: 1, branch: 'lugh/t1', callKey: id })
  })
  return { id, projectId }
}

const digests = (db: Store): Promise<string[]> =>
  db
    .rows(z.object({ text: z.string() }), `select body ->> 'text' as text from outbox where key like 'digest:%' order by id`)
    .then((rows) => rows.map(({ text }) => text))

describeEachStore('what rings', (open) => {
  it('decisions ring each time; several things that end together ring once', async () => {
    const { comes } = await phone(await open())
    expect([await comes('decision'), await comes('decision'), await comes('question')]).toEqual([true, true, true])
    expect([await comes('failed'), await comes('done'), await comes('failed'), await comes('decision')]).toEqual([true, false, false, true])
  })

  it('by project and by task, and nothing but what is critical in quiet hours', async () => {
    const db = await open()
    const { comes, personId, at } = await phone(db)
    const { id, projectId } = await task(db, personId)
    await db.tx(async (tx) => {
      await setQuiet(tx, { personId, from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' })
      await setRule(tx, { personId, projectId, taskId: null, class: 'decision' }, 'silent')
      await setRule(tx, { personId, projectId: null, taskId: id, class: 'question' }, 'critical')
    })
    expect([await comes('decision'), await comes('decision', id), await comes('question', id)]).toEqual([true, false, true])
    at(NIGHT)
    expect([await comes('decision'), await comes('question'), await comes('question', id)]).toEqual([false, false, true])
    await db.tx((tx) => setRule(tx, { personId, projectId: null, taskId: id, class: 'question' }, null))
    expect(await comes('question', id)).toBe(false)
  })

  it('what a night held back is summed up once, after a restart and by two processes, on a night of 23 hours too', async () => {
    const db = await open()
    const { comes, context, personId, at } = await phone(db)
    await db.tx((tx) => setQuiet(tx, { personId, from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' }))
    const look = (): Promise<unknown> => Promise.all([watchQuiet(context), watchQuiet({ ...context })])
    await look()
    at(NIGHT)
    await look()
    await comes('decision')
    await comes('failed')
    await comes('failed')
    at('2026-03-29T04:59:00Z')
    await look()
    expect(await digests(db)).toEqual([])
    at('2026-03-29T05:00:00Z')
    await look()
    await look()
    expect(await digests(db)).toEqual(['☀️ While it was quiet: 1 decision, 2 failures. Nothing waits for you.'])
  })

  it('a night in which nothing happened is not worth a word', async () => {
    const db = await open()
    const { context, personId, at } = await phone(db)
    await db.tx((tx) => setQuiet(tx, { personId, from: 22 * 60, to: 7 * 60, zone: 'UTC' }))
    at('2026-01-01T23:00:00Z')
    await watchQuiet(context)
    at('2026-01-02T08:00:00Z')
    await watchQuiet(context)
    expect(await digests(db)).toEqual([])
  })
})
