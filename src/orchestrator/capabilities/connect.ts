import { CardId, ConnectorId, LughError, b, code, join, type ProjectId } from '#core'
import {
  Definition,
  appendEvent,
  askAgain,
  bringCardDown,
  changeConnector,
  connectorTools,
  definitionDigest,
  insertConnector,
  isWithheld,
  latestConversation,
  liveConnectors,
  lockConnector,
  postCard,
  touchCards,
  touchNewestCards,
  type Connector,
} from '#db'
import { splitCommand } from '#engines'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { NO_CONNECTORS } from '../cards/connectors-card.ts'
import { scopeOf } from '../connectors/keep-listing.ts'
import { changed, readChanges, readConnect, recheck, serverName, started, type Changes } from '../connectors/read-how.ts'
import { ConnectorView, viewConnector } from '../connectors/view.ts'
import { theProject } from './words.ts'

/** More servers than this are no set-up but a mistake. */
const MOST = 60
const WORDS_MAX = 4000
const Which = z.object({ connector: ConnectorId.optional(), name: z.string().max(100).optional(), project: z.string().max(200).optional() })
const List = z.object({ servers: z.array(ConnectorView), onCard: z.boolean() })
const EVERYBODY = ['owner', 'approver', 'member', 'viewer'] as const
const whichWords = (words: string): z.infer<typeof Which> => (words.trim() === '' ? {} : { name: words.trim() })

/** Adds a server, step by step on a card, or at once when everything is said. Only a person who may set Lugh up does. */
export const connect = capability({
  name: 'connect',
  describe: 'Connect an MCP server, whose tools agents may then use under your rules.',
  input: z.object({
    name: z.string().max(100).optional(),
    project: z.string().max(200).optional(),
    all: z.boolean().optional(),
    definition: Definition.optional(),
  }),
  output: List,
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'connect',
      usage: '/connect [NAME [all] [NAME=env:NAME…] [host=HOST…] [read=/DIR…] [write] COMMAND…|ADDRESS]',
      example: '/connect notes host=registry.npmjs.org npx -y @modelcontextprotocol/server-memory',
      parse: (words) => (words.trim() === '' ? {} : readConnect(wordsOf(words))),
    },
    cli: {
      verb: 'connect',
      usage: 'connect [NAME [all|project=P] [NAME=env:NAME…] [host=HOST…] [read=/DIR…] [write] COMMAND…|ADDRESS]',
      parse: (argv) => (argv.length === 0 ? {} : readConnect(argv)),
    },
    mcp: {
      scope: 'admin',
      installation: true,
      example: {
        name: 'docs',
        all: true,
        definition: { kind: 'http', url: 'https://mcp.example.org/mcp', headers: { Authorization: 'env:DOCS_TOKEN' } },
      },
      note: 'Secrets are named (env:NAME), never given. Its tools are accepted by the owner on the phone before any agent may use them.',
    },
  },
  act: async (act, input) => {
    if (input.name === undefined) return list(act)
    const projectId = input.all === true ? null : (await theProject(act, input.project)).id
    const connector = await add(act, {
      name: serverName(input.name),
      projectId,
      definition: input.definition === undefined ? null : recheck(input.definition),
      tryNow: true,
    })
    return { servers: [await view(act, connector)], onCard: await show(act, connector) }
  },
  say: sayList,
  toast: () => '',
})

/** What is connected and how it is. */
export const listConnectors = capability({
  name: 'list_connectors',
  describe: 'The connected MCP servers and how they are.',
  input: z.object({}),
  output: List,
  kind: 'read',
  may: EVERYBODY,
  doors: {
    telegram: { command: 'connect list', usage: '/connect list', example: '/connect list', parse: () => ({}) },
    cli: { verb: 'list_connectors', usage: 'list_connectors', parse: () => ({}) },
    mcp: {},
  },
  act: list,
  say: sayList,
})

/** Posts the card of one server. */
export const showConnector = capability({
  name: 'show_connector',
  describe: 'The card of an MCP server: its tools and how they are treated.',
  input: Which,
  output: List,
  kind: 'read',
  may: EVERYBODY,
  doors: {
    telegram: { command: 'connect show', usage: '/connect show NAME', example: '/connect show github', parse: whichWords },
    cli: { verb: 'show_connector', usage: 'show_connector NAME', parse: ([name = '']) => ({ name }) },
    mcp: { none: 'list_connectors tells everything at once' },
  },
  act: async (act, input) => {
    const connector = await theConnector(act, input)
    return { servers: [await view(act, connector)], onCard: await show(act, connector) }
  },
  say: sayList,
  toast: () => '',
})

