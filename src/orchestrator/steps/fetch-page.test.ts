/** An agent that wants a page: its host is asked for like a command's, and what Lugh alone can reach is out of its reach. */
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertHostRule } from '#db'
import { randomIds } from '#core'
import { call, startModelServer } from '#simulator'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { openMoneyRoom } from '../../../test/support/money-room.ts'
import { calls, says } from '../../../test/support/plays.ts'
import { describeEachStore } from '../../../test/support/stores.ts'
import { giveFolder, machineryFor, workOnce } from '../../../test/support/work-room.ts'

const Request = z.object({ id: z.string(), host: z.string(), port: z.number(), digest: z.string(), command: z.string() })

describeEachStore('an agent that fetches', (store) => {
  it('waits for a person at a host nobody has allowed, hears the answer, and never comes to Lugh’s own network', async () => {
    const db = await store()
    const room = await openMoneyRoom(db, 1)
    const task = room.tasks[0]?.claim.task
    if (task === undefined) throw new Error('no task')
    const folder = mkdtempSync(join(tmpdir(), 'lugh-work-'))
    await giveFolder(db, task, folder)
    let reached = 0
    const inside = createServer((_request, response) => void response.end(String((reached += 1))))
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve))
    const address = inside.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const url = 'https://docs.invalid/guide?a=1'
    const script = {
      name: 'fetching',
      match: () => true,
      turns: ({ turn, now }: { turn: number; now: { calls: readonly { output: string }[] } }) => {
        if (turn === 0) return calls(call('fetch_url', { url: `http://127.0.0.1:${port}/` }), call('fetch_url', { url }))
        if (turn === 1) return calls(call('fetch_url', { url }))
        return says(now.calls.map(({ output }) => output).join('\n---\n'))
      },
    }
    const server = await startModelServer({ script })
    try {
      // What a person allowed a command behind the walls is not allowed to Lugh itself.
      await db.tx((tx) =>
        insertHostRule(tx, {
          id: randomIds.uuid(),
          projectId: room.projectId,
          taskId: null,
          onceFor: null,
          host: '127.0.0.1',
          port,
          private: true,
          by: room.personId,
          requestId: null,
          expiresAt: null,
        }),
      )
      const m = machineryFor(db, { url: server.url })
      expect((await workOnce(m, task.id)).state).toBe('waiting')
      const asked = await db.rows(Request, `select id, host, port, digest, command from host_request where state = 'pending'`)
      expect(asked).toEqual([{ id: expect.any(String), host: 'docs.invalid', port: 443, digest: expect.any(String), command: `fetch ${url}` }])
      await room.ask('decide_host', { request: asked[0]?.id, digest: asked[0]?.digest, decision: 'allow', scope: 'once' })
      const done = await workOnce(m, task.id)
      expect(done.state).toBe('proposing')
      const [own, first, second] = (done.summary ?? '').split('\n---\n')
      expect(own).toMatch(/^Not fetched: .* it lies in a private network/)
      expect(first).toMatch(/not among the hosts[\s\S]*The person allowed docs\.invalid for one more run/)
      expect(second).toMatch(/^Not fetched: .*there is no such name/)
      expect(reached).toBe(0)
    } finally {
      await server.close()
      await new Promise((resolve) => inside.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
