/**
 * Servers' tools for one run of an engine that is a program of its own: an MCP endpoint that only the commands of that run find, by the proxy
 * of their sandbox, and that takes nobody's word but the run's own token. Lugh stands in its middle; the servers themselves are never reached.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, createMcpHandler } from '@modelcontextprotocol/server'
import type { ToolsDoor, ToolsServed } from '#orchestrator'
import { z } from 'zod'

/** The name behind which it is found. It exists on no network. */
export const TOOLS_HOST = 'tools.lugh.internal'
/** A call with its arguments; a person could read no more of one. */
const BODY_MAX_BYTES = 1024 * 1024
const TEXT = { 'content-type': 'text/plain; charset=utf-8' }

/** What is not MCP: the list by `GET`, a call by `POST` to the tool's name, for programs that have a shell and no client. */
const PLAIN_PATH = '/tools'

export function openToolsDoor(version: string, served: ToolsServed): ToolsDoor {
  const token = `lugh-tools-${randomBytes(24).toString('base64url')}`
  const closing = new AbortController()
  const handler = createMcpHandler(() => serverFor(version, served), { maxRequestBodySize: BODY_MAX_BYTES })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (closing.signal.aborted || !isToken(token, request.headers.authorization))
      return void response.writeHead(401, TEXT).end('This token is not of the run that this sandbox belongs to.')
    const body = await readBody(request)
    if (body === undefined) return void response.writeHead(413, TEXT).end(`A call has at most ${BODY_MAX_BYTES} bytes.`)
    const hungUp = new AbortController()
    response.once('close', () => hungUp.abort())
    const signal = AbortSignal.any([closing.signal, hungUp.signal])
    const method = request.method ?? 'GET'
    const url = new URL(request.url ?? '/mcp', `http://${TOOLS_HOST}`)
    if (url.pathname === PLAIN_PATH || url.pathname.startsWith(`${PLAIN_PATH}/`)) {
      const { status, type = 'text/plain', text } = await answerPlainly(served, { method, path: url.pathname, body, signal })
      return void response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(text)
    }
    const own = method === 'POST' ? { body: new Uint8Array(body) } : {}
    const answer = await handler.fetch(new Request(url, { method, headers: headersOf(request), ...own, signal }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    for await (const bytes of answer.body ?? []) response.write(bytes)
    response.end()
  }
  return {
    host: TOOLS_HOST,
    url: `http://${TOOLS_HOST}/mcp`,
    plainUrl: `http://${TOOLS_HOST}${PLAIN_PATH}`,
    token,
    handler: (request, response) => void serve(request, response).catch(() => response.destroy()),
    close: async () => {
      closing.abort()
      await handler.close()
    },
  }
}

type PlainRequest = { readonly method: string; readonly path: string; readonly body: Buffer; readonly signal: AbortSignal }

async function answerPlainly(served: ToolsServed, asked: PlainRequest): Promise<{ status: number; type?: string; text: string }> {
  const name = decodeURIComponent(asked.path.slice(PLAIN_PATH.length + 1))
  if (name === '' && asked.method === 'GET')
    return { status: 200, type: 'application/json', text: `${JSON.stringify(await served.tools(), undefined, 1)}\n` }
  if (name === '' || asked.method !== 'POST') return { status: 405, text: 'GET /tools lists them; POST /tools/NAME with a JSON object calls one.\n' }
  const input = argumentsOf(asked.body)
  if (input === undefined) return { status: 400, text: `The arguments of ${name} are a JSON object, as in {"name":"value"}.\n` }
  const { output, isError } = await served.call(name, input, asked.signal)
  return { status: isError ? 422 : 200, text: `${output}\n` }
}

const Arguments = z.record(z.string(), z.unknown())

function argumentsOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    return body.length === 0 ? {} : Arguments.parse(JSON.parse(body.toString('utf8')))
  } catch {
    return undefined
  }
}

function serverFor(version: string, served: ToolsServed): Server {
  const server = new Server({ name: 'lugh', version }, { capabilities: { tools: { listChanged: false } } })
  server.setRequestHandler('tools/list', async () => ({
    tools: (await served.tools()).map(({ name, description, input }) => ({ name, description, inputSchema: { ...input, type: 'object' as const } })),
  }))
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const { output, isError } = await served.call(params.name, params.arguments ?? {}, mcpReq.signal)
    return { content: [{ type: 'text', text: output }], isError }
  })
  return server
}

function isToken(token: string, authorization: string | undefined): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(`Bearer ${token}`), hash(authorization ?? ''))
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    const bytes = Buffer.from(part)
    size += bytes.length
    if (size > BODY_MAX_BYTES) return undefined
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string' && name !== 'authorization') headers.set(name, value)
  return headers
}
