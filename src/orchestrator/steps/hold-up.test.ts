/** A task that does too much, or nothing new, waits for a person; it goes on where it was when they say so. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pendingQuestion, taskById, transcript, type Db } from '#db'
import { call, startModelServer, type ModelServer, type Script } from '#simulator'
import { afterEach, expect, it } from 'vitest'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { calls, heard, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'
import type { Facts } from '../capability.ts'

const open: { server: ModelServer; folder: string }[] = []
afterEach(async () => {
  for (const { server, folder } of open.splice(0)) {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

async function deskFor(db: Db, script: Script, caps: Facts['caps']) {
  const room = await openMoneyRoom(db, 1)
  const task = room.tasks[0]?.claim.task
  if (task === undefined) throw new Error('no task')
  const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
  await giveFolder(db, task, folder)
  const server = await startModelServer({ script })
  open.push({ server, folder })
  const made = machineryFor(db, { url: server.url })
  const m = { ...made, facts: { ...made.facts, ...(caps === undefined ? {} : { caps }) } }
  return { room, id: task.id, work: () => workOnce(m, task.id), asked: () => server.requests.length }
}

/** Lists once and once more, each time something else, until it has done so `until` times. */
const busy = (until: number): Script => ({
  name: 'busy',
  match: () => true,
  turns: ({ turn }) => (turn < until ? calls(call('list_files', { depth: (turn % 9) + 1 })) : says('Done.')),
})
/** Lists the same until it hears a word of a person. */
const stuck: Script = {
  name: 'stuck',
  match: () => true,
  turns: (conversation) => (heard(conversation).includes('Use the other door') ? says('I took the other door.') : calls(call('list_files', {}))),
}

describeEachStore('a task', (store) => {
  it('pauses at its cap of turns, counted on after a kill, and has as many again after Resume', async () => {
    const db = await store()
    const desk = await deskFor(db, busy(9), { turns: 4 })
    await db.run(`update task set plan = '[]'::jsonb`)
    expect(await desk.work()).toMatchObject({ state: 'paused', reason: 'it has taken 4 turns; ▶️ Resume lets it go on' })
    // As if its process had died after two turns of the next stretch: the two count on in the run that follows.
    expect(await desk.room.ask('resume_task', { task: 1 })).toMatchObject({ task: 1 })
    await db.run(`insert into run (id, task_id, attempt, engine, model, fence, state, turns, since_attempt)
      select gen_random_uuid(), task_id, max(attempt) + 1, 'anthropic', 'scripted', 0, 'running', 2, max(attempt) + 1 from run group by task_id`)
    expect((await desk.work()).state).toBe('paused')
    expect(desk.asked()).toBe(6)
    expect((await desk.work()).state).toBe('proposing')
  })

  it.each<[string, Facts['caps'], string]>([
    ['tokens', { tokens: 10 }, 'it has used'],
    ['time', { ms: 1 }, 'it has worked for'],
  ])('pauses at its cap of %s', async (_what, caps, words) => {
    const desk = await deskFor(await store(), busy(9), caps)
    expect(await desk.work()).toMatchObject({ state: 'paused', reason: expect.stringContaining(words) })
    expect(desk.asked()).toBe(1)
  })

  it('that goes in circles is told so, then a person is asked, and their answer is what it hears next', async () => {
    const db = await store()
    const desk = await deskFor(db, stuck, undefined)
    expect(await desk.work()).toMatchObject({ state: 'waiting', reason: expect.stringContaining('the same thing (list_files) 3 times over') })
    expect(desk.asked()).toBe(6)
    const question = await pendingQuestion(db, desk.id)
    expect(question?.text).toMatch(/^T1 does not get on: .* What shall it do\?$/)
    await desk.room.ask('answer_question', { question: question?.id, answer: 'Use the other door' })
    expect((await taskById(db, desk.id))?.state).toBe('queued')
    expect(await desk.work()).toMatchObject({ state: 'proposing', summary: 'I took the other door.' })
    expect(desk.asked()).toBe(7)
    const words = (await transcript(db, desk.id)).flatMap(({ content }) => JSON.stringify(content))
    expect(words.filter((text) => text.includes('You are going in circles'))).toHaveLength(1)
  })
})
