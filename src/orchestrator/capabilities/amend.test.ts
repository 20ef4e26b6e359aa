import { expect, it } from 'vitest'
import { ConversationId, BotId, PersonId, ProjectId, TelegramChatId, TelegramUserId, LughError, randomIds, systemClock } from '#core'
import { conversationAt, finishAdding, insertProject, openSteers, savePerson, takeSteers, taskByNumber, type Store } from '#db'
import { FACTS, NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { callCapability } from '../call-capability.ts'
import type { Caller, Capability } from '../capability.ts'
import { amend } from './amend.ts'
import { assignTask } from './assign-task.ts'
import { steerTask } from './steer-task.ts'

const place = { botId: BotId.parse(7), chatId: TelegramChatId.parse(1), threadId: 0 }

/** A project, and somebody who writes messages by number. */
async function desk(db: Store): Promise<(capability: Capability, messageId: number, input: object) => Promise<unknown>> {
  const projectId = ProjectId.parse(randomIds.uuid())
  const person = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' })
  await db.tx(async (tx) => {
    const made = await insertProject(tx, {
      id: projectId,
      home: 'test',
      name: 'shop',
      kind: 'path',
      location: '/shop',
      sample: false,
      conversationId: null,
    })
    await finishAdding(tx, { id: projectId, fence: made?.fence ?? 0, state: 'ready', failure: null, targetBranch: 'main' })
  })
  const here = await conversationAt(db, { ...place, id: randomIds.uuid() })
  const conversation = { ...place, id: ConversationId.parse(here?.id), projectId }
  return (capability, messageId, input) => {
    const who = { personId: PersonId.parse(person?.id), role: 'owner', name: 'Ada', door: 'telegram' } as const
    const caller: Caller = { ...who, conversation, messageId, callKey: randomIds.uuid() }
    return db.tx((tx) => callCapability(capability, { tx, caller, clock: systemClock, ids: randomIds, facts: FACTS, git: NO_GIT }, input))
  }
}

describeEachStore('an edited message', (open) => {
  it('changes a wish that nobody has begun with: words, title and branch; the same words change nothing', async () => {
    const db = await open()
    const does = await desk(db)
    await does(assignTask, 10, { wish: 'Add a dark mode' })
    expect(await does(amend, 10, { text: 'Add a dark mode' })).toEqual({ task: 1, became: 'same' })
    expect(await does(amend, 10, { text: '/new Add a light mode' })).toEqual({ task: 1, became: 'wish' })
    expect(await taskByNumber(db, 1)).toMatchObject({ wish: 'Add a light mode', title: 'Add a light mode', branch: 'lugh/t1-add-a-light-mode' })
    await expect(does(amend, 10, { text: ' ' })).rejects.toThrow(LughError)
  })

  it('of a task under way is told to its agent, once begun never rewritten', async () => {
    const db = await open()
    const does = await desk(db)
    await does(assignTask, 10, { wish: 'Add a dark mode' })
    await db.run(`update task set started_at = now(), state = 'running'`)
    expect(await does(amend, 10, { text: 'Add a light mode' })).toEqual({ task: 1, became: 'next-step' })
    const task = await taskByNumber(db, 1)
    expect(task?.wish).toBe('Add a dark mode')
    expect(task === undefined ? [] : (await openSteers(db, task.id)).map(({ text }) => text)).toEqual([
      'I have changed my wish. It now reads: Add a light mode',
    ])
  })

  it('of something said to an agent changes it until it is heard, and is a correction afterwards', async () => {
    const db = await open()
    const does = await desk(db)
    await does(assignTask, 10, { wish: 'Add a dark mode' })
    await does(steerTask, 11, { task: 1, text: 'use red' })
    const task = await taskByNumber(db, 1)
    if (task === undefined) throw new Error('no task')
    const said = async (): Promise<string[]> => (await openSteers(db, task.id)).map(({ text }) => text)
    expect(await does(amend, 11, { text: 'use blue' })).toEqual({ task: 1, became: 'words' })
    expect(await said()).toEqual(['use blue'])
    await db.tx(async (tx) => takeSteers(tx, task.id, (await openSteers(tx, task.id))[0]?.id ?? 0, 1))
    expect(await does(amend, 11, { text: 'use green' })).toEqual({ task: 1, became: 'next-step' })
    expect(await said()).toEqual(['I have changed what I told you before (“use blue”). It now reads: use green'])
  })

  it('of anything else, and of a task that is over, is answered with the way out', async () => {
    const db = await open()
    const does = await desk(db)
    await expect(does(amend, 99, { text: 'x' })).rejects.toThrow('I keep to what you sent first')
    await does(assignTask, 10, { wish: 'Add a dark mode' })
    await db.run(`update task set started_at = now(), state = 'merged'`)
    await expect(does(amend, 10, { text: 'Add a light mode' })).rejects.toThrow('T1 is merged; start a new task')
  })
})
