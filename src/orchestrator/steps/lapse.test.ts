/** Nobody answers: what becomes of it, on simulated time. Nothing is ever allowed by that. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApprovalId, plain, type AwayWay } from '#core'
import { approvalById, pendingApprovals, pendingQuestion, taskById, type Db } from '#db'
import { renderCard } from '#orchestrator'
import { startModelServer, type ModelServer, type Script } from '#simulator'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { asks, calls, heard, runs, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'
import type { Machinery } from '../machinery.ts'
import { lapseAsked } from './lapse.ts'

const open: { server: ModelServer; folder: string }[] = []
afterEach(async () => {
  for (const { server, folder } of open.splice(0)) {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

const MINUTE = 60_000

async function deskFor(db: Db, script: Script, away?: { way: AwayWay; minutes: number }) {
  const room = await openMoneyRoom(db, 1)
  const task = room.tasks[0]?.claim.task
  if (task === undefined) throw new Error('no task')
  const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
  await giveFolder(db, task, folder)
  const server = await startModelServer({ script })
  open.push({ server, folder })
  const bare = machineryFor(db, { url: server.url })
  const ran: string[] = []
  const run: Machinery['sandbox']['run'] = ({ command: line }) => {
    ran.push(String(line))
    return Promise.resolve({ exitCode: 0, signal: null, endedBy: null, stdout: 'ran', stderr: '', truncated: false, ms: 1 })
  }
  const m: Machinery = { ...bare, git: { ...bare.git, mounts: () => ({ writable: [], readable: [] }) }, sandbox: { ...bare.sandbox, run } }
  await db.run(`update task set plan = '[]'::jsonb`)
  if (away !== undefined) await room.ask('set_away', { task: 1, ...away })
  /** Looks as a Lugh would so many minutes from now. */
  const later = (minutes: number): Promise<void> => lapseAsked({ db, clock: { ...m.clock, now: () => new Date(Date.now() + minutes * MINUTE) } })
  const told = async (): Promise<string[]> =>
    (await db.rows(z.object({ text: z.string() }), `select body::text as text from outbox where key like 'lapsed:%' order by id`)).map(
      ({ text }) => text,
    )
  const state = async (): Promise<string | undefined> => (await taskById(db, task.id))?.state
  return {
    room,
    m,
    ran,
    id: task.id,
    work: () => workOnce(m, task.id),
    later,
    told,
    state,
    last: () => JSON.stringify(server.requests.at(-1)?.request),
  }
}

const question: Script = {
  name: 'question',
  match: () => true,
  turns: (seen) => {
    if (heard(seen).includes('The person answers now')) return says('Heard late.')
    if (seen.calls.length === 0) return calls({ name: 'ask_person', input: { text: 'Which colour?', options: ['Red', 'Blue'], safe: 'Blue' } })
    return says('Done.')
  },
}
const unsafe: Script = {
  name: 'unsafe',
  match: () => true,
  turns: ({ turn }) => (turn === 0 ? calls(asks('Which colour?', ['Red', 'Blue'])) : says('Done.')),
}
const command: Script = {
  name: 'command',
  match: () => true,
  turns: (seen) => {
    const last = seen.calls.at(-1)?.output ?? ''
    if (seen.calls.length === 0 || heard(seen).includes('the person allows it now'))
      return seen.calls.length > 1 ? says(`Ran: ${last}`) : calls(runs('touch asked.txt'))
    return says('Went on.')
  },
}

