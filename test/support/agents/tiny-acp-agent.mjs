/**
 * The coding agent in small behind the Agent Client Protocol: asks before it runs a command, keeps its conversations in its HOME, and tells
 * of what it does in pieces, as agents do. Written by hand against the protocol's page, so that it is not Lugh's library talking to itself.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { work } from './tiny-agent.mjs'

const folder = join(process.env.HOME, 'acp')
const conversations = new Map()
const waiting = new Map()
let last = 0
let servers = []

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = `agent-${++last}`
    waiting.set(id, resolve)
    send({ id, method, params })
  })
const keep = (sessionId) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${sessionId}.json`), JSON.stringify(conversations.get(sessionId)))
}

const KINDS = { run_command: 'execute', write_file: 'edit', edit_file: 'edit' }
const OPTIONS = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'ever', name: 'Always', kind: 'allow_always' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
]

async function prompt({ sessionId, prompt: parts }) {
  const messages = conversations.get(sessionId)
  messages.push({ role: 'user', content: parts.map(({ text }) => text).join('\n') })
  const update = (said) => send({ method: 'session/update', params: { sessionId, update: said } })
  const may = async ({ id, name, input }) => {
    const toolCall = { toolCallId: id, title: input.command ?? name, kind: KINDS[name] ?? 'read', rawInput: input }
    update({ sessionUpdate: 'tool_call', toolCallId: id, title: 'Preparing…', status: 'pending' })
    update({ sessionUpdate: 'tool_call_update', ...toolCall, status: 'in_progress' })
    if (name !== 'run_command') return true
    const { outcome } = await ask('session/request_permission', { sessionId, toolCall, options: OPTIONS })
    return outcome.outcome === 'selected' && outcome.optionId === 'yes'
  }
  const told = ({ id, output, isError }) =>
    update({
      sessionUpdate: 'tool_call_update',
      toolCallId: id,
      status: isError ? 'failed' : 'completed',
      content: [{ type: 'content', content: { type: 'text', text: output } }],
    })
  try {
    const words = await work(messages, process.env.OPENAI_MODEL, { may, told, acts: { use_server: useServer } })
    for (const piece of words.match(/.{1,7}/gsu) ?? []) update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: piece } })
  } finally {
    keep(sessionId)
  }
  return { stopReason: 'end_turn' }
}

/** One call of a tool of the only server it was given, which it starts for that: MCP in small, over lines. */
function useServer({ tool, input }) {
  const [{ command, args, env }] = servers
  const program = spawn(command, args, { env: { ...process.env, ...Object.fromEntries(env.map(({ name, value }) => [name, value])) } })
  const tell = (message) => program.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const first = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'tiny', version: '0' } }
  tell({ id: 1, method: 'initialize', params: first })
  return new Promise((resolve, reject) => {
    createInterface({ input: program.stdout }).on('line', (line) => {
      const { id, result, error } = JSON.parse(line)
      if (id === 1) {
        tell({ method: 'notifications/initialized' })
        tell({ id: 2, method: 'tools/call', params: { name: tool, arguments: input } })
      }
      if (id !== 2) return
      program.stdin.end()
      if (error !== undefined || result.isError) reject(new Error(error?.message ?? result.content[0].text))
      else resolve(result.content[0].text)
    })
  })
}

const METHODS = {
  initialize: () => ({ protocolVersion: 1, agentCapabilities: { loadSession: true }, authMethods: [] }),
  'session/new': ({ mcpServers }) => {
    servers = mcpServers
    const sessionId = randomUUID()
    conversations.set(sessionId, [])
    return { sessionId }
  },
  'session/load': ({ sessionId, mcpServers }) => {
    servers = mcpServers
    const path = join(folder, `${sessionId}.json`)
    if (!existsSync(path)) throw new Error('no such session')
    conversations.set(sessionId, JSON.parse(readFileSync(path, 'utf8')))
    // What went before is told again, as the protocol wants it.
    send({
      method: 'session/update',
      params: { sessionId, update: { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'OLD' } } },
    })
    return null
  },
  'session/prompt': prompt,
}

process.stdout.write('a line that is no message\n')
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params, result } = JSON.parse(line)
  if (method === undefined) waiting.get(id)?.(result)
  else if (id !== undefined)
    void (async () => METHODS[method](params))().then(
      (answer) => send({ id, result: answer }),
      (error) => send({ id, error: { code: -32_603, message: 'Internal error', data: { details: String(error.message) } } }),
    )
})
