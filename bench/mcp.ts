/** Programs at `/mcp`: a call's round trip beside a bare server of the same SDK on the same HTTP, a hundred that wait at once, and what a session weighs. */
import { createMcpHandler, McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { createApp, listenHttp } from '#http'
import { ENV_TOKEN, modern, openMcpRoom, type McpRoom } from '../test/support/mcp-room.ts'
import { testHome } from '../test/support/stores.ts'
import type { StoreKind } from '../test/support/system.ts'
import { inTurn, timed, type Bench, type Figure, type Row } from './support/figure.ts'

/** Calls of one sample: its median and its 99th are what the sample says. */
const CALLS = 100
const WAITERS = 100
const SESSIONS = 100

export const figure: Figure = {
  name: 'mcp',
  measure: async (bench) => {
    const rows: Row[] = []
    for (const store of bench.stores) rows.push(...(await measure(bench, store)))
    return rows
  },
}

type Door = Readonly<{ fetch(request: Request): Promise<Response> }>

/** The smallest server the SDK makes: one tool that answers a constant. */
function bareServer(): McpServer {
  const server = new McpServer({ name: 'bare', version: '0' })
  server.registerTool('list_tasks', { inputSchema: z.object({}) }, () => ({ content: [{ type: 'text', text: '{"tasks":[]}' }] }))
  return server
}

async function served(door: Door): Promise<{ port: number; close(): Promise<void> }> {
  const mcp = { fetch: (request: Request) => door.fetch(request), metadata: () => Promise.resolve(new Response()) }
  const app = createApp({ database: () => Promise.resolve(), pollerAgeMs: () => undefined, mcp, log: { warn: () => undefined } })
  return listenHttp(app, { host: '127.0.0.1', port: 0 })
}

async function measure(bench: Bench, store: StoreKind): Promise<Row[]> {
  const home = testHome(store)
  const room = await openMcpRoom(await home.fresh(), 1)
  const token = await room.token(['read', 'request'], { per_minute: 60_000 })
  const [lugh, bare] = [await served(room.mcp), await served(createMcpHandler(bareServer))]
  try {
    const call = async (port: number, name: string, args: object): Promise<unknown> => {
      const { body, headers } = modern('tools/call', { name, arguments: args })
      const answer = await fetch(`http://127.0.0.1:${port}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: `Bearer ${token}`, ...headers },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      if (!answer.ok || text.includes('"isError":true')) throw new Error(text)
      return text
    }
    const [lughs, bares] = [samplesOf(), samplesOf()]
    const batch = async (port: number, [middle, last]: readonly [number[], number[]]): Promise<void> => {
      const times: number[] = []
      for (let n = 0; n < CALLS; n += 1) times.push(await timed(() => call(port, 'list_tasks', {})))
      times.sort((a, b) => a - b)
      middle.push(times[CALLS / 2] ?? 0)
      last.push(times[CALLS - 2] ?? 0)
    }
    await inTurn(
      bench.rounds(20, 5),
      () => batch(lugh.port, lughs),
      () => batch(bare.port, bares),
    )

    // How long after a task moved the last of a hundred knows.
    const waits: number[] = []
    for (let round = 0; round < bench.rounds(5, 3); round += 1) {
      await room.db.run(`update task set state = 'running', lease_holder = 'test:1', lease_until = now() + interval '1 hour'`)
      const all = Promise.all(Array.from({ length: WAITERS }, () => call(lugh.port, 'wait_for_task', { task: 1, timeout_seconds: 60 })))
      await new Promise((resolve) => setTimeout(resolve, 1500))
      await room.askApproval(1, `npm test ${round}`)
      waits.push(await timed(() => all))
    }
    const weights = await weigh(room, bench.rounds(3, 2))
    const of = (name: string, at: 0 | 1): Row => ({ name, store, unit: 'ms', lugh: lughs[at], bare: { name: 'bare SDK server', samples: bares[at] } })
    return [
      of('MCP tools/call, p50 of 100', 0),
      of('MCP tools/call, p99 of 100', 1),
      { name: `MCP ${WAITERS} waiting, a task moves → the last is told`, store, unit: 'ms', lugh: waits },
      {
        name: `MCP ${SESSIONS} sessions of the older protocol`,
        store,
        unit: 'MB',
        lugh: weights.lugh,
        bare: { name: 'bare SDK sessions', samples: weights.bare },
      },
    ]
  } finally {
    await Promise.all([lugh.close(), bare.close()])
    await room.mcp.close()
    await home.settle()
    await home.end()
  }
}

/** Medians, and 99ths. */
const samplesOf = (): [number[], number[]] => [[], []]

setFlagsFromString('--expose-gc')
const collect = z.function({ input: [], output: z.unknown() }).implement(() => runInNewContext('gc')())

/** Megabytes that are in use, after everything that is not was thrown away. */
async function heap(): Promise<number> {
  for (let n = 0; n < 3; n += 1) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** What a hundred sessions hold while they are open. The first round is not counted: what was called before it is still being compiled. */
async function weigh(room: McpRoom, rounds: number): Promise<{ lugh: number[]; bare: number[] }> {
  const lugh: number[] = []
  const bare: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    lugh.push(await heldBy(() => openSessions(room)))
    bare.push(await heldBy(() => openBareSessions(room)))
  }
  return { lugh: lugh.slice(1), bare: bare.slice(1) }
}

async function heldBy(open: () => Promise<() => Promise<void>>): Promise<number> {
  const before = await heap()
  const close = await open()
  const held = (await heap()) - before
  await close()
  return held
}

/** They end with the endpoint. */
async function openSessions(room: McpRoom): Promise<() => Promise<void>> {
  for (let n = 0; n < SESSIONS; n += 1) await room.older(ENV_TOKEN)
  return () => Promise.resolve()
}

async function openBareSessions(room: McpRoom): Promise<() => Promise<void>> {
  const transports: WebStandardStreamableHTTPServerTransport[] = []
  for (let n = 0; n < SESSIONS; n += 1) {
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => `session-${n}` })
    await bareServer().connect(transport)
    await room.older(ENV_TOKEN, {}, { fetch: (request) => transport.handleRequest(request) })
    transports.push(transport)
  }
  return async () => {
    for (const transport of transports) await transport.close()
  }
}