describeEachStore('when nobody answers', (store) => {
  it('parks and says so once, and the answer that comes a day later is taken as ever', async () => {
    const db = await store()
    const desk = await deskFor(db, question)
    expect((await desk.work()).state).toBe('waiting')
    await desk.later(11 * 60)
    expect(await desk.told()).toEqual([])
    for (const hours of [12, 13, 48]) await desk.later(hours * 60)
    expect(await desk.told()).toEqual([expect.stringContaining('Nobody has answered T1 for 12 h. It is set aside')])
    expect(await desk.state()).toBe('waiting')
    const asked = await pendingQuestion(db, desk.id)
    await desk.room.ask('answer_question', { question: asked?.id, answer: 'Red' })
    expect((await desk.work()).summary).toBe('Done.')
    expect(desk.last()).toContain('The person answered: Red')
  })

  it('takes the option its agent named as safe, and says that nobody answered', async () => {
    const db = await store()
    const desk = await deskFor(db, question, { way: 'safe', minutes: 120 })
    await desk.work()
    const asked = await pendingQuestion(db, desk.id)
    await desk.later(119)
    expect(await desk.state()).toBe('waiting')
    await desk.later(121)
    expect(await desk.state()).toBe('queued')
    expect(await desk.told()).toEqual([expect.stringContaining('It goes on with “Blue”')])
    const card = await renderCard(db, desk.m.facts, 'question', asked?.id ?? '')
    expect([plain(card?.text ?? ''), card?.buttons]).toEqual([expect.stringContaining('✓ “Blue” because nobody answered'), []])
    await desk.work()
    expect(desk.last()).toContain('Nobody answered, so what you named as safe was taken: Blue')
    await expect(desk.room.ask('answer_question', { question: asked?.id, answer: 'Red' })).rejects.toThrow(/already answered/)
  })

  it('waits where no option was named as safe', async () => {
    const db = await store()
    const desk = await deskFor(db, unsafe, { way: 'safe', minutes: 5 })
    await desk.work()
    await desk.later(6)
    expect([await desk.state(), await desk.told()]).toEqual(['waiting', [expect.stringContaining('It named no answer as safe')]])
  })

  it('denies a command, never allows it, and the card says why', async () => {
    const db = await store()
    const desk = await deskFor(db, command, { way: 'safe', minutes: 5 })
    await desk.work()
    const [approval] = await pendingApprovals(db)
    await desk.later(6)
    const card = await renderCard(db, desk.m.facts, 'approval', approval?.id ?? '')
    expect(plain(card?.text ?? '')).toContain('❌ Denied because nobody answered')
    expect((await desk.work()).summary).toBe('Went on.')
    expect(desk.last()).toContain('The person did not allow this command')
  })

  it.each(['park', 'safe', 'on'] as const)('never allows anything (%s)', async (way) => {
    const db = await store()
    const desk = await deskFor(db, command, { way, minutes: 1 })
    await desk.work()
    const [approval] = await pendingApprovals(db)
    for (const minutes of [2, 600, 60_000]) await desk.later(minutes)
    const now = await approvalById(db, ApprovalId.parse(approval?.id))
    expect([now?.state, now?.decidedBy]).toEqual([way === 'safe' ? 'denied' : 'pending', null])
    const allowed = await db.rows(z.object({ kind: z.string() }), `select kind from event where kind in ('grant.given', 'approval.decided')`)
    expect(allowed).toEqual([])
  })

  it('goes on with what does not need the answer, which it hears when it comes', async () => {
    const db = await store()
    const desk = await deskFor(db, question, { way: 'on', minutes: 30 })
    await desk.work()
    const asked = await pendingQuestion(db, desk.id)
    await desk.later(31)
    expect(await desk.state()).toBe('queued')
    await db.run(`update task set state = 'running' where id = $1::uuid`, [desk.id])
    await desk.room.ask('answer_question', { question: asked?.id, answer: 'Red' })
    expect((await desk.work()).summary).toBe('Heard late.')
    expect(desk.last()).toContain('You went on without an answer to “Which colour?”. The person answers now: Red')
  })

  it('a command that is allowed late counts for the next time it is asked for, once', async () => {
    const db = await store()
    const desk = await deskFor(db, command, { way: 'on', minutes: 30 })
    await desk.work()
    const [approval] = await pendingApprovals(db)
    await desk.later(31)
    expect((await desk.work()).summary).toBe('Went on.')
    expect(desk.last()).toContain('Nobody has answered yet, so this was not done')
    const card = await renderCard(db, desk.m.facts, 'approval', approval?.id ?? '')
    expect([plain(card?.text ?? ''), card?.buttons.flat().map(({ label }) => label)]).toEqual([
      expect.stringContaining('⏳ Nobody answered, so the agent went on'),
      expect.arrayContaining(['✅ Allow once', '❌ Deny']),
    ])
    await db.run(`update task set state = 'running' where id = $1::uuid`, [desk.id])
    await desk.room.ask('decide_approval', { approval: approval?.id, digest: approval?.digest, decision: 'allow' })
    await desk.work()
    expect(desk.last()).toContain('the person allows it now')
    expect([await pendingApprovals(db), desk.ran]).toEqual([[], ['touch asked.txt']])
  })
})
