/** What lasts longer than a request is worth no more than its token, and no longer: connections on the socket, waits, batches. */
import { duplexPair } from 'node:stream'
import { taskByNumber } from '#db'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { modern, openMcpRoom, type McpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

/** A program on the socket. */
function connect(room: McpRoom, secret: string) {
  const [ours, theirs] = duplexPair()
  const over = room.mcp.serve(theirs, `Bearer ${secret}`)
  const heard = { text: '' }
  ours.setEncoding('utf8').on('data', (piece: string) => {
    heard.text += piece
  })
  ours.on('error', () => undefined)
  const say = (message: object): unknown => ours.write(`${JSON.stringify(message)}\n`)
  const list = (id: number): unknown => say({ ...modern('tools/list').body, id })
  const told = async (words: string): Promise<void> => {
    await expect.poll(() => heard.text).toContain(words)
  }
  return { over, heard, say, list, told, end: () => ours.end() }
}

describeEachStore('what outlives a request', (open) => {
  it('a connection on the socket ends with its token, and does nothing more for it', async () => {
    const room = await openMcpRoom(await open())
    const one = connect(room, await room.token(['read', 'request'], { name: 'laptop' }))
    one.list(1)
    await one.told('"id":1')
    await room.ask('revoke_token', { name: 'laptop' })
    one.list(2)
    await one.over
    expect(one.heard.text).toContain('"id":null,"error":{"code":-32000,"message":"That token is not known, was revoked or has expired.')
    expect(one.heard.text).not.toContain('"id":2')
    await room.mcp.close()
  })

  it('a connection on the socket calls no more often than its token may', async () => {
    const room = await openMcpRoom(await open())
    const one = connect(room, await room.token(['read'], { per_minute: 3 }))
    for (const id of [1, 2, 3, 4, 5]) one.list(id)
    await one.told('"id":5')
    expect(one.heard.text.match(/Too many calls: this token has 3 a minute/gu)).toHaveLength(2)
    one.end()
    await one.over
    await room.mcp.close()
  })

  it('a wait whose token is revoked meanwhile hears no more of its task', async () => {
    const room = await openMcpRoom(await open(), 1)
    const secret = await room.token(['read'], { name: 'laptop' })
    const waiting = room.call(secret, 'wait_for_task', { task: 1, timeout_seconds: 30 })
    await room.call(secret, 'get_task', { task: 1 })
    await room.ask('revoke_token', { name: 'laptop' })
    await room.askApproval(1, 'npm run secret')
    const { isError, content, structuredContent } = await waiting
    expect([isError, structuredContent, content?.[0]?.text]).toEqual([true, undefined, 'not-allowed: This token was revoked or has expired.'])
    await room.mcp.close()
  })

  it('a batch counts as the calls it holds', async () => {
    const room = await openMcpRoom(await open())
    const { send, headers } = await room.older(await room.token(['read'], { per_minute: 5 }))
    const batch = Array.from({ length: 5 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/list' }))
    const status = async (body: object): Promise<number> => (await room.post(body, headers)).status
    const single = async (): Promise<number> => (await send({ id: 9, method: 'tools/list' })).status
    // One was spent to begin, and one to be refused.
    expect([await status(batch), await status(batch.slice(0, 2)), await single(), await single()]).toEqual([429, 200, 200, 429])
    await room.mcp.close()
  })

  it('a wait that its client takes back is over at once, on the socket and over HTTP, and its task goes on', async () => {
    const room = await openMcpRoom(await open(), 1)
    const secret = await room.token(['read'])
    const wait = modern('tools/call', { name: 'wait_for_task', arguments: { task: 1, timeout_seconds: 600 } })
    const ended = async (): Promise<number> => {
      const Row = z.object({ n: z.number() })
      const sql = `select count(*)::integer as n from event where kind = 'mcp.called' and data->>'tool' = 'wait_for_task' and data->>'outcome' = 'ok'`
      return (await room.db.row(Row, sql))?.n ?? 0
    }
    const one = connect(room, secret)
    one.say({ ...wait.body, id: 7 })
    one.list(8)
    await one.told('"id":8')
    expect(await ended()).toBe(0)
    one.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7, _meta: wait.body.params._meta } })
    await expect.poll(ended).toBe(1)
    expect(one.heard.text).not.toContain('"id":7')
    one.end()
    await one.over

    const gone = new AbortController()
    const lost = room.post(wait.body, { authorization: `Bearer ${secret}`, ...wait.headers }, gone.signal).then(
      (answer) => answer.text(),
      () => 'lost',
    )
    await room.call(secret, 'list_tasks')
    gone.abort()
    await expect.poll(ended).toBe(2)
    await lost
    expect(await taskByNumber(room.db, 1)).toMatchObject({ state: 'running' })
    await room.mcp.close()
  })
})
