/** What programs are answered about what a task printed; the phone is driven in `test/e2e/logs.test.ts`. */
import { expect, it } from 'vitest'
import { endStep, insertLog, startStep, type Store } from '#db'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

async function room(db: Store) {
  const { tasks, ask } = await openMoneyRoom(db, 1)
  const [at] = tasks
  if (at === undefined) throw new Error('no task')
  const taskId = at.claim.task.id
  const ran = async (
    callId: string,
    command: string,
    output: string | undefined,
    tool = 'run_command',
    state: 'finished' | 'denied' = 'finished',
  ) => {
    await db.tx((tx) => startStep(tx, { taskId, runId: at.run.id, callId, tool, input: { command }, guard: undefined }))
    if (output !== undefined) await db.tx((tx) => endStep(tx, { taskId, callId, state, output }))
  }
  const log = (input: object = {}) => ask('show_log', { task: 1, ...input }, 'viewer')
  return { taskId, ran, log }
}

describeEachStore('show_log', (open) => {
  it('answers the newest command, or the newest with these words: how it ended, and the end of what it printed', async () => {
    const db = await open()
    const { taskId, ran, log } = await room(db)
    const refusal = { code: 'not-found', say: 'No command of T1 has ended yet; it is running.' }
    await expect(log()).rejects.toMatchObject(refusal)
    await ran('a', 'npm test', 'exit code 1\none\n… 9 bytes left out …\nfour')
    await insertLog(db, { taskId, callId: 'a', text: 'one\ntwo\nthree\nfour\n', printed: 19 })
    await ran('b', 'ls src', 'exit code 0')
    await ran('c', 'npm publish', 'The person did not allow this command.', 'run_command', 'denied')
    await ran('d', 'sleep 9', undefined)
    const none = { task: 1, command: 'ls src', tests: false, end: 'exit code 0', printed: null, lines: 0, text: '', cut: false }
    expect(await log()).toEqual(none)
    const test = { task: 1, command: 'npm test', tests: false, end: 'exit code 1', printed: 19, lines: 4 }
    expect(await log({ of: 'NPM' })).toEqual({ ...test, text: 'one\ntwo\nthree\nfour', cut: false })
    expect(await log({ of: 'npm', lines: 2 })).toEqual({ ...test, text: 'three\nfour', cut: true })
    await expect(log({ of: 'publish' })).rejects.toMatchObject({
      code: 'not-found',
      say: 'No command of T1 holds “publish”. It ran, newest first: “ls src”, “npm test”.',
    })
    await insertLog(db, { taskId, callId: 'd', text: 'so far', printed: 6 })
    expect(await log()).toMatchObject({ command: 'sleep 9', end: null, text: 'so far' })
  })

  it('no half of a key is left where a command is cut', async () => {
    const db = await open()
    const { ran, log } = await room(db)
    const key = `ghp_${'aZ3kQ9xW'.repeat(5).slice(0, 36)}`
    await ran('a', `echo ${'x'.repeat(175)} ${key}`, 'exit code 0')
    expect(await log()).toMatchObject({ command: expect.not.stringContaining('aZ3k') })
  })

  it('believes no engine of its own about how a command ended', async () => {
    const db = await open()
    const { ran, log } = await room(db)
    await ran('a', 'make', 'exit code 0\nbroken', 'Bash')
    expect(await log()).toMatchObject({ end: null, text: 'exit code 0\nbroken', lines: 2 })
  })
})
