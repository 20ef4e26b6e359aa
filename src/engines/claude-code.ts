/**
 * Claude Code as an engine, by Anthropic's Agent SDK when that is installed. The SDK runs here; the program it drives is behind the walls
 * with the run's token, asks before every command, and keeps its conversations in its HOME.
 */
import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LughError } from '#core'
import { z } from 'zod'
import { ClaudeMessage, claudePermission, eventsOf } from './claude-code-words.ts'
import type { SessionEngineParts } from './command.ts'
import { gaveUp } from './ended.ts'
import { gatewayEnvironment } from './gateway-environment.ts'
import { findPackage, howToComplete, howToInstall, loadPackage, type Installed, type Shelves } from './installed.ts'
import { OWN_SERVER, OWN_TOOLS, hearOnce } from './served-calls.ts'
import type { Session, SessionEngine } from './session-port.ts'
import { talkWith, type Talking } from './talk-with.ts'

const SDK = '@anthropic-ai/claude-agent-sdk'
/** With the release it was tried with. */
export const CLAUDE_SDK = `${SDK}@0.3.316`
/** What its tools may be: none that runs at the provider, reaches the network or asks a person past Lugh. */
const TOOLS = ['Bash', 'BashOutput', 'KillShell', 'Read', 'Edit', 'Write', 'Glob', 'Grep', 'NotebookEdit', 'TodoWrite', 'Task']
const Spawn = z.object({ command: z.string(), args: z.array(z.string()) })
type Query = (asked: { prompt: AsyncIterable<unknown>; options: Record<string, unknown> }) => AsyncIterable<unknown>
const Library = z.object({ query: z.custom<Query>((value) => typeof value === 'function') })

/** The engine; it works where the SDK and its program for this machine are installed. */
export function createClaudeCodeEngine(shelves: Shelves, parts: SessionEngineParts): SessionEngine {
  return {
    name: 'claude-code',
    asks: true,
    ...parts,
    available: () => {
      const found = findPackage(shelves, SDK)
      if (found === undefined) return { ok: false, why: howToInstall(shelves, CLAUDE_SDK) }
      if (programOf(shelves) === undefined) return { ok: false, why: howToComplete(SDK, found) }
      return parts.ground()
    },
    work: (session) => work(shelves, session),
  }
}

/** The program comes in a package of its own for each kind of machine. */
function programOf(shelves: Shelves): { readonly path: string; readonly root: string } | undefined {
  for (const libc of ['', '-musl']) {
    const found = findPackage(shelves, `${SDK}-${process.platform}-${process.arch}${libc}`)
    const path = join(found?.directory ?? '', 'claude')
    if (found !== undefined && existsSync(path)) return { path, root: found.root }
  }
  return undefined
}

async function work(shelves: Shelves, session: Session): Promise<{ words: string }> {
  const found = findPackage(shelves, SDK)
  if (found === undefined) throw new LughError('engine.failed', howToInstall(shelves, CLAUDE_SDK))
  if (session.resume === null) return once(shelves, found, session, null)
  const resumed = await once(shelves, found, session, session.resume).catch((error: unknown) => {
    if (error instanceof LughError && /No conversation found/iu.test(error.say)) return undefined
    throw error
  })
  return resumed ?? once(shelves, found, session, null)
}

async function once(shelves: Shelves, found: Installed, session: Session, resume: string | null): Promise<{ words: string }> {
  const { query } = Library.parse(await loadPackage(found, SDK))
  const program = programOf(shelves)
  let running: Talking | undefined
  let words: string | undefined
  let failure: unknown
  const over = new AbortController()
  const on = hearOnce(session, ({ tool }) => tool.startsWith(OWN_TOOLS))
  try {
    const options = {
      ...settingsFor(session, resume),
      pathToClaudeCodeExecutable: program?.path ?? 'claude',
      spawnClaudeCodeProcess: (spawn: unknown) => {
        const { command, args } = Spawn.parse(spawn)
        const env = { ...gatewayEnvironment(session.gateway, session.model), CLAUDE_CODE_ENTRYPOINT: 'sdk-ts' }
        running = talkWith(session, { argv: [command, ...args], env, readable: program === undefined ? [] : [program.root] })
        return asProcess(running)
      },
    }
    for await (const raw of query({ prompt: one(resume === null ? session.promptAnew : session.prompt, over.signal), options })) {
      const message = ClaudeMessage.parse(raw)
      if (message === undefined) continue
      for (const event of eventsOf(message)) on(event)
      if (message.type !== 'result') continue
      if (message.is_error) failure = { message: [...(message.errors ?? []), message.result ?? ''].join(' ').trim() }
      words = message.result ?? ''
      break
    }
  } catch (error) {
    failure ??= error
  }
  over.abort()
  const gone = running?.gone()
  await running?.close()
  session.signal.throwIfAborted()
  if (failure !== undefined) throw gaveUp('Claude Code', failure, gone)
  if (words === undefined) throw new LughError('engine.failed', 'Claude Code ended without an answer.')
  return { words }
}

/** Nothing but what stands here decides what it may: no settings, hooks, servers or memory of the repository, and it asks before every command. */
function settingsFor(session: Session, resume: string | null): Record<string, unknown> {
  return {
    cwd: session.worktree,
    model: session.model,
    env: {},
    settingSources: [],
    settings: { permissions: { ask: ['Bash'] } },
    strictMcpConfig: true,
    mcpServers: serversFor(session),
    tools: TOOLS,
    permissionMode: 'default',
    systemPrompt: { type: 'preset', preset: 'claude_code' },
    ...(resume === null ? {} : { resume }),
    canUseTool: async (tool: string, input: unknown) => {
      // Lugh decides when the call comes in, by what really comes.
      if (session.tools !== undefined && tool.startsWith(OWN_TOOLS)) return { behavior: 'allow', updatedInput: input }
      const answer = await session.ask(claudePermission(tool, input))
      if (answer.answer === 'allowed') return { behavior: 'allow', updatedInput: input }
      return { behavior: 'deny', message: answer.answer === 'denied' ? answer.why : 'Stopped.', interrupt: answer.answer === 'stopped' }
    },
  }
}

/** The one server it has is Lugh, in whose tools everything stands that a person connected. */
function serversFor({ tools }: Session): Record<string, unknown> {
  if (tools === undefined) return {}
  return { [OWN_SERVER]: { type: 'http', url: tools.url, headers: { Authorization: `Bearer ${tools.token}` } } }
}

/** One message, and then the line stays open: it asks over it. */
async function* one(content: string, over: AbortSignal): AsyncGenerator {
  yield { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null, session_id: '' }
  if (!over.aborted) await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }))
}

/** What the SDK takes for a process. */
function asProcess({ stdin, stdout, ended: end, close }: Talking): EventEmitter {
  const events = new EventEmitter()
  const process = Object.assign(events, {
    stdin,
    stdout,
    killed: false,
    exitCode: initialExit(),
    kill: () => {
      process.killed = true
      void close().catch(() => undefined)
      return true
    },
  })
  void end.then(
    ({ exitCode }) => {
      process.exitCode = exitCode ?? 1
      events.emit('exit', process.exitCode, null)
    },
    (error: unknown) => events.emit('error', error),
  )
  return process
}

function initialExit(): number | null {
  return null
}
