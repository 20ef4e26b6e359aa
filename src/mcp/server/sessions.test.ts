/** What clients of the older protocol are promised: a session that outlives Lugh, that nobody else can use, and a client that can be asked and told. */
import { duplexPair } from 'node:stream'
import { createMcp } from '#mcp'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { ENV_TOKEN, lastOf, messagesOf, modern, openMcpRoom } from '../../../test/support/mcp-room.ts'
import { describeEachStore } from '../../../test/support/stores.ts'

const LIST = { id: 1, method: 'tools/list' }
const FORMS = { elicitation: {} }

describeEachStore('a session of the older protocol', (open) => {
  it('is asked for, and is nobody’s but its token’s: none, guessed, stolen, ended and expired ones are refused', async () => {
    const room = await openMcpRoom(await open())
    const other = await room.token(['read', 'request'])
    const { headers, send } = await room.older(ENV_TOKEN)
    const status = async (more: Record<string, string>): Promise<number> =>
      (await room.post({ jsonrpc: '2.0', ...LIST }, { ...headers, ...more })).status
    expect((await send(LIST)).status).toBe(200)
    expect((await room.post({ jsonrpc: '2.0', ...LIST }, { authorization: headers.authorization })).status).toBe(400)
    expect(await status({ 'mcp-session-id': 'a-guess' })).toBe(404)
    expect(await status({ 'mcp-session-id': `${headers['mcp-session-id']}x` })).toBe(404)
    expect(await status({ authorization: `Bearer ${other}` })).toBe(404)
    expect(await status({ authorization: 'Bearer guess-guess-guess-guess' })).toBe(401)
    // Neither of the refusals ended it.
    expect((await send(LIST)).status).toBe(200)

    const second = await room.older(other)
    await room.db.run(`update mcp_session set used_at = now() - interval '8 days'`)
    const next = createMcp(room.options)
    expect([(await send(LIST, next)).status, (await second.send(LIST, next)).status]).toEqual([404, 404])

    const third = await room.older(ENV_TOKEN)
    const stop = new Request('http://127.0.0.1:3000/mcp', { method: 'DELETE', headers: { host: '127.0.0.1:3000', ...third.headers } })
    expect((await room.mcp.fetch(stop)).status).toBe(200)
    expect([(await third.send(LIST)).status, (await third.send(LIST, next)).status]).toEqual([404, 404])
    await next.close()
    await room.mcp.close()
  })

  it('goes on with the next Lugh as if nothing had been', async () => {
    const room = await openMcpRoom(await open(), 1)
    const secret = await room.token(['read', 'approve'])
    const { send } = await room.older(secret, FORMS)
    await room.mcp.close()

    const next = createMcp(room.options)
    await room.askApproval(1)
    // What the client can do is known again: it is asked.
    const waiting = await send({ id: 3, method: 'tools/call', params: { name: 'wait_for_task', arguments: { task: 1 } } }, next)
    const asked = await messagesOf(waiting).next()
    expect(asked.value).toMatchObject({ method: 'elicitation/create', params: { message: expect.stringContaining('npm test') } })
    await next.close()
  })

  it('asks the person in front of the client, and carries out what they say, once', async () => {
    const room = await openMcpRoom(await open(), 2)
    const secret = await room.token(['read', 'approve'])
    const { send } = await room.older(secret, FORMS)
    const wait = { id: 3, method: 'tools/call', params: { name: 'wait_for_task', arguments: { task: 1, timeout_seconds: 1 } } }
    const { approval, digest } = await room.askApproval(1)
    const said = messagesOf(await send(wait))
    const asked = await said.next()
    expect(asked.value).toMatchObject({ method: 'elicitation/create', params: { requestedSchema: { required: ['decision'] } } })
    const answer = { id: asked.value?.['id'], result: { action: 'accept', content: { decision: 'deny' } } }
    expect((await send(answer)).status).toBe(202)
    expect(await answerOf(said)).toMatchObject({ id: 3, result: { structuredContent: { task: 1 } } })
    await expect(room.ask('decide_approval', { approval, digest, decision: 'allow' })).rejects.toThrow(/./u)
    expect(await decided(room)).toEqual(['denied'])

    // A token that may not decide is not asked, nor a client without forms, nor who says no to it.
    await room.askApproval(2)
    const quiet = { ...wait, params: { name: 'wait_for_task', arguments: { task: 2, ask_here: false } } }
    const plain = { ...wait, params: { name: 'wait_for_task', arguments: { task: 2 } } }
    const reader = await room.older(ENV_TOKEN, FORMS)
    const formless = await room.older(secret)
    for (const answered of [await reader.send(plain), await formless.send(plain), await send(quiet)])
      expect(await answerOf(messagesOf(answered))).toMatchObject({ result: { structuredContent: { done: true } } })
    await room.mcp.close()
  })

  it('is told when what it watches has moved, and nothing else', async () => {
    const room = await openMcpRoom(await open(), 2)
    const { headers, send } = await room.older(ENV_TOKEN)
    for (const uri of ['lugh://tasks/1', 'lugh://tasks/2']) await (await send({ id: 2, method: 'resources/subscribe', params: { uri } })).text()
    await (await send({ id: 3, method: 'resources/unsubscribe', params: { uri: 'lugh://tasks/2' } })).text()
    expect(lastOf(await (await send({ id: 4, method: 'resources/subscribe', params: { uri: 'lugh://tasks/99' } })).text())).toMatchObject({
      error: {},
    })
    const stream = await room.mcp.fetch(
      new Request('http://127.0.0.1:3000/mcp', { headers: { host: '127.0.0.1:3000', accept: 'text/event-stream', ...headers } }),
    )
    const told = messagesOf(stream)
    await room.askApproval(2)
    await room.askApproval(1)
    expect((await told.next()).value).toMatchObject({ method: 'notifications/resources/updated', params: { uri: 'lugh://tasks/1' } })
    await room.mcp.close()
  })
})

