/** `/mcp` over HTTP and over the socket in LUGH_HOME: the same server behind both, in both eras of the protocol. */
import type { Duplex } from 'node:stream'
import { errorText } from '#core'
import {
  createMcpHandler,
  isJsonContentType,
  isLegacyRequest,
  readRequestBody,
  type AuthInfo,
  type McpServerFactory,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { McpOptions } from '../create-mcp.ts'
import type { Room } from './call-tool.ts'
import { z } from 'zod'
import { createServer, tellUpdates } from './create-server.ts'
import { MAX_BODY_BYTES, createPace, refusal, refuseForeign, tooMany } from './front.ts'
import { MAX_WATCHED, type Served, type Watched } from './handlers.ts'
import { createMoves } from './moves.ts'
import { CONSOLE, WRONG_TOKEN, principalOf, type Principal } from './principal.ts'
import { readResource } from './resources.ts'
import { createSessions } from './sessions.ts'
import { SocketTransport, admitting, refused } from './socket.ts'
import { whileAlive } from './streams.ts'
import { toolsOf } from './tools.ts'
import { createUpdates } from './updates.ts'

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
  const updates = createUpdates(options.db, moves, options.log)
  const shared = { room, moves, updates }
  const pace = createPace(() => Date.now())
  const callers = new WeakMap<AuthInfo, Principal>()
  const open = new Set<{ close(): Promise<void> }>()
  const onerror = (error: Error): void => options.log.warn({ error: errorText(error, 500) }, 'mcp.refused')
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const who = authInfo === undefined ? undefined : callers.get(authInfo)
      return createServer({ ...shared, who: who ?? NOBODY })
    },
    { legacy: 'reject', maxRequestBodySize: MAX_BODY_BYTES, maxSubscriptions: MAX_SUBSCRIPTIONS, onerror },
  )
  const sessions = createSessions(shared)
  const front = async (request: Request): Promise<Response | Principal> => {
    const foreign = refuseForeign(request.headers, options.hosts)
    if (foreign !== undefined) return foreign
    const who = await principalOf(options, request.headers.get('authorization'))
    if (who === undefined) return unauthorized(request, options)
    return slowed(who, 1) ?? who
  }
  const slowed = (who: Principal, messages: number): Response | undefined => {
    const seconds = pace(who, messages)
    return seconds === undefined ? undefined : refusal(429, -32_000, tooMany(who, seconds), { 'retry-after': String(seconds) })
  }
  let telling: (() => void) | undefined
  const tell = (): void => {
    telling ??= updates.each(({ uris }) => {
      for (const uri of uris) handler.notify.resourceUpdated(uri)
    })
  }
  return {
    fetch: async (request) => {
      const who = await front(request)
      if (who instanceof Response) return who
      const authInfo: AuthInfo = { token: '', clientId: who.key, scopes: [...who.scopes] }
      callers.set(authInfo, who)
      const read = await readBody(request)
      if (read instanceof Response) return read
      const { body } = read
      // Protocol 2025-03-26 has batches: as many calls as they hold.
      const more = Array.isArray(body) && body.length > 1 ? slowed(who, body.length - 1) : undefined
      if (more !== undefined) return more
      if (await isLegacyRequest(request, body)) {
        const answer = await sessions.fetch(request, who, authInfo, body)
        return request.method === 'GET' ? whileAlive(answer, who.holds) : answer
      }
      if (!Listen.safeParse(body).success) return handler.fetch(request, { authInfo, parsedBody: body })
      tell()
      return whileAlive(await handler.fetch(request, { authInfo, parsedBody: await readableOnly({ ...shared, who }, body) }), who.holds)
    },
    metadata: (request) => Promise.resolve(refuseForeign(request.headers, options.hosts) ?? Response.json(metadataOf(request, options))),
    serve: async (stream, authorization) => {
      const who = authorization === undefined ? CONSOLE : await principalOf(options, authorization)
      if (who === undefined) {
        stream.end(`${JSON.stringify(refused(null, WRONG_TOKEN))}\n`)
        return
      }
      const transport = admitting(new SocketTransport(stream), who, pace)
      const connection = serveStdio(serverFor(shared, who), { transport, maxSubscriptions: MAX_SUBSCRIPTIONS, onerror })
      open.add(connection)
      await new Promise<void>((resolve) => stream.once('close', () => resolve()))
      open.delete(connection)
      await connection.close()
    },
    close: async () => {
      for (const connection of open) await connection.close()
      telling?.()
      await sessions.close()
      await handler.close()
      await moves.close()
    },
  }
}

/**
 * One server for a connection, told what is new for as long as it is open. A client that first asks which protocols there are and then speaks an
 * older one has two, and the SDK closes the first.
 */
function serverFor(shared: Omit<Served, 'who' | 'watched'>, who: Principal): McpServerFactory {
  return ({ era }) => {
    let uris: ReadonlySet<string> = new Set()
    const watched: Watched = {
      get uris() {
        return uris
      },
      set: (wanted) => {
        uris = wanted
        return Promise.resolve()
      },
    }
    const served = { ...shared, who, ...(era === 'legacy' ? { watched } : {}) }
    const server = createServer(served)
    return Object.assign(server, { onclose: tellUpdates(server, served) })
  }
}

/** The body, read once and within its cap. What is no JSON is refused here; what is not declared as JSON is refused by the SDK. */
async function readBody(request: Request): Promise<{ body?: unknown } | Response> {
  if (request.method !== 'POST' || !isJsonContentType(request.headers.get('content-type'))) return {}
  const read = await readRequestBody(request, MAX_BODY_BYTES).catch(() => undefined)
  if (read === undefined) return refusal(400, -32_700, 'The body could not be read.')
  if (read.tooLarge) return refusal(413, -32_000, `A message may have ${MAX_BODY_BYTES} bytes.`)
  try {
    return { body: JSON.parse(read.text) }
  } catch {
    return refusal(400, -32_700, 'The body is not JSON.')
  }
}

const Listen = z.looseObject({
  method: z.literal('subscriptions/listen'),
  params: z.looseObject({ notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()).optional() }) }),
})

/** Of what is to be listened for, only what the token may read: nobody learns by a notification that something exists. */
async function readableOnly(served: Served, body: unknown): Promise<unknown> {
  const { params, ...rest } = Listen.parse(body)
  const uris: string[] = []
  for (const uri of (params.notifications.resourceSubscriptions ?? []).slice(0, MAX_WATCHED))
    if (
      await readResource(served, uri).then(
        () => true,
        () => false,
      )
    )
      uris.push(uri)
  return { ...rest, params: { ...params, notifications: { ...params.notifications, resourceSubscriptions: uris } } }
}

/** Never asked for: the front lets nobody in without a principal. It may nothing. */
const NOBODY: Principal = { key: 'nobody', name: 'nobody', scopes: [], projects: [], perMinute: 0, holds: () => Promise.resolve(false) }

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
