/** A run's own way to servers' tools: its token opens it, no other does, and a call is passed on as it came. */
import { createServer } from 'node:http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { expect, it } from 'vitest'
import { openToolsDoor } from './tools-door.ts'

it('lists and calls for the token of the run, and closes with it', async () => {
  const heard: unknown[] = []
  const door = openToolsDoor('0', {
    tools: () => Promise.resolve([{ name: 'notes__add_note', description: 'Adds a note.', input: { type: 'object', properties: {} } }]),
    call: (name, input) => {
      heard.push([name, input])
      return Promise.resolve({ output: 'noted', isError: false })
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
  const status = async (token: string): Promise<number> =>
    (await fetch(url, { method: 'POST', body: '{}', headers: { authorization: `Bearer ${token}` } })).status
  expect(await status('another')).toBe(401)
  await door.close()
  expect(await status(door.token)).toBe(401)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