describeEachStore('a client on the socket', (open) => {
  it('that asks for the newest protocol and then speaks an older one is told once, and nothing is said into the void', async () => {
    const room = await openMcpRoom(await open(), 1)
    const [ours, theirs] = duplexPair()
    const over = room.mcp.serve(theirs, undefined)
    const heard: string[] = []
    const told = async (words: string): Promise<void> => {
      await expect.poll(() => heard.join('')).toContain(words)
    }
    ours.setEncoding('utf8').on('data', (piece: string) => heard.push(piece))
    const say = (body: object): unknown => ours.write(`${JSON.stringify({ jsonrpc: '2.0', ...body })}\n`)
    say({ ...modern('server/discover').body, id: 1 })
    await told('"id":1')
    say({ id: 2, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '0' } } })
    await told('"id":2')
    say({ method: 'notifications/initialized' })
    say({ id: 3, method: 'resources/subscribe', params: { uri: 'lugh://tasks/1' } })
    await told('"id":3')
    await room.askApproval(1)
    await told('notifications/resources/updated')
    expect(room.warnings).toEqual([])
    expect(heard.join('').match(/resources\/updated/gu)).toHaveLength(1)
    ours.end()
    await over
    await room.mcp.close()
  })
})

describeEachStore('a client of the newest protocol', (open) => {
  it('is given a form as the answer, and its reply decides', async () => {
    const room = await openMcpRoom(await open(), 1)
    const secret = await room.token(['read', 'approve'])
    const { approval, digest } = await room.askApproval(1)
    const first = await room.rpc(secret, 'tools/call', { name: 'wait_for_task', arguments: { task: 1 } }, FORMS)
    const key = `approval:${approval}:${digest}`
    expect(first.result).toMatchObject({ resultType: 'input_required', inputRequests: { [key]: { method: 'elicitation/create' } } })
    // The same key under a token that may not decide, and another digest, change nothing.
    const reply = (digits: string) => ({ [`approval:${approval}:${digits}`]: { action: 'accept', content: { decision: 'allow' } } })
    const answered = { name: 'wait_for_task', arguments: { task: 1, timeout_seconds: 0 } }
    await room.rpc(ENV_TOKEN, 'tools/call', { ...answered, inputResponses: reply(digest) }, FORMS)
    await room.rpc(secret, 'tools/call', { ...answered, inputResponses: reply('0'.repeat(64)) }, FORMS)
    expect(await decided(room)).toEqual([])
    await room.rpc(secret, 'tools/call', { ...answered, inputResponses: reply(digest) }, FORMS)
    await room.rpc(secret, 'tools/call', { ...answered, inputResponses: reply(digest) }, FORMS)
    expect(await decided(room)).toEqual(['allowed'])
    await room.mcp.close()
  })

  it('listens for what it may read, and is told of that alone', async () => {
    const room = await openMcpRoom(await open(), 2)
    await room.db.run(
      `insert into project (id, home, name, kind, location, sample, state) select gen_random_uuid(), home, 'secret', 'path', '/elsewhere', false, 'ready' from project limit 1`,
    )
    const elsewhere = await room.token(['read'], { projects: ['secret'] })
    const listen = async (secret: string, ...uris: string[]) => {
      const { body, headers } = modern('subscriptions/listen', { notifications: { resourceSubscriptions: uris } })
      return messagesOf(await room.post(body, { authorization: `Bearer ${secret}`, ...headers }))
    }
    const told = await listen(ENV_TOKEN, 'lugh://tasks/1')
    expect((await told.next()).value).toMatchObject({ params: { notifications: { resourceSubscriptions: ['lugh://tasks/1'] } } })
    const outside = await listen(elsewhere, 'lugh://tasks/1', 'lugh://projects/secret')
    expect((await outside.next()).value).toMatchObject({ params: { notifications: { resourceSubscriptions: ['lugh://projects/secret'] } } })
    await room.askApproval(2)
    await room.askApproval(1)
    expect((await told.next()).value).toMatchObject({ method: 'notifications/resources/updated', params: { uri: 'lugh://tasks/1' } })
    await room.mcp.close()
    expect(JSON.stringify(await outside.next())).not.toContain('lugh://tasks')
  })
})

/** The answer behind what is told meanwhile. */
async function answerOf(said: ReturnType<typeof messagesOf>): Promise<unknown> {
  for await (const message of said) if (message['method'] === undefined || message['method'] === 'elicitation/create') return message
  return undefined
}

async function decided(room: Awaited<ReturnType<typeof openMcpRoom>>): Promise<string[]> {
  const rows = await room.db.rows(z.object({ state: z.string() }), `select state from approval where state not in ('pending')`)
  return rows.map(({ state }) => state)
}
