/**
 * Sessions of the older protocol (2025-11-25 and before), which needs them to ask a client and to tell it something. What a client said when it
 * began is a row; the connection is made anew from it when the next request comes, so that a restart of Lugh ends no session. An id is worth
 * nothing without the token it was begun with.
 */
import { createHash } from 'node:crypto'
import { WebStandardStreamableHTTPServerTransport, type AuthInfo, type Server } from '@modelcontextprotocol/server'
import { deleteMcpSession, insertMcpSession, setWatched, useMcpSession, type Db } from '#db'
import { z } from 'zod'
import { MAX_BODY_BYTES, refusal } from './front.ts'
import { createServer, tellUpdates } from './create-server.ts'
import type { Served, Watched } from './handlers.ts'
import type { Principal } from './principal.ts'
import { whenOver } from './streams.ts'

/** As many as are held open at once; those that rest make room. */
const MAX_LIVE = 1000
/** A connection that nobody used for so long is put away until its next request. */
const REST_MS = 5 * 60_000
/** A session is good for a week after its last use, noted to the hour. */
const NOTE_MS = 60 * 60_000

/** What is kept of an `initialize`: all a server of the SDK asks of it. */
const Hello = z.object({
  protocolVersion: z.string().max(40),
  capabilities: z.record(z.string(), z.unknown()).refine((value) => JSON.stringify(value).length <= 8192),
  clientInfo: z.object({ name: z.string().max(200), version: z.string().max(200) }),
})
type Hello = z.infer<typeof Hello>
const Beginning = z.object({ method: z.literal('initialize') })
const Initialize = Beginning.extend({ id: z.union([z.string(), z.number()]), params: Hello })

type Live = {
  readonly transport: WebStandardStreamableHTTPServerTransport
  readonly server: Server
  /** Stops telling it what is new. */
  readonly stop: () => void
  /** Answers under way, streams among them. */
  open: number
  usedAt: number
  /** When its row was last noted as used. */
  notedAt: number
}

export type Sessions = {
  /** One request of the older protocol. `body`: as parsed, where there is one. */
  fetch(request: Request, who: Principal, authInfo: AuthInfo, body: unknown): Promise<Response>
  close(): Promise<void>
}

const MISSING = 'This needs a session: begin with initialize and send its Mcp-Session-Id, or speak protocol 2026-07-28, which has none.'
const UNKNOWN = 'There is no such session of this token, or it has ended. Begin anew with initialize; every handle stays good.'

