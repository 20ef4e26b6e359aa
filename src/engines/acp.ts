/**
 * Any agent that speaks the Agent Client Protocol, as an engine. The protocol's own library is loaded when it is installed; the agent is
 * a program behind the walls, that asks before it acts and keeps its conversations in its HOME.
 */
import { Readable, Writable } from 'node:stream'
import { LughError } from '#core'
import { z } from 'zod'
import { listenTo, permissionOf, Request, Told } from './acp-words.ts'
import { OWN_SERVER, OWN_TOOLS, hearOnce } from './served-calls.ts'
import type { SessionEngineParts } from './command.ts'
import { gaveUp } from './ended.ts'
import { gatewayEnvironment, toolsEnvironment } from './gateway-environment.ts'
import { findPackage, howToInstall, loadPackage, programOn, type Shelves } from './installed.ts'
import type { PermissionAnswer, Session, SessionEngine } from './session-port.ts'
import { splitCommand } from './split-command.ts'
import { talkWith } from './talk-with.ts'

/** The protocol's library, and the release it was tried with. */
const LIBRARY = '@agentclientprotocol/sdk'
export const ACP_LIBRARY = `${LIBRARY}@2.4.0`
const PROTOCOL = 1
/** What its last word may be; it is shown on a phone. */
const LAST_MAX = 8000

type Handler = (context: { readonly params: unknown }) => unknown
/** Of the library, what is used here. */
type Agent = { request(method: string, params: unknown): Promise<unknown>; notify(method: string, params: unknown): Promise<void> }
type Client = {
  onRequest(method: string, params: { parse: (params: unknown) => unknown }, handler: Handler): Client
  onNotification(method: string, params: { parse: (params: unknown) => unknown }, handler: Handler): Client
  connectWith<T>(stream: unknown, work: (agent: Agent) => Promise<T>): Promise<T>
}
const isFunction = (value: unknown): boolean => typeof value === 'function'
const Library = z.object({
  client: z.custom<(options: { name: string }) => Client>(isFunction),
  ndJsonStream: z.custom<(output: unknown, input: unknown) => unknown>(isFunction),
})

const Initialized = z.object({
  protocolVersion: z.number(),
  agentCapabilities: z
    .object({
      loadSession: z.boolean().nullish(),
      mcpCapabilities: z.object({ http: z.boolean().nullish() }).nullish(),
      sessionCapabilities: z.object({ resume: z.unknown().optional() }).nullish(),
    })
    .nullish(),
})
const Select = z.looseObject({
  id: z.string(),
  category: z.string().nullish(),
  currentValue: z.unknown().optional(),
  options: z.array(z.unknown()).nullish(),
})
const Begun = z.object({ configOptions: z.array(Select).nullish().catch(undefined) })
const BegunNew = Begun.extend({ sessionId: z.string() })
const Answered = z.object({ stopReason: z.string() })

/** `line`: the agent's command as the operator set it, `claude-agent-acp`. */
export function createAcpEngine(line: string | undefined, shelves: Shelves, parts: SessionEngineParts): SessionEngine {
  return {
    name: 'acp',
    asks: true,
    ...parts,
    available: () => {
      if (findPackage(shelves, LIBRARY) === undefined) return { ok: false, why: howToInstall(shelves, ACP_LIBRARY) }
      if (line === undefined)
        return { ok: false, why: 'No ACP agent is set: put its command into LUGH_ENGINE_ACP, as in "claude-agent-acp", and restart Lugh.' }
      if (splitCommand(line)?.[0] === undefined) return { ok: false, why: 'LUGH_ENGINE_ACP has a quote that does not end.' }
      return parts.ground()
    },
    work: (session) => work(line ?? '', shelves, session),
  }
}

async function work(line: string, shelves: Shelves, session: Session): Promise<{ words: string }> {
  const found = findPackage(shelves, LIBRARY)
  const [word, ...rest] = splitCommand(line) ?? []
  if (found === undefined || word === undefined) throw new LughError('engine.failed', howToInstall(shelves, ACP_LIBRARY))
  const library = Library.parse(await loadPackage(found, LIBRARY))
  const { argv, readable = [] } = programOn(shelves, word)
  const program = talkWith(session, {
    argv: [argv[0], ...argv.slice(1), ...rest.map((each) => each.replaceAll('{model}', session.model))],
    readable,
    env: gatewayEnvironment(session.gateway, session.model),
  })
  const stream = library.ndJsonStream(Writable.toWeb(program.stdin), Readable.toWeb(program.stdout))
  const conversation = converse(session)
  let failure: unknown
  let words = ''
  try {
    words = await library
      .client({ name: 'lugh' })
      .onNotification('session/update', Told, ({ params }) => conversation.told(Told.parse(params)))
      .onRequest('session/request_permission', Request, ({ params }) => conversation.asked(Request.parse(params)))
      .connectWith(stream, (agent) => conversation.run(agent))
  } catch (error) {
    failure = error
  }
  const gone = program.gone()
  await program.close()
  session.signal.throwIfAborted()
  if (failure !== undefined) throw gaveUp('The ACP agent', failure, gone)
  return { words }
}

type Conversation = {
  readonly told: (told: z.infer<typeof Told>) => void
  readonly asked: (request: z.infer<typeof Request>) => Promise<unknown>
  /** Answers its last words. */
  readonly run: (agent: Agent) => Promise<string>
}

