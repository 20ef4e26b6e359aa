/** What is told of an agent's words while they come: whole words, without keys, and that they are over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDrafts, redactKeys } from '#core'
import { startModelServer } from '#simulator'
import { expect, it } from 'vitest'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { play, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'

const KEY = `sk-ant-api03-${'Ab1'.repeat(30)}`

describeEachStore('words of an agent', (store) => {
  it('are told while they come, never a key or a piece of one, and at last that they are over', async () => {
    const db = await store()
    const room = await openMoneyRoom(db, 1)
    const task = room.tasks[0]?.claim.task
    if (task === undefined) throw new Error('no task')
    const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
    await giveFolder(db, task, folder)
    const server = await startModelServer({ script: play('', says(`I found ${KEY} in the file, and I have taken it out.`)) })
    const drafts = createDrafts()
    const told: (string | undefined)[] = []
    drafts.listen(({ task: number, text }) => told.push(text === undefined ? undefined : `T${number} ${text}`))
    try {
      await workOnce(machineryFor(db, { url: server.url, more: { drafts, redact: redactKeys } }), task.id)
    } finally {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    }
    expect(told.at(-1)).toBeUndefined()
    expect(told.some((text) => text?.includes('in the file, and I have') === true)).toBe(true)
    expect(told.filter((text) => text?.includes('sk-ant'))).toEqual([])
  })
})
