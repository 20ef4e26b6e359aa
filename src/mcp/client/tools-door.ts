/**
 * Servers' tools for one run of an engine that is a program of its own: an MCP endpoint that only the commands of that run find, by the proxy
 * of their sandbox, and that takes nobody's word but the run's own token. Lugh stands in its middle; the servers themselves are never reached.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, createMcpHandler } from '@modelcontextprotocol/server'
import type { ToolsDoor, ToolsServed } from '#orchestrator'

/** The name behind which it is found. It exists on no network. */
export const TOOLS_HOST = 'tools.lugh.internal'
/** A call with its arguments; a person could read no more of one. */
const BODY_MAX_BYTES = 1024 * 1024

export function openToolsDoor(version: string, served: ToolsServed): ToolsDoor {
  const token = `lugh-tools-${randomBytes(24).toString('base64url')}`
  const closing = new AbortController()
  const handler = createMcpHandler(() => serverFor(version, served), { maxRequestBodySize: BODY_MAX_BYTES })
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (closing.signal.aborted || !isToken(token, request.headers.authorization))
      return void response.writeHead(401, { 'content-type': 'text/plain' }).end('This token is not of the run that this sandbox belongs to.')
    const body = await readBody(request)
    if (body === undefined) return void response.writeHead(413).end()
    const method = request.method ?? 'GET'
    const answer = await handler.fetch(
      new Request(`http://${TOOLS_HOST}${request.url ?? '/mcp'}`, {
        method,
        headers: headersOf(request),
        ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
        signal: closing.signal,
      }),
    )
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    for await (const bytes of answer.body ?? []) response.write(bytes)
    response.end()
  }
  return {
    host: TOOLS_HOST,
    url: `http://${TOOLS_HOST}/mcp`,
    token,
    handler: (request, response) => void serve(request, response).catch(() => response.destroy()),
    close: async () => {
      closing.abort()
      await handler.close()
    },
  }
}

function serverFor(version: string, served: ToolsServed): Server {
  const server = new Server({ name: 'lugh', version }, { capabilities: { tools: { listChanged: false } } })
  server.setRequestHandler('tools/list', async () => ({
    tools: (await served.tools()).map(({ name, description, input }) => ({ name, description, inputSchema: { ...input, type: 'object' as const } })),
  }))
  server.setRequestHandler('tools/call', async ({ params }) => {
    const { output, isError } = await served.call(params.name, params.arguments ?? {})
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
