/**
 * Codex as an engine, where its package is installed: its app server behind the walls, told by JSON-RPC lines what to do. Its model is asked
 * for through the gateway in the form of Responses; it asks before commands, and keeps its conversations in its HOME.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LughError } from '#core'
import { z } from 'zod'
import { codexEvents, codexPermission } from './codex-words.ts'
import type { SessionEngineParts } from './command.ts'
import { gaveUp } from './ended.ts'
import { TOOLS_TOKEN, gatewayEnvironment, toolsEnvironment } from './gateway-environment.ts'
import { findPackage, howToComplete, howToInstall, type Shelves } from './installed.ts'
import { GONE, lineRpc, type LineRpc } from './line-rpc.ts'
import type { Session, SessionEngine } from './session-port.ts'
import { talkWith } from './talk-with.ts'

const PACKAGE = '@openai/codex'
/** With the release it was tried with. */
export const CODEX = `${PACKAGE}@0.166.0`

const TRIPLES: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
}

/** Seconds a call of a server's tool may take: a person is asked for five minutes, and the server may take three. */
const SERVED_S = 600

const Thread = z.object({ thread: z.object({ id: z.string() }) })
const Turn = z.object({ turn: z.object({ status: z.string(), error: z.object({ message: z.string() }).nullish() }) })

/** The engine; it works where the package and its program for this machine are installed. */
export function createCodexEngine(shelves: Shelves, parts: SessionEngineParts): SessionEngine {
  return {
    name: 'codex',
    asks: true,
    ...parts,
    available: () => {
      const found = findPackage(shelves, PACKAGE)
      if (found === undefined) return { ok: false, why: howToInstall(shelves, CODEX) }
      if (programOf(shelves) === undefined) return { ok: false, why: howToComplete(PACKAGE, found) }
      return parts.ground()
    },
    work: (session) => work(shelves, session),
  }
}

/** The program comes in a package of its own for each kind of machine. */
function programOf(shelves: Shelves): { readonly path: string; readonly root: string } | undefined {
  const machine = `${process.platform}-${process.arch}`
  const found = findPackage(shelves, `${PACKAGE}-${machine}`)
  const path = join(found?.directory ?? '', 'vendor', TRIPLES[machine] ?? '', 'bin', 'codex')
  return found !== undefined && existsSync(path) ? { path, root: found.root } : undefined
}

async function work(shelves: Shelves, session: Session): Promise<{ words: string }> {
  const program = programOf(shelves)
  if (program === undefined) throw new LughError('engine.failed', howToInstall(shelves, CODEX))
  const talking = talkWith(session, {
    argv: [program.path, 'app-server', ...settingsFor(session).flatMap((setting) => ['-c', setting])],
    readable: [program.root],
    env: { ...gatewayEnvironment(session.gateway, session.model), ...toolsEnvironment(session.tools) },
  })
  let words = ''
  let failure: unknown
  const turn = new Promise<z.infer<typeof Turn>['turn']>((resolve, reject) => {
    const rpc = lineRpc(talking, {
      told: (method, params) => {
        for (const event of codexEvents(method, params)) {
          if (event.type === 'text') words = event.text
          session.on(event)
        }
        if (method === 'turn/completed') resolve(Turn.parse(params).turn)
      },
      called: (method, params) => {
        const permission = codexPermission(method, params)
        return permission === undefined ? undefined : session.ask(permission).then(({ answer }) => ({ decision: DECISIONS[answer] }))
      },
    })
    void talking.ended.then(
      () => reject(new Error(GONE)),
      (error: unknown) => reject(error),
    )
    begin(rpc, session).catch(reject)
  })
  try {
    const { status, error } = await turn
    if (status !== 'completed') failure = new Error(error?.message ?? `its turn was ${status}`)
  } catch (error) {
    failure = error
  }
  const gone = talking.gone()
  await talking.close()
  session.signal.throwIfAborted()
  if (failure === undefined) return { words: words.toWellFormed().trim() }
  throw gaveUp('Codex', failure, gone)
}

const DECISIONS = { allowed: 'accept', denied: 'decline', stopped: 'cancel' } as const

/**
 * One provider, the gateway, and nothing that would reach past it. Its own sandbox is off, since it is inside Lugh's (and one cannot be
 * made in the other); whether a command may run is asked for every one that does more than read.
 */
function settingsFor({ gateway, tools }: Session): string[] {
  const provider = `{name="Lugh",base_url=${JSON.stringify(gateway.openaiUrl)},env_key="OPENAI_API_KEY",wire_api="responses",requires_openai_auth=false,supports_websockets=false}`
  return [
    `model_providers.lugh=${provider}`,
    'model_provider="lugh"',
    'web_search="disabled"',
    'check_for_update_on_startup=false',
    'analytics.enabled=false',
    'features.plugins=false', // fetched at every start from github.com, api.github.com and chatgpt.com
    ...(tools === undefined ? [] : [`mcp_servers.lugh=${serverOf(tools)}`]),
  ]
}

/** The one server it has is Lugh, who decides about each call by itself: Codex is not to ask a second time. It waits for it before it begins. */
function serverOf({ url }: NonNullable<Session['tools']>): string {
  return `{url=${JSON.stringify(url)},bearer_token_env_var="${TOOLS_TOKEN}",default_tools_approval_mode="approve",required=true,tool_timeout_sec=${SERVED_S}}`
}

async function begin(rpc: LineRpc, session: Session): Promise<void> {
  await rpc.call('initialize', { clientInfo: { name: 'lugh', title: 'Lugh', version: '1' }, capabilities: null })
  rpc.tell('initialized', {})
  const place = { model: session.model, modelProvider: 'lugh', cwd: session.worktree, approvalPolicy: 'untrusted', sandbox: 'danger-full-access' }
  const resumed = session.resume === null ? undefined : await rpc.call('thread/resume', { ...place, threadId: session.resume }).catch(() => undefined)
  const { thread } = Thread.parse(resumed ?? (await rpc.call('thread/start', place)))
  session.on({ type: 'session', id: thread.id })
  const text = resumed === undefined ? session.promptAnew : session.prompt
  await rpc.call('turn/start', { threadId: thread.id, input: [{ type: 'text', text, text_elements: [] }] })
}
