import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { SERVER_URL, serverAvailable, STORES, testHome } from './stores.ts'

for (const kind of STORES) {
  describe.skipIf(kind === 'server' && !serverAvailable)(`the leak check (${kind})`, () => {
    test('a test that leaves a listener behind fails, and the next one starts clean', async () => {
      const home = testHome(kind)
      const db = await home.fresh()
      const stop = await db.listen('c', () => undefined)
      await expect(home.settle()).rejects.toThrow('1 listener(s)')
      await stop().catch(() => undefined)
      await home.fresh()
      await expect(home.settle()).resolves.toBeUndefined()
      await home.end()
    })

    test('a test that leaves a transaction open fails', async () => {
      const home = testHome(kind)
      const db = await home.fresh()
      const gate = Promise.withResolvers<void>()
      const open = db.tx(() => gate.promise)
      await expect.poll(() => db.inUse().transactions).toBe(1)
      const settled = expect(home.settle()).rejects.toThrow('1 transaction(s)')
      gate.resolve()
      await open
      await settled
      await home.end()
    })
  })
}

test.skipIf(!serverAvailable)('a test that leaves a connection of its own to its database fails', async () => {
  const home = testHome('server')
  const db = await home.fresh()
  const url = new URL(SERVER_URL)
  url.pathname = `/${(await db.row(z.object({ name: z.string() }), 'select current_database() as name'))?.name}`
  const client = new Client({ connectionString: url.href, application_name: 'forgotten' })
  client.on('error', () => undefined)
  await client.connect()
  await expect(home.settle()).rejects.toThrow('1 connection(s) behind: forgotten')
  await client.end().catch(() => undefined)
  await home.end()
})
