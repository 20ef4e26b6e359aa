/** The door for programs over a real store, without a bot, a worker or a network: requests go straight in, as HTTP would bring them. */
import { ApprovalId, randomIds, systemClock, type TokenScope } from '#core'
import { insertApproval, taskByNumber, type Store } from '#db'
import { createMcp, type Mcp, type McpOptions } from '#mcp'
import { capabilities } from '#orchestrator'
import { z } from 'zod'
import { commandDigest } from '../../src/orchestrator/policy/bind-command.ts'
import { openMoneyRoom } from './money-room.ts'
import { NO_GIT } from './no-git.ts'

export const MODERN = '2026-07-28'
export const ENV_TOKEN = 'an-environment-token-of-a-test'

const Rpc = z.looseObject({ result: z.looseObject({}).optional(), error: z.looseObject({ code: z.number(), message: z.string() }).optional() })
const ToolResult = z.looseObject({
  isError: z.boolean().optional(),
  structuredContent: z.looseObject({}).optional(),
  content: z.array(z.looseObject({ text: z.string().optional() })).optional(),
})
export type McpRoom = Awaited<ReturnType<typeof openMcpRoom>>

/** A project "shop" with `count` tasks that nobody works on, and the door to it. */
export async function openMcpRoom(db: Store, count = 0, more: Partial<McpOptions> = {}) {
  const money = await openMoneyRoom(db, count)
  const warnings: { fields: object; event: string }[] = []
  const options: McpOptions = {
    db,
    capabilities,
    facts: money.facts,
    git: NO_GIT,
    clock: systemClock,
    ids: randomIds,
    log: { warn: (fields, event) => warnings.push({ fields, event }) },
    token: () => ENV_TOKEN,
    literalNames: false,
    hosts: ['lugh.example.org'],
    ...more,
  }
  const mcp = createMcp(options)

  /** Makes a token as the owner does, and answers its secret. */
  async function token(
    scopes: readonly TokenScope[],
    more: { projects?: string[]; days?: number; per_minute?: number; name?: string } = {},
  ): Promise<string> {
    const name = more.name ?? `t${randomIds.token(6).replaceAll('-', '_')}`
    await money.ask('add_token', { ...more, name, scopes })
    return z.object({ secret: z.string() }).parse(await money.ask('issue_token', { name })).secret
  }

  function post(
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
    at: Pick<Mcp, 'fetch'> = mcp,
  ): Promise<Response> {
    return at.fetch(
      new Request('http://127.0.0.1:3000/mcp', {
        method: 'POST',
        headers: { host: '127.0.0.1:3000', 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    )
  }

  /** A client of the older protocol: `initialize`, and what it sends afterwards in that session. */
  async function older(secret: string, capabilities: object = {}, at: Pick<Mcp, 'fetch'> = mcp) {
    const authorization = `Bearer ${secret}`
    const hello = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'test', version: '0' } }
    const first = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params: hello }, { authorization }, undefined, at)
    const session = first.headers.get('mcp-session-id') ?? ''
    await first.text()
    const headers = { authorization, 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
    const send = (body: object, to: Pick<Mcp, 'fetch'> = at): Promise<Response> => post({ jsonrpc: '2.0', ...body }, headers, undefined, to)
    return { session, headers, send }
  }

  /** One request of the newest protocol; answers the JSON-RPC answer, the last one of a stream. */
  async function rpc(secret: string, method: string, params: Record<string, unknown> = {}, capabilities: object = {}) {
    const { body, headers } = modern(method, params, capabilities)
    const answer = await post(body, { authorization: `Bearer ${secret}`, ...headers })
    return { status: answer.status, ...Rpc.parse(lastOf(await answer.text())) }
  }

  /** Calls a tool; answers its result, or throws what the protocol refused. */
  async function call(secret: string, name: string, args: Record<string, unknown> = {}, capabilities: object = {}) {
    const { result, error } = await rpc(secret, 'tools/call', { name, arguments: args }, capabilities)
    if (result === undefined) throw new Error(error?.message ?? 'no answer')
    return { ...ToolResult.parse(result), whole: result }
  }

  /** Has the task ask a person for a command. */
  async function ask(number: number, command = 'npm test'): Promise<{ approval: string; digest: string }> {
    return db.tx(async (tx) => {
      const task = await taskByNumber(tx, number)
      if (task === undefined) throw new Error('no task')
      const action = { tool: 'run_command' as const, command, cwd: '/w' }
      const digest = commandDigest(action, null, {})
      const id = ApprovalId.parse(randomIds.uuid())
      const row = {
        id,
        taskId: task.id,
        runId: null,
        callId: randomIds.uuid(),
        action,
        why: 'to see',
        risk: 'runs code',
        digest,
        binding: {},
        alike: command,
        shownWith: null,
      }
      await insertApproval(tx, row)
      await tx.run(`update task set state = 'waiting', lease_holder = null, lease_until = null where id = $1::uuid`, [task.id])
      await tx.notify('work', task.id)
      return { approval: id, digest }
    })
  }
  return { ...money, mcp, options, older, warnings, token, post, rpc, call, askApproval: ask }
}

/** One request as clients of the newest protocol send it. */
export function modern(method: string, params: Record<string, unknown> = {}, capabilities: object = {}) {
  const name = ['name', 'uri', 'taskId'].map((key) => params[key]).find((value) => typeof value === 'string')
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '0' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  }
  return {
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    headers: { 'mcp-protocol-version': MODERN, 'mcp-method': method, ...(name === undefined ? {} : { 'mcp-name': name }) },
  }
}

/** What a stream says, message by message, for as long as somebody reads on. */
export async function* messagesOf(answer: Response): AsyncGenerator<Record<string, unknown>> {
  let rest = ''
  const decoder = new TextDecoder()
  if (answer.body === null) return
  for await (const piece of answer.body) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ') && line !== 'data: ') yield z.looseObject({}).parse(JSON.parse(line.slice(6)))
  }
}

/** The answer of a body or a stream of events. */
export function lastOf(text: string): unknown {
  const events = text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
  return JSON.parse(events.at(-1) ?? text)
}
