/** Servers at an address: honest ones of both eras, ones that want a login, go away, send elsewhere, and never end. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { McpServer, WebStandardStreamableHTTPServerTransport, createMcpHandler } from '@modelcontextprotocol/server'
import { ConnectorId, randomIds } from '#core'
import type { Called, Connectors, Server } from '#orchestrator'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { NO_SANDBOX } from '../../../test/support/work-room.ts'
import { openConnectors } from './connectors.ts'

const TOKEN = 'token-of-somebody-0123456789'
const signal = new AbortController().signal
const place = { key: 'task', home: 'project', readable: [] }
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

type Asked = { readonly method: string; readonly headers: IncomingMessage['headers']; readonly message: z.infer<typeof Message> }
const Message = z.looseObject({
  id: z.union([z.number(), z.string()]).optional(),
  method: z.string().optional(),
  params: z.looseObject({}).optional(),
})

/** A server that answers by hand, and what it was asked. */
async function answering(
  answer: (asked: Asked, response: ServerResponse) => void,
  port = 0,
): Promise<{ url: string; port: number; asked: Asked[]; stop: () => Promise<void> }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    request.on('end', () => {
      const one = { method: request.method ?? '', headers: request.headers, message: Message.parse(body === '' ? {} : JSON.parse(body)) }
      asked.push(one)
      answer(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = (): Promise<void> => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  closers.push(() => stop().catch(() => undefined))
  const address = server.address()
  const at = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${at}/mcp`, port: at, asked, stop }
}

/** Hands it to a server of the library's, and back what that answers. */
async function passOn({ method, headers, message }: Asked, response: ServerResponse, serve: (request: Request) => Promise<Response>): Promise<void> {
  const named = Object.entries(headers).flatMap(([name, value]): [string, string][] => (typeof value === 'string' ? [[name, value]] : []))
  const body = method === 'POST' ? { body: JSON.stringify(message) } : {}
  const answer = await serve(new Request('http://127.0.0.1/mcp', { method, headers: new Headers(named), ...body }))
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
}

const json = (response: ServerResponse, message: object, headers: Record<string, string> = {}): void =>
  void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ jsonrpc: '2.0', ...message }))
const events = (response: ServerResponse): ServerResponse => response.writeHead(200, { 'content-type': 'text/event-stream' })
const TOOLS = [{ name: 'look', description: 'Looks.', inputSchema: { type: 'object' } }]

/** One of an older protocol, with what it does to a call, and to whoever opens the stream of its own. */
function legacy(
  call: (asked: Asked, response: ServerResponse) => void,
  stream: (response: ServerResponse) => void = (response) => void response.writeHead(405).end(),
) {
  return (asked: Asked, response: ServerResponse): void => {
    const { id, method, params } = asked.message
    if (asked.method === 'GET') return stream(response)
    if (method === 'initialize')
      return json(response, {
        id,
        result: { protocolVersion: params?.['protocolVersion'], capabilities: { tools: {} }, serverInfo: { name: 'x', version: '0' } },
      })
    if (method === 'tools/list') return json(response, { id, result: { tools: TOOLS } })
    if (method === 'tools/call') return call(asked, response)
    if (id === undefined) return void response.writeHead(202).end()
    return json(response, { id, error: { code: -32_601, message: 'no such method' } })
  }
}

function open(patience = { connectMs: 3000, callMs: 2000 }): Connectors {
  const connectors = openConnectors({
    sandbox: NO_SANDBOX,
    home: '/nowhere',
    version: '0',
    reference: (name) => (name === 'THE_TOKEN' ? TOKEN : undefined),
    patience,
  })
  closers.push(() => connectors.close())
  return connectors
}
const serverAt = (url: string, headers: Record<string, string> = {}): Server => ({
  id: ConnectorId.parse(randomIds.uuid()),
  name: 'far',
  definition: { kind: 'http', url, headers },
})

/** What a look and one call come to. */
async function tried(connectors: Connectors, server: Server, tool = 'look', input: object = {}): Promise<Called> {
  const looked = await connectors.look(server, place, signal)
  if (!looked.ok) throw new Error(looked.why)
  const digest = looked.listing.tools.find(({ name }) => name === tool)?.digest ?? ''
  return connectors.call({ server, place, tool, digest, input, signal })
}
const why = async (server: Server, connectMs = 3000): Promise<[string, boolean]> => {
  const looked = await open({ connectMs, callMs: connectMs }).look(server, place, signal)
  return looked.ok ? ['listed', false] : [looked.why, looked.login]
}

function words(): McpServer {
  const server = new McpServer({ name: 'words', version: '1.0.0' })
  server.registerTool('look_up', { description: 'Looks up.', inputSchema: z.object({ word: z.string() }) }, ({ word }) => ({
    content: [{ type: 'text', text: `${word}: a word` }],
  }))
  return server
}

describe('a server at an address', () => {
  it('of the newest protocol is listed and called', async () => {
    const handler = createMcpHandler(words)
    closers.push(() => handler.close())
    const { url, asked } = await answering((one, response) => void passOn(one, response, (request) => handler.fetch(request)))
    expect(await tried(open(), serverAt(url, { Authorization: 'env:THE_TOKEN' }), 'look_up', { word: 'moss' })).toEqual({
      outcome: 'ok',
      text: 'moss: a word',
      kept: [],
    })
    expect(asked.map(({ message }) => message.method)).not.toContain('initialize')
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(new Set([`Bearer ${TOKEN}`]))
  })

  it('with sessions is told goodbye, and found again after it has forgotten them', async () => {
    const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
    const { url, asked } = await answering((one, response) => {
      const id = one.headers['mcp-session-id']
      const serve = async (request: Request): Promise<Response> => {
        const known = typeof id === 'string' ? sessions.get(id) : undefined
        if (known !== undefined) return known.handleRequest(request)
        if (one.message.method !== 'initialize') return new Response(null, { status: id === undefined ? 400 : 404 })
        const transport = new WebStandardStreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          enableJsonResponse: true,
          onsessioninitialized: (made) => void sessions.set(made, transport),
        })
        await words().connect(transport)
        return transport.handleRequest(request)
      }
      if (one.method === 'GET') response.writeHead(405).end()
      else void passOn(one, response, serve)
    })
    const [connectors, server] = [open(), serverAt(url)]
    const call = () => tried(connectors, server, 'look_up', { word: 'moss' })
    expect(await call()).toMatchObject({ outcome: 'ok', text: 'moss: a word' })
    sessions.clear()
    expect(await call()).toMatchObject({ outcome: 'failed' })
    expect(await call()).toMatchObject({ outcome: 'ok' })
    await connectors.end('task')
    // Each look's own, and the task's; the forgotten one was told as well.
    expect(asked.filter(({ method }) => method === 'DELETE').length).toBeGreaterThanOrEqual(4)
  })

  it('that goes away is told of, and is used again when it is back', async () => {
    const say = legacy(({ message }, response) => json(response, { id: message.id, result: { content: [{ type: 'text', text: 'here' }] } }))
    const first = await answering(say)
    const [connectors, server] = [open(), serverAt(first.url)]
    const looked = await connectors.look(server, place, signal)
    const digest = looked.ok ? (looked.listing.tools[0]?.digest ?? '') : ''
    const call = () => connectors.call({ server, place, tool: 'look', digest, input: {}, signal })
    expect(await call()).toMatchObject({ outcome: 'ok', text: 'here' })
    await first.stop()
    expect(await call()).toMatchObject({ outcome: 'failed', login: false })
    expect(await call()).toMatchObject({ outcome: 'failed', why: expect.stringMatching(/ECONNREFUSED|could not be reached/u) })
    await answering(say, first.port)
    await expect.poll(async () => (await call()).outcome, { timeout: 10_000 }).toBe('ok')
  })

  it('that wants a login says which, and the way out, without a word of the token', async () => {
    const refusing = async (status: number, challenge?: string): Promise<string> =>
      (
        await answering(
          (asked, response) =>
            void response
              .writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge })
              .end(`no: ${asked.headers.authorization}`),
        )
      ).url
    const token = 'put a token into the .env of LUGH_HOME and name it, as in Authorization=env:NAME'
    expect(await why(serverAt(await refusing(401)))).toEqual([`it wants a login (HTTP 401): ${token}`, true])
    expect(await why(serverAt(await refusing(401, 'Bearer resource_metadata="https://evil.example/x"')))).toEqual([
      `it wants a login (HTTP 401): ${token}; it offers a sign-in by OAuth, which Lugh does not do, so take a personal or service token from its own pages`,
      true,
    ])
    expect(await why(serverAt(await refusing(401), { Authorization: 'env:THE_TOKEN' }))).toEqual([
      expect.stringMatching(/^it does not take what it is given as Authorization \(HTTP 401\): the token is wrong or has expired/u),
      true,
    ])
    expect((await why(serverAt(await refusing(403), { Authorization: 'env:THE_TOKEN' })))[0]).toMatch(/the token lacks a right/u)
    expect((await why(serverAt('http://127.0.0.1:1/mcp', { Authorization: 'env:NOT_THERE' })))[0]).toMatch(/^NOT_THERE is not set/u)
  })

  it('that sends elsewhere is not followed, and nobody else sees the token', async () => {
    const other = await answering((_asked, response) => void response.writeHead(200).end())
    const { url } = await answering((_asked, response) => void response.writeHead(307, { location: `${other.url}?a=b` }).end())
    expect(await why(serverAt(url, { Authorization: 'env:THE_TOKEN' }))).toEqual([
      `it sends on to ${other.url}, and Lugh follows no redirect: if that is its address, connect that one`,
      false,
    ])
    expect(other.asked).toEqual([])
  })

  it('that is none says what it is', async () => {
    const page = await answering((_asked, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'))
    expect((await why(serverAt(page.url)))[0]).toMatch(/Unexpected content type: text\/html/u)
    expect((await why(serverAt('http://127.0.0.1:1/mcp')))[0]).toMatch(/ECONNREFUSED|could not be reached|bad port/u)
    const silent = await answering(() => undefined)
    expect(await why(serverAt(silent.url), 500)).toEqual(['it did not answer in time', false])
  })
})

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

describe('a hostile server at an address', () => {
  const come = async (call: (asked: Asked, response: ServerResponse) => void, callMs: number): Promise<string> => {
    const { url } = await answering(legacy(call))
    const called = await tried(open({ connectMs: 3000, callMs }), serverAt(url))
    return 'text' in called ? called.text : 'why' in called ? called.why : called.outcome
  }
  /** As much as is taken, for as long as it is. */
  const flood = (response: ServerResponse, piece: string): void => {
    let free = true
    while (free && !response.destroyed) free = response.write(piece)
    response.once('drain', () => flood(response, piece))
  }

  it.each<[string, (asked: Asked, response: ServerResponse) => void, RegExp]>([
    [
      '100 MB of JSON',
      (_asked, response) => flood(response.writeHead(200, { 'content-type': 'application/json' }), `"${'A'.repeat(1 << 20)}`),
      /^it sent a message of more than 12 MB$/u,
    ],
    [
      'an event without an end',
      (_asked, response) => flood(events(response), `data: ${'A'.repeat(1 << 20)}\n`),
      /^it sent a message of more than 12 MB$/u,
    ],
    [
      'an event that is deep, a line at a time',
      (_asked, response) => void events(response).end(`data: ${nested(50_000).replaceAll('{', '{\ndata: ')}\n\n`),
      /^it sent JSON more than 100 deep$/u,
    ],
    [
      'depth behind remarks that close it',
      (_asked, response) => void events(response).end(`${'data: {"a":\n: }\n'.repeat(300)}\n`),
      /^it sent JSON more than 100 deep$/u,
    ],
    [
      'depth behind another kind of line end',
      (_asked, response) => void events(response).end(`x\rdata: ${nested(5000)}\n\n`),
      /^it sent JSON more than 100 deep$/u,
    ],
    [
      'many parts',
      (_asked, response) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"content":[${Array(2_000_000).fill('{}').join(',')}]}`),
      /^it sent JSON of more than 50000 parts$/u,
    ],
    [
      'remarks without an end',
      (_asked, response) => flood(events(response), ': still at it\n\n'),
      /^it (?:did not answer in time|sent more than 20000 messages within a minute)$/u,
    ],
    ['nothing at all', () => undefined, /^it did not answer in time$/u],
    ['an answer to nobody', (_asked, response) => json(response, { id: 999, result: { content: [] } }), /^it did not answer in time$/u],
    ['broken JSON', (_asked, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":'), /JSON/u],
  ])('that answers a call with %s comes to one sentence', async (_what, call, sentence) => {
    // What is cut is told when it is cut; only what never comes is waited for.
    expect(await come(call, sentence.source.includes('in time') ? 1000 : 45_000)).toMatch(sentence)
  })

  it('that ends its stream at once, and wishes to be asked again at once, is asked once a second', async () => {
    const { url, asked } = await answering(
      legacy(
        ({ message }, response) => json(response, { id: message.id, result: { content: [{ type: 'text', text: 'here' }] } }),
        (response) => void events(response).end('retry: 0\nid: 1\ndata:\n\n'),
      ),
    )
    const [connectors, server] = [open(), serverAt(url)]
    expect(await tried(connectors, server)).toMatchObject({ outcome: 'ok' })
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const streams = asked.filter(({ method }) => method === 'GET').length
    expect([streams > 0, streams < 6]).toEqual([true, true])
  })
})
