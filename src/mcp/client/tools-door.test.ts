/** A run's own way to servers' tools: its token opens it, no other does, and a call is passed on as it came. */
import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { expect, it } from 'vitest'
import { openToolsDoor } from './tools-door.ts'

it('lists and calls for the token of the run, and closes with it', async () => {
  const heard: unknown[] = []
  const waiting: Promise<void>[] = []
  const door = openToolsDoor('0', {
    tools: () => Promise.resolve([{ name: 'notes__add_note', description: 'Adds a note.', input: { type: 'object', properties: {} } }]),
    call: async (name, input, hungUp) => {
      if (name === 'wait') {
        const gone = new Promise<void>((resolve) => hungUp.addEventListener('abort', () => resolve()))
        waiting.push(gone)
        await gone
      }
      heard.push([name, input])
      return { output: 'noted', isError: false }
    },
  })
  const server = createServer(door.handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/mcp`)
  for (const mode of ['auto', 'legacy'] as const) {
    const client = new Client({ name: 'engine', version: '0' }, { versionNegotiation: { mode } })
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: { Authorization: `Bearer ${door.token}` } } }))
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['notes__add_note'])
    expect(await client.callTool({ name: 'notes__add_note', arguments: { text: 'x' } })).toMatchObject({ content: [{ type: 'text', text: 'noted' }] })
    await client.close()
  }
  expect(heard).toEqual([
    ['notes__add_note', { text: 'x' }],
    ['notes__add_note', { text: 'x' }],
  ])
  heard.length = 0
  const plainly = async (path: string, body?: string): Promise<[number, string]> => {
    const headers = { Authorization: `Bearer ${door.token}` }
    const answer = await fetch(new URL(path, url), body === undefined ? { headers } : { method: 'POST', headers, body })
    return [answer.status, await answer.text()]
  }
  expect(await plainly('/tools')).toEqual([200, expect.stringContaining('"name": "notes__add_note"')])
  expect(await plainly('/tools/notes__add_note', '{"text":"y"}')).toEqual([200, 'noted\n'])
  expect(await plainly('/tools/notes__add_note', '[1]')).toEqual([400, expect.stringContaining('are a JSON object')])
  expect((await plainly('/tools/notes__add_note'))[0]).toBe(405)
  expect(heard.splice(0)).toEqual([['notes__add_note', { text: 'y' }]])
  const status = async (token: string): Promise<number> =>
    (await fetch(url, { method: 'POST', body: '{}', headers: { authorization: `Bearer ${token}` } })).status
  expect(await status('another')).toBe(401)
  // Whoever hangs up is known to have.
  for (const path of ['/tools/wait', '/mcp']) {
    const impatient = new AbortController()
    const params = { name: 'wait', arguments: {}, _meta: {} }
    const body = path === '/mcp' ? JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }) : '{}'
    const headers = { Authorization: `Bearer ${door.token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    const called = fetch(new URL(path, url), { method: 'POST', headers, body, signal: impatient.signal }).catch(() => undefined)
    await expect.poll(() => waiting.length).toBe(1)
    impatient.abort()
    await waiting.pop()
    await called
  }
  await door.close()
  expect(await status(door.token)).toBe(401)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
