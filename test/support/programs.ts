/** Programs that speak to a whole Lugh over MCP, as people connect them: the official clients of both generations, over HTTP and over `lugh mcp`. */
import { createServer } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as OlderStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as OlderHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { BIN, NODE, spawnLugh } from './lugh-process.ts'
import type { System } from './system.ts'

export const GENERATIONS = ['v1', 'v2'] as const
export const WAYS = ['http', 'stdio'] as const
export type Generation = (typeof GENERATIONS)[number]
export type Way = (typeof WAYS)[number]

/** What an answer of a tool holds. */
const Answer = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  content: z.array(z.looseObject({ text: z.string().optional() })),
})
export type Answer = Readonly<{ isError: boolean; said: string; output: Readonly<Record<string, unknown>> }>

/** What the person in front of the client says to its form: undefined puts it away. */
export type Decide = (message: string) => 'allow' | 'deny' | undefined
export type Calling = Readonly<{ signal?: AbortSignal; onprogress?: (message: string) => void; timeoutMs?: number }>

export type Program = Readonly<{
  tools: () => Promise<string[]>
  call: (name: string, args?: Readonly<Record<string, unknown>>, how?: Calling) => Promise<Answer>
  /** Hangs up, as a laptop that is closed does; nothing is said before. */
  close: () => Promise<void>
}>

export type Door = Readonly<{ url: string; secret: string; env: Readonly<Record<string, string>> }>

const NAME = { name: 'a-test', version: '0' }
/** Clients of their own give a call a minute; a loaded machine needs more. */
const CALL_MS = 180_000

/** A port that was free a moment ago, so that every life of one Lugh has the same address. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address === null || typeof address === 'string' ? reject(new Error('no port')) : resolve(address.port)))
    })
  })
}

/** Makes a token at the console, as the owner does, and answers where and how programs use it. `port`: Lugh's own. */
export async function doorOf(system: System, port: number, ...words: readonly string[]): Promise<Door> {
  const verb = async (...argv: readonly string[]): Promise<string> => {
    const run = spawnLugh(system.env, system.at.cwd, argv)
    const { code } = await run.exited
    if (code !== 0) throw new Error(`lugh ${argv.join(' ')}: ${run.output()}`)
    return run.output()
  }
  const name = `t${performance.now().toFixed(3).replace('.', '_')}`
  await verb('add_token', name, ...words)
  const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(await verb('issue_token', name, '--json')))
  return { url: `http://127.0.0.1:${port}/mcp`, secret, env: { ...system.env, LUGH_MCP_TOKEN: secret } }
}

/** Connects a client. `decide`: what is answered to forms; without it the client has none. */
export function connect(generation: Generation, way: Way, door: Door, decide?: Decide): Promise<Program> {
  return generation === 'v1' ? connectOlder(way, door, decide) : connectNewer(way, door, decide)
}

const stdio = ({ env }: Door) => ({ command: NODE, args: [BIN, 'mcp'], env: { ...env }, stderr: 'ignore' as const })
const http = ({ secret }: Door) => ({ requestInit: { headers: { authorization: `Bearer ${secret}` } } })

function formOf(decide: Decide | undefined, message: string) {
  const decision = decide?.(message)
  return decision === undefined ? { action: 'decline' as const } : { action: 'accept' as const, content: { decision } }
}

async function connectNewer(way: Way, door: Door, decide: Decide | undefined): Promise<Program> {
  const capabilities = decide === undefined ? {} : { elicitation: { form: {} } }
  const client = new Client(NAME, { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } })
  if (decide !== undefined) client.setRequestHandler('elicitation/create', ({ params }) => formOf(decide, params.message))
  await client.connect(way === 'http' ? new StreamableHTTPClientTransport(new URL(door.url), http(door)) : new StdioClientTransport(stdio(door)))
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}, how = {}) => read(await client.callTool({ name, arguments: { ...args } }, howOf(how))),
    close: () => client.close(),
  }
}

async function connectOlder(way: Way, door: Door, decide: Decide | undefined): Promise<Program> {
  const client = new OlderClient(NAME, { capabilities: decide === undefined ? {} : { elicitation: {} } })
  if (decide !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => formOf(decide, params.message))
  await client.connect(way === 'http' ? new OlderHttpTransport(new URL(door.url), http(door)) : new OlderStdioTransport(stdio(door)))
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args = {}, how = {}) => read(await client.callTool({ name, arguments: { ...args } }, CallToolResultSchema, howOf(how))),
    close: () => client.close(),
  }
}

function howOf({ signal, onprogress, timeoutMs = CALL_MS }: Calling) {
  return {
    timeout: timeoutMs,
    resetTimeoutOnProgress: true,
    ...(signal === undefined ? {} : { signal }),
    ...(onprogress === undefined ? {} : { onprogress: ({ message }: { message?: string | undefined }) => onprogress(message ?? '') }),
  }
}

function read(result: unknown): Answer {
  const { isError, structuredContent, content } = Answer.parse(result)
  return { isError: isError === true, output: structuredContent ?? {}, said: content.map(({ text }) => text ?? '').join('\n') }
}
