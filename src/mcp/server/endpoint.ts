/** `/mcp` over HTTP and over the socket in LUGH_HOME: the same server behind both, in both eras of the protocol. Keeps no sessions. */
import type { Duplex } from 'node:stream'
import { errorText } from '#core'
import { createMcpHandler, type AuthInfo } from '@modelcontextprotocol/server'
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { McpOptions } from '../create-mcp.ts'
import type { Room } from './call-tool.ts'
import { createServer } from './create-server.ts'
import { createPace, refusal, refuseForeign } from './front.ts'
import { createMoves } from './moves.ts'
import { CONSOLE, principalOf, type Principal } from './principal.ts'
import { toolsOf } from './tools.ts'

/** Wishes of 50,000 characters in four-byte letters, with room: more is no call of a tool. */
const MAX_BODY_BYTES = 1024 * 1024
/** Waiters of a hundred agents, each with a few tasks. */
const MAX_SUBSCRIPTIONS = 1024

export type Endpoint = {
  fetch(request: Request): Promise<Response>
  metadata(request: Request): Promise<Response>
  serve(stream: Duplex, authorization: string | undefined): Promise<void>
  close(): Promise<void>
}

export function createEndpoint(options: McpOptions): Endpoint {
  const room: Room = { ...options, tools: toolsOf(options.capabilities) }
  const moves = createMoves(options.db)
  const pace = createPace(() => Date.now())
  const callers = new WeakMap<AuthInfo, Principal>()
  const open = new Set<{ close(): Promise<void> }>()
  const onerror = (error: Error): void => options.log.warn({ error: errorText(error, 500) }, 'mcp.refused')
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const who = authInfo === undefined ? undefined : callers.get(authInfo)
      return createServer({ room, moves, who: who ?? NOBODY })
    },
    { maxRequestBodySize: MAX_BODY_BYTES, maxSubscriptions: MAX_SUBSCRIPTIONS, onerror },
  )
  const front = async (request: Request): Promise<Response | Principal> => {
    const foreign = refuseForeign(request.headers, options.hosts)
    if (foreign !== undefined) return foreign
    const who = await principalOf(options, request.headers.get('authorization'))
    if (who === undefined) return unauthorized(request, options)
    if (request.headers.has('mcp-session-id'))
      return refusal(404, -32_001, 'There is no such session: this server keeps none. Begin anew without Mcp-Session-Id; every handle stays good.')
    const seconds = pace(who)
    if (seconds === undefined) return who
    return refusal(429, -32_000, `Too many calls: this token has ${who.perMinute} a minute. Try again in ${seconds} s.`, {
      'retry-after': String(seconds),
    })
  }
  return {
    fetch: async (request) => {
      const who = await front(request)
      if (who instanceof Response) return who
      const authInfo: AuthInfo = { token: '', clientId: who.key, scopes: [...who.scopes] }
      callers.set(authInfo, who)
      return handler.fetch(request, { authInfo })
    },
    metadata: (request) => Promise.resolve(refuseForeign(request.headers, options.hosts) ?? Response.json(metadataOf(request, options))),
    serve: async (stream, authorization) => {
      const who = authorization === undefined ? CONSOLE : await principalOf(options, authorization)
      if (who === undefined) {
        stream.end(`${JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_000, message: WRONG_TOKEN } })}\n`)
        return
      }
      const transport = new StdioServerTransport(stream, stream, { maxBufferSize: MAX_BODY_BYTES })
      const connection = serveStdio(() => createServer({ room, moves, who }), { transport, maxSubscriptions: MAX_SUBSCRIPTIONS, onerror })
      open.add(connection)
      await new Promise<void>((resolve) => stream.once('close', () => resolve()))
      open.delete(connection)
      await connection.close()
    },
    close: async () => {
      for (const connection of open) await connection.close()
      await handler.close()
      await moves.close()
    },
  }
}

/** Never asked for: the front lets nobody in without a principal. It may nothing. */
const NOBODY: Principal = { key: 'nobody', name: 'nobody', scopes: [], projects: [], perMinute: 0 }
const WRONG_TOKEN = 'That token is not known, was revoked or has expired. `npx lugh add_token NAME` makes another.'

function unauthorized(request: Request, options: McpOptions): Response {
  const where = `${baseOf(request, options)}/.well-known/oauth-protected-resource/mcp`
  const given = request.headers.has('authorization')
  const challenge = `Bearer realm="lugh", scope="read request", resource_metadata="${where}"${given ? ', error="invalid_token"' : ''}`
  const say = given ? WRONG_TOKEN : 'This needs a token: Authorization: Bearer … (`npx lugh add_token NAME`, or LUGH_MCP_TOKEN).'
  return refusal(401, -32_000, say, { 'www-authenticate': challenge })
}

/** The address this Lugh is known by; the request's own only where none is set, and then checked before. */
function baseOf(request: Request, { publicUrl }: McpOptions): string {
  return (publicUrl ?? new URL(request.url).origin).replace(/\/+$/u, '')
}

/** Lugh hands out its tokens itself, at the console: no authorization server is named. */
function metadataOf(request: Request, options: McpOptions): object {
  return {
    resource: `${baseOf(request, options)}/mcp`,
    resource_name: 'Lugh',
    bearer_methods_supported: ['header'],
    scopes_supported: ['read', 'request', 'approve', 'approve-own', 'admin'],
  }
}
