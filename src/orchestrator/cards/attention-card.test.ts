import { expect, it } from 'vitest'
import { z } from 'zod'
import { BotId, PersonId, ProjectId, RunId, TaskId, TelegramChatId, TelegramUserId, plain, randomIds, systemClock, ConversationId } from '#core'
import {
  approvalOfCall,
  conversationAt,
  insertProject,
  insertRun,
  insertTask,
  moveTaskRow,
  savePerson,
  takeDueSnoozes,
  waitingFor,
  type Store,
} from '#db'
import { FACTS, NO_GIT } from '../../../test/support/no-git.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { verdictOn } from '../ask-approval.ts'
import { callCapability } from '../call-capability.ts'
import type { Caller, Capability } from '../capability.ts'
import { capabilityByName } from '../registry.ts'
import { renderCard } from '../render-card.ts'

const place = { botId: BotId.parse(7), chatId: TelegramChatId.parse(1), threadId: 0 }

async function room(db: Store) {
  const projectId = ProjectId.parse(randomIds.uuid())
  const person = await savePerson(db, { id: randomIds.uuid(), telegramUserId: TelegramUserId.parse(1), name: 'Ada', role: 'owner' })
  const personId = PersonId.parse(person?.id)
  await db.tx((tx) =>
    insertProject(tx, { id: projectId, home: 'test', name: 'shop', kind: 'path', location: '/shop', sample: false, conversationId: null }),
  )
  const conversationId = ConversationId.parse((await conversationAt(db, { ...place, id: randomIds.uuid() }))?.id)
  const caller: Caller = {
    personId,
    role: 'owner',
    name: 'Ada',
    door: 'telegram',
    conversation: { ...place, id: conversationId, projectId },
    callKey: 'k',
  }
  const does = (name: string, input: object): Promise<unknown> => {
    const capability: Capability | undefined = capabilityByName(name)
    if (capability === undefined) throw new Error(name)
    return db.tx((tx) => callCapability(capability, { tx, caller, clock: systemClock, ids: randomIds, facts: FACTS, git: NO_GIT }, input))
  }
  /** A task that waits for leave to run a command. */
  const asks = async (number: number, command: string) => {
    const id = TaskId.parse(randomIds.uuid())
    const runId = RunId.parse(randomIds.uuid())
    await db.tx(async (tx) => {
      const base = { projectId, agentId: null, conversationId, personId, title: `Task ${number}`, wish: 'w', mode: null, replyToMessageId: null }
      const task = await insertTask(tx, { ...base, id, number, branch: `lugh/t${number}`, callKey: id })
      await insertRun(tx, { id: runId, taskId: id, agentId: null, engine: 'none', model: 'none', fence: 1 })
      if (task === undefined) throw new Error('no task')
      const asking = { callId: 'c', runId, action: { tool: 'run_command', command, cwd: '/w' }, why: 'why', risk: 'r', binding: {} } as const
      await verdictOn({ ids: randomIds }, tx, task, asking)
      await moveTaskRow(tx, { id, from: ['queued'], to: 'waiting', reason: null, release: true, ended: false })
    })
    return approvalOfCall(db, id, 'c')
  }
  return { does, asks }
}

/** The one attention card there is. */
async function card(db: Store): Promise<{ text: string; labels: string[]; next: object }> {
  const row = await db.row(z.object({ id: z.string() }), 'select id from attention order by created_at desc limit 1')
  const content = await renderCard(db, FACTS, 'attention', row?.id ?? '')
  const buttons = content?.buttons.flat() ?? []
  return { text: plain(content?.text ?? ''), labels: buttons.map(({ label }) => label), next: { attention: row?.id } }
}

describeEachStore('/inbox', (open) => {
  it('says what waits, the oldest first, and steps through it with each thing’s own buttons', async () => {
    const db = await open()
    const { does, asks } = await room(db)
    await does('show_inbox', {})
    expect(await card(db)).toMatchObject({ text: '0 need you · 0 running · $0.00 today\nNothing waits for you.', labels: [] })
    const first = await asks(1, 'make one')
    await asks(2, 'make two')
    const all = await card(db)
    expect(all.text).toMatch(
      /^2 need you · 0 running · \$0\.00 today\n🟠 Run command · T1 Task 1 · shop · since \d\d:\d\d UTC\n🟠 Run command · T2 Task 2 · shop · since \d\d:\d\d UTC$/,
    )
    expect(all.labels).toEqual(['Next ▶'])
    expect(await does('next_waiting', all.next)).toEqual({ shown: 1, of: 2 })
    const one = await card(db)
    expect(one.text).toContain('1 of 2\n\n🟠 Run command · shop · T1\nmake one')
    expect(one.labels).toEqual(expect.arrayContaining(['✅ Allow once', '❌ Deny', 'Next ▶']))
    await does('decide_approval', { approval: first?.id, digest: first?.digest, decision: 'deny' })
    expect((await card(db)).text).toMatch(/^1 needs you .*\n🟠 Run command · T2/u)
    await does('next_waiting', all.next)
    expect((await card(db)).text).toContain('1 of 1\n\n🟠 Run command · shop · T2\nmake two')
  })

  it('later puts a thing last and asks again, once; what was decided meanwhile is not asked about', async () => {
    const db = await open()
    const { does, asks } = await room(db)
    const first = await asks(1, 'make one')
    await asks(2, 'make two')
    await does('put_off', { kind: 'approval', subject: first?.id })
    expect((await waitingFor(db)).map(({ task, later }) => ({ task, later }))).toEqual([
      { task: 2, later: false },
      { task: 1, later: true },
    ])
    expect(await db.tx((tx) => takeDueSnoozes(tx))).toEqual([])
    await db.run(`update snooze set until = now() - interval '1 second'`)
    expect((await db.tx((tx) => takeDueSnoozes(tx))).map(({ subjectId }) => subjectId)).toEqual([first?.id])
    expect(await db.tx((tx) => takeDueSnoozes(tx))).toEqual([])
    await does('decide_approval', { approval: first?.id, digest: first?.digest, decision: 'deny' })
    await expect(does('put_off', { kind: 'approval', subject: first?.id })).rejects.toThrow('waits for nobody any more')
  })

  it('the newest card of a chat is pinned, and the one before it no more', async () => {
    const db = await open()
    const { does } = await room(db)
    await does('show_inbox', {})
    await db.run(`update card set message_id = 77 where kind = 'attention'`)
    await does('show_inbox', {})
    const pins = await db.rows(z.object({ body: z.unknown() }), `select body from outbox where kind = 'pin' order by id`)
    expect(pins.map(({ body }) => body)).toEqual([{ unpin: [] }, { unpin: [77] }])
  })
})