function converse(session: Session): Conversation {
  const listening = listenTo()
  // Of what agents title a call, only this is known to be one; others tell of it in words of their own, and it stands in the steps twice.
  const on = hearOnce(session, ({ line }) => line.startsWith(OWN_TOOLS))
  let words = ''
  let current: string | undefined
  return {
    told: ({ sessionId, update }) => {
      if (sessionId !== current) return // an earlier conversation that is being told again
      for (const event of listening.hear(update)) {
        // What it says after its last step is its last word.
        if (event.type === 'tool_call') words = ''
        if (event.type === 'text') words = (words + event.text).slice(-LAST_MAX)
        on(event)
      }
    },
    asked: async ({ toolCall, options }) => {
      const answer = await session.ask(permissionOf(listening.full(toolCall)))
      return { outcome: outcomeOf(answer, options) }
    },
    run: async (agent) => {
      const begun = await begin(agent, session)
      current = begun.sessionId
      session.on({ type: 'session', id: begun.sessionId })
      const prompt = [{ type: 'text', text: begun.anew ? session.promptAnew : session.prompt }]
      const { stopReason } = Answered.parse(await agent.request('session/prompt', { sessionId: begun.sessionId, prompt }))
      if (stopReason === 'refusal') throw new LughError('engine.failed', 'The agent refused to go on with this.')
      if (stopReason === 'cancelled') throw new LughError('engine.failed', 'The agent ended its work in the middle.')
      return words.toWellFormed().trim()
    },
  }
}

type Begun = { readonly sessionId: string; readonly anew: boolean }

async function begin(agent: Agent, session: Session): Promise<Begun> {
  const { agentCapabilities } = Initialized.parse(
    await agent.request('initialize', { protocolVersion: PROTOCOL, clientCapabilities: {}, clientInfo: { name: 'lugh', version: '1' } }),
  )
  const resumes = agentCapabilities?.sessionCapabilities?.resume !== undefined && agentCapabilities.sessionCapabilities.resume !== null
  const how = resumes ? 'session/resume' : agentCapabilities?.loadSession === true ? 'session/load' : undefined
  const place = {
    cwd: session.worktree,
    mcpServers: serversFor(session.tools, agentCapabilities?.mcpCapabilities?.http === true),
    _meta: OWN_SETTINGS,
  }
  if (session.resume !== null && how !== undefined) {
    const begun = await agent.request(how, { ...place, sessionId: session.resume }).catch(() => undefined)
    if (begun !== undefined) {
      await chooseModel(agent, session, session.resume, Begun.parse(begun ?? {}))
      return { sessionId: session.resume, anew: false }
    }
  }
  const begun = BegunNew.parse(await agent.request('session/new', place))
  await chooseModel(agent, session, begun.sessionId, begun)
  return { sessionId: begun.sessionId, anew: true }
}

/** Passes lines on to the endpoint and back: every agent of the protocol starts servers that are programs, not every one reaches one by HTTP. */
const BRIDGE = `while IFS= read -r line; do
  printf %s "$line" | curl -sSN "$TOOLS_MCP_URL" -H "Authorization: Bearer $TOOLS_TOKEN" \\
    -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' --data-binary @- | sed -un 's/^data: //; /^{/p' &
done; wait`

/** The one server it has is Lugh, who decides about each call by itself. */
function serversFor(tools: Session['tools'], overHttp: boolean): unknown[] {
  if (tools === undefined) return []
  if (overHttp) return [{ type: 'http', name: OWN_SERVER, url: tools.url, headers: [{ name: 'Authorization', value: `Bearer ${tools.token}` }] }]
  const env = Object.entries(toolsEnvironment(tools)).map(([name, value]) => ({ name, value }))
  return [{ name: OWN_SERVER, command: '/bin/sh', args: ['-c', BRIDGE], env }]
}

/** Agents on Claude Code: a repository's settings file could allow commands and run hooks, so only the HOME's own counts. Others pass it over. */
const OWN_SETTINGS = {
  claudeCode: {
    options: {
      settingSources: ['user'],
      disallowedTools: ['WebSearch', 'WebFetch'],
      allowedTools: [`mcp__${OWN_SERVER}`], // Lugh asks
      promptSuggestions: false,
      allowDangerouslySkipPermissions: false,
    },
  },
}

/** Where the agent lets its model be chosen, the run's own is; the gateway would refuse every other. */
async function chooseModel(agent: Agent, session: Session, sessionId: string, { configOptions }: z.infer<typeof Begun>): Promise<void> {
  const select = configOptions?.find(({ category }) => category === 'model')
  if (select === undefined || select.currentValue === session.model) return
  if (!JSON.stringify(select.options ?? []).includes(JSON.stringify(session.model))) return
  await agent.request('session/set_config_option', { sessionId, configId: select.id, value: session.model })
}

/** Never more than was allowed: "always" is Lugh's to give, by a grant, and never the agent's to remember. */
function outcomeOf({ answer }: PermissionAnswer, options: z.infer<typeof Request>['options']): unknown {
  const optionId = options.find(({ kind }) => kind === (answer === 'allowed' ? 'allow_once' : 'reject_once'))?.optionId
  return optionId === undefined || answer === 'stopped' ? { outcome: 'cancelled' } : { outcome: 'selected', optionId }
}