/** Takes it away from every agent at once. */
export const removeConnector = capability({
  name: 'remove_connector',
  describe: 'Remove an MCP server; agents lose its tools at once.',
  input: Which,
  output: z.object({ name: z.string() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: { command: 'connect remove', usage: '/connect remove NAME', example: '/connect remove github', parse: whichWords },
    cli: { verb: 'remove_connector', usage: 'remove_connector NAME', parse: ([name = '']) => ({ name }) },
    mcp: { scope: 'admin', installation: true, destroys: true, example: { name: 'github' } },
  },
  act: async (act, input) => {
    const connector = await theConnector(act, input)
    await changeConnector(act.tx, connector, { state: 'removed', failure: null })
    const { personId, door } = act.caller
    const { id: connectorId, name } = connector
    await appendEvent(act.tx, { ...scopeOf(connector), personId, door, kind: 'connector.removed', data: { connectorId, name } })
    await touch(act, connector)
    return { name }
  },
  say: (o) => `${o.name} is removed.`,
  toast: (o) => `${o.name} is removed.`,
})

/** Tries it anew, with the secrets that are set now. */
export const retryConnector = capability({
  name: 'retry_connector',
  describe: 'Try an MCP server anew.',
  input: Which,
  output: z.object({ name: z.string() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: { command: 'connect retry', usage: '/connect retry NAME', example: '/connect retry github', parse: whichWords },
    cli: { verb: 'retry_connector', usage: 'retry_connector NAME', parse: ([name = '']) => ({ name }) },
    mcp: { scope: 'admin', installation: true, example: { name: 'github' } },
  },
  act: async (act, input) => {
    const connector = await theConnector(act, input)
    await tryIt(act, connector)
    return { name: connector.name }
  },
  say: (o) => `${o.name} is being tried; its card says what came of it.`,
  toast: () => 'Trying…',
})

const Words = z
  .array(z.string().max(1000))
  .max(60)
  .or(
    z
      .string()
      .max(1000)
      .transform((word) => [word]),
  )

/**
 * A step of the wizard, or a later change: how it is started or reached, a secret by name, a host, a directory, where it holds. Agents have its
 * tools again once it was tried, and where another program answers now, once the owner has looked at what it lists.
 */
export const editConnector = capability({
  name: 'edit_connector',
  describe: 'Change how an MCP server is started or reached.',
  input: Which.omit({ project: true }).extend({
    how: z.string().max(WORDS_MAX).optional(),
    secret: Words.optional(),
    host: Words.optional(),
    read: Words.optional(),
    writes: z.boolean().optional(),
    all: z.boolean().optional(),
    retry: z.boolean().optional(),
  }),
  output: z.object({ name: z.string(), tried: z.boolean() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {
      command: 'connect change',
      usage: '/connect change NAME [all] [NAME=env:NAME…] [host=HOST…] [read=/DIR…] [write|no-write] [COMMAND…|ADDRESS]',
      example: '/connect change notes host=api.example.org',
      parse: (text) => changesOf(wordsOf(text)),
    },
    cli: {
      verb: 'edit_connector',
      usage: 'edit_connector NAME [all] [NAME=env:NAME…] [host=HOST…] [read=/DIR…] [write|no-write] [COMMAND…|ADDRESS]',
      parse: changesOf,
    },
    mcp: { none: 'remove_connector and connect say all of it at once' },
  },
  act: async (act, { connector: id, name, retry, ...changes }) => {
    const connector = await theConnector(act, { connector: id, name })
    if (connector.state === 'testing') throw new LughError('conflict', `${connector.name} is just being tried. Wait for what its card says.`)
    const definition = changed(connector.definition, changes, wordsOf)
    const projectId = changes.all === undefined ? connector.projectId : changes.all ? null : (await theProject(act, undefined)).id
    if (projectId !== connector.projectId) await mustBeFree(act, connector.name, projectId)
    const isOther = changes.how !== undefined && connector.acceptedAt !== null
    if (isOther) await askAgain(act.tx, connector.id)
    const state = definition === null || definitionDigest(definition) === connector.digest ? connector.state : 'draft'
    const now = await changeConnector(act.tx, connector, {
      definition,
      projectId,
      state,
      face: { page: 0 },
      ...(state === 'draft' ? { failure: null } : {}),
      blocked: changes.host === undefined ? connector.blocked : [],
      ...(isOther ? { accepted: false } : {}),
    })
    const { personId, door } = act.caller
    const data = { connectorId: now.id, name: now.name, digest: now.digest }
    await appendEvent(act.tx, { ...scopeOf(now), personId, door, kind: 'connector.changed', data })
    if (retry === true) await tryIt(act, now)
    await touch(act, now)
    return { name: now.name, tried: retry === true }
  },
  say: (o) => (o.tried ? `${o.name} is changed and being tried; its card says what came of it.` : undefined),
  toast: () => 'Noted.',
})

function changesOf([name = '', ...words]: readonly string[]): z.infer<typeof Which> & Changes & { retry: true } {
  return { name, ...readChanges(words), retry: true }
}

function wordsOf(text: string): string[] {
  const words = splitCommand(text)
  if (words === undefined) throw new LughError('input.invalid', 'There is a quote that does not end.')
  return words
}

/** `tryNow`: it is tried at once when everything is said. */
type NewServer = {
  readonly name: string
  readonly projectId: ProjectId | null
  readonly definition: Definition | null
  readonly tryNow: boolean
}

/** Makes the row. */
export async function add(act: Act, { name, projectId, definition, tryNow }: NewServer): Promise<Connector> {
  await mustBeFree(act, name, projectId)
  if ((await liveConnectors(act.tx, null)).length >= MOST)
    throw new LughError('conflict', `There are ${MOST} servers already. /connect remove NAME makes room.`)
  const { personId, door } = act.caller
  const conversationId = (act.caller.conversation ?? (await latestConversation(act.tx)))?.id ?? null
  const connector = await insertConnector(act.tx, {
    id: ConnectorId.parse(act.ids.uuid()),
    home: act.facts.home,
    projectId,
    name,
    definition,
    state: definition === null || !tryNow ? 'draft' : 'testing',
    conversationId,
    addedBy: personId,
  })
  if (connector === undefined) throw taken(name)
  const data = { connectorId: connector.id, name, digest: connector.digest }
  await appendEvent(act.tx, { ...scopeOf(connector), personId, door, kind: 'connector.added', data })
  await act.tx.notify('work', '')
  await touch(act, connector)
  return connector
}

async function mustBeFree(act: Act, name: string, projectId: ProjectId | null): Promise<void> {
  if ((await liveConnectors(act.tx, null)).some((one) => one.name === name && one.projectId === projectId)) throw taken(name)
}

function taken(name: string): LughError {
  return new LughError('conflict', `There is a server called ${name} there already. Take another name, or change that one: /connect change ${name} …`)
}

async function tryIt(act: Act, connector: Connector): Promise<void> {
  started(connector.definition)
  await changeConnector(act.tx, connector, { state: 'testing', failure: null, blocked: [] })
  await act.tx.notify('work', '')
  await touch(act, connector)
}

/** The server that is meant, with its row locked: by its id, else by its name, where the project's own comes first. */
export async function theConnector(act: Act, { connector: id, name, project }: z.infer<typeof Which>): Promise<Connector> {
  const projectId = project === undefined ? act.caller.conversation?.projectId : (await theProject(act, project)).id
  const named = (await liveConnectors(act.tx, null)).filter((one) => one.name === name?.toLowerCase())
  const found = id ?? (named.find((one) => one.projectId === projectId) ?? named[0])?.id
  const connector = found === undefined ? undefined : await lockConnector(act.tx, found)
  if (connector === undefined || connector.state === 'removed')
    throw new LughError('not-found', `There is no server ${name ?? 'like that'}. /connect list shows what there is.`)
  return connector
}

export async function touch(act: Act, { id }: Pick<Connector, 'id'>): Promise<void> {
  await touchCards(act.tx, { kind: 'connector', subjectId: id })
  await touchNewestCards(act.tx, 'connectors')
}

async function list(act: Act): Promise<z.infer<typeof List>> {
  const servers = await Promise.all((await liveConnectors(act.tx, null)).map((connector) => view(act, connector)))
  const here = act.caller.conversation
  if (here !== undefined) {
    const { botId, chatId, threadId } = here
    const id = CardId.parse(act.ids.uuid())
    await postCard(act.tx, { id, botId, chatId, threadId, kind: 'connectors', subjectId: act.caller.callKey, replyTo: act.caller.messageId })
  }
  return { servers, onCard: here !== undefined }
}

/** Its card where the person speaks, else where the owner does: its tools are looked at there. */
export async function show(act: Act, connector: Connector): Promise<boolean> {
  const place = act.caller.conversation ?? (await latestConversation(act.tx))
  if (place === undefined) return false
  const { botId, chatId, threadId } = place
  const card = { botId, chatId, threadId, kind: 'connector', subjectId: connector.id, replyTo: act.caller.messageId } as const
  const { posted } = await postCard(act.tx, { id: CardId.parse(act.ids.uuid()), ...card })
  if (!posted && act.caller.conversation !== undefined) await bringCardDown(act.tx, card)
  return act.caller.conversation !== undefined
}

async function view(act: Act, connector: Connector): Promise<ConnectorView> {
  const tools = (await connectorTools(act.tx, connector.id)).filter(({ gone }) => !gone)
  const withheld = connector.acceptedAt === null ? 0 : tools.filter(isWithheld).length
  return viewConnector(act.tx, connector, { withheld, tools: tools.length })
}

function sayList({ servers, onCard }: z.infer<typeof List>): ReturnType<typeof join> | undefined {
  if (onCard) return undefined
  if (servers.length === 0) return NO_CONNECTORS
  return join([
    b('MCP servers'),
    ...servers.map((one) => [
      code(one.name),
      ` · ${one.where} · ${one.state} · ${one.tools} tools${one.withheld > 0 ? ` (${one.withheld} changed)` : ''} · ${one.how}${one.problem === null ? '' : `: ${one.problem}`}`,
    ]),
  ])
}