/** Opens nothing until the first client comes. */
export function createSessions(shared: Omit<Served, 'who' | 'watched'>): Sessions {
  const { room } = shared
  /** By token and id, so that no other token comes near one. */
  const live = new Map<string, Promise<Live | undefined>>()

  async function open(hash: string, id: string, who: Principal, begun: readonly string[]): Promise<Live> {
    const served: Served = { ...shared, who, watched: watchedIn(room.db, hash, begun) }
    const server = createServer(served)
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => id, maxRequestBodySize: MAX_BODY_BYTES })
    await server.connect(transport)
    const stop = tellUpdates(server, served)
    const now = Date.now()
    return { transport, server, stop, open: 0, usedAt: now, notedAt: now }
  }
  /** The session as it was, made anew from its row. */
  async function again(hash: string, id: string, who: Principal, url: string): Promise<Live | undefined> {
    const row = await useMcpSession(room.db, hash, who.key)
    const hello = Hello.safeParse(row?.hello)
    if (row === undefined || !hello.success) return undefined
    const one = await open(hash, id, who, row.watched)
    await greet(one.transport, url, hello.data)
    return one
  }
  async function putAway(key: string): Promise<void> {
    const one = await live.get(key)?.catch(() => undefined)
    live.delete(key)
    one?.stop()
    await one?.server.close()
  }
  async function rest(): Promise<void> {
    const before = Date.now() - (live.size >= MAX_LIVE ? 0 : REST_MS)
    for (const [key, opening] of live) {
      const one = await opening.catch(() => undefined)
      if (one === undefined || (one.open === 0 && one.usedAt <= before)) await putAway(key)
    }
  }
  const resting = setInterval(() => void rest().catch(() => undefined), REST_MS / 2) // what cannot be closed is gone already
  resting.unref()

  /** Keeps it at hand; one that turns out not to be there leaves nothing behind. */
  async function held(key: string, make: () => Promise<Live | undefined>): Promise<Live | undefined> {
    const opening = live.get(key) ?? make()
    live.set(key, opening)
    try {
      const one = await opening
      if (one === undefined) live.delete(key)
      return one
    } catch (error) {
      live.delete(key)
      throw error
    }
  }

  async function begin(request: Request, who: Principal, authInfo: AuthInfo, hello: Hello, body: unknown): Promise<Response> {
    if (live.size >= MAX_LIVE) await rest()
    if (live.size >= MAX_LIVE) return refusal(503, -32_000, `${MAX_LIVE} sessions are at work; try again in a moment.`, { 'retry-after': '5' })
    const id = room.ids.token(32)
    const hash = hashOf(id)
    await room.db.tx((tx) => insertMcpSession(tx, { hash, token: who.key, hello }))
    const one = await held(keyOf(who, hash), () => open(hash, id, who, []))
    if (one === undefined) return refusal(404, -32_001, UNKNOWN)
    return counted(one, await one.transport.handleRequest(request, { authInfo, parsedBody: body }))
  }

  async function goOn(request: Request, who: Principal, authInfo: AuthInfo, id: string, body: unknown): Promise<Response> {
    const hash = hashOf(id)
    const key = keyOf(who, hash)
    const one = await held(key, () => again(hash, id, who, request.url))
    if (one === undefined) return refusal(404, -32_001, UNKNOWN)
    if (Date.now() - one.notedAt > NOTE_MS) {
      one.notedAt = Date.now()
      if ((await useMcpSession(room.db, hash, who.key)) === undefined) {
        await putAway(key)
        return refusal(404, -32_001, UNKNOWN)
      }
    }
    if (request.method === 'DELETE') await deleteMcpSession(room.db, hash, who.key)
    const answer = counted(one, await one.transport.handleRequest(request, { authInfo, ...(body === undefined ? {} : { parsedBody: body }) }))
    if (request.method === 'DELETE') await putAway(key)
    return answer
  }

  return {
    fetch: async (request, who, authInfo, body) => {
      const id = request.headers.get('mcp-session-id')
      if (id !== null) return goOn(request, who, authInfo, id, body)
      if (!Beginning.safeParse(body).success) return refusal(400, -32_000, MISSING)
      const first = Initialize.safeParse(body)
      if (!first.success) return refusal(400, -32_602, 'initialize needs protocolVersion, capabilities and clientInfo with name and version.')
      return begin(request, who, authInfo, first.data.params, body)
    },
    close: async () => {
      clearInterval(resting)
      for (const key of live.keys()) await putAway(key)
    },
  }
}

function watchedIn(db: Db, hash: string, begun: readonly string[]): Watched {
  let uris: ReadonlySet<string> = new Set(begun)
  return {
    get uris() {
      return uris
    },
    set: async (wanted) => {
      uris = wanted // at once: the next request reads it before the row is written
      await setWatched(db, hash, [...wanted])
    },
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}
function keyOf(who: Principal, hash: string): string {
  return `${who.key} ${hash}`
}

/** Says again what the client said when it began. */
async function greet(transport: WebStandardStreamableHTTPServerTransport, url: string, hello: Hello): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 'again', method: 'initialize', params: hello })
  const answer = await transport.handleRequest(new Request(url, { method: 'POST', headers, body }))
  await answer.text()
}

/** Counts the answer as under way until its last byte is read, or nobody reads it any more. */
function counted(one: Live, answer: Response): Response {
  one.usedAt = Date.now()
  one.open += 1
  return whenOver(answer, () => {
    one.open -= 1
    one.usedAt = Date.now()
  })
}
