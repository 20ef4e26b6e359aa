import { expect, it } from 'vitest'
import { BotId, ConversationId, PersonId, ProjectId, TaskId, TelegramChatId, TelegramUserId, plain, randomIds, systemClock } from '#core'
import { conversationAt, enqueueDocument, insertProject, insertSteer, insertTask, savePerson, searchRows, type Store } from '#db'
import { z } from 'zod'
import { FACTS, NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { callCapability } from '../call-capability.ts'
import type { Caller } from '../capability.ts'
import { renderCard } from '../render-card.ts'
import { search } from './search.ts'

const place = { botId: BotId.parse(7), chatId: TelegramChatId.parse(1), threadId: 0 }

async function room(db: Store) {
  const projectId = ProjectId.parse(randomIds.uuid())
  const personId = PersonId.parse(
    (await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'viewer' }))?.id,
  )
  await db.tx((tx) =>
    insertProject(tx, { id: projectId, home: 'test', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null }),
  )
  const conversation = { ...place, id: ConversationId.parse((await conversationAt(db, { ...place, id: randomIds.uuid() }))?.id), projectId }
  const task = async (number: number, wish: string): Promise<TaskId> => {
    const id = TaskId.parse(randomIds.uuid())
    const base = { projectId, agentId: null, conversationId: null, personId, title: wish.slice(0, 20), wish, mode: null, replyToMessageId: null }
    await db.tx((tx) => insertTask(tx, { ...base, id, number, branch: `lugh/t${number}`, callKey: id }))
    return id
  }
  /** The card of a search, as it is drawn. */
  const finds = async (words: string, page?: number): Promise<{ text: string; keys: string[] }> => {
    const caller: Caller = { personId, role: 'viewer', name: 'Ada', door: 'telegram', conversation, callKey: randomIds.uuid() }
    const act = { caller, clock: systemClock, ids: randomIds, facts: FACTS, git: NO_GIT }
    await db.tx((tx) => callCapability(search, { tx, ...act }, { words, ...(page === undefined ? {} : { page }) }))
    const subject = await db.row(
      z.object({ id: z.string() }),
      `select subject_id as id from card where kind = 'search' order by created_at desc limit 1`,
    )
    const content = await renderCard(db, FACTS, 'search', subject?.id ?? '')
    return { text: plain(content?.text ?? ''), keys: content?.buttons.flat().map(({ label }) => label) ?? [] }
  }
  return { task, finds, personId }
}

describeEachStore('/search', (open) => {
  it('finds a wish, words to an agent and lines of a diff, and leads to the task', async () => {
    const db = await open()
    const { task, finds, personId } = await room(db)
    const first = await task(1, 'Add a dark mode to the settings page')
    const second = await task(2, 'Round the cart total')
    await db.tx(async (tx) => {
      await insertSteer(tx, { taskId: second, personId, text: 'keep the dark colours' })
      await enqueueDocument(tx, { ...place, key: 'd', taskId: first, filename: 'x.diff', text: '+const zebra = 1\nquagga' })
    })
    expect((await searchRows(db, 'dark', { limit: 9, offset: 0 })).map(({ kind, task: number }) => `${kind} T${number}`).toSorted()).toEqual([
      'said T2',
      'task T1',
    ])
    expect((await searchRows(db, 'quagga', { limit: 9, offset: 0 })).map(({ kind }) => kind)).toEqual(['shown'])
    const found = await finds('zebra')
    expect(found.text).toMatch(/^🔎 zebra\n\nT1 Add a dark mode to t.* · shop\nshown here, \d{4}-\d\d-\d\d: .*const zebra = 1/u)
    expect(found.keys).toEqual(['T1'])
    const said = [{ type: 'text', text: 'The page follows the dusk of the phone.' }]
    await db.tx((tx) =>
      tx.run(`insert into message (task_id, seq, role, content) values ($1::uuid, 1, 'assistant', $2::jsonb)`, [first, JSON.stringify(said)]),
    )
    expect((await finds('dusk')).text).toMatch(/the agent’s work, \d{4}-\d\d-\d\d: The page follows the dusk of the phone\.?$/u)
    expect((await finds('nothing like it')).text).toBe('Nothing was found for “nothing like it”.')
  })

  it('pages, newest first, and takes any odd words for words', async () => {
    const db = await open()
    const { task, finds } = await room(db)
    for (let n = 1; n <= 7; n += 1) await task(n, `Paint wall ${n}`)
    expect((await finds('wall')).keys).toEqual(['T7', 'T6', 'T5', 'T4', 'T3', 'Next ▶'])
    expect((await finds('wall', 2)).keys).toEqual(['T2', 'T1'])
    await expect(finds('wall', 3)).rejects.toThrow('nothing more')
    for (const odd of ["'; drop table task; --", '"unclosed', '!!! & | ( <->', '%', '👍', '\\n']) await finds(odd)
    expect((await finds('"wall 3"')).keys).toEqual(['T3'])
  })

  it('a text of very many different words is kept all the same', async () => {
    const db = await open()
    const { task } = await room(db)
    const id = await task(1, 'x')
    const text = Array.from({ length: 300_000 }, (_, n) => `w${n}`).join(' ')
    await db.tx((tx) => enqueueDocument(tx, { ...place, key: 'big', taskId: id, filename: 'x.txt', text }))
    expect(await searchRows(db, 'w7', { limit: 5, offset: 0 })).toHaveLength(1)
  })
})
