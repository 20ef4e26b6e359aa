import { ConnectorId, LughError, b, code, join, pre } from '#core'
import {
  TOOL_RULES,
  acceptToolRow,
  appendEvent,
  changeConnector,
  connectorTools,
  ruleTool,
  type Connector,
  type ConnectorTool,
  type ToolRule,
} from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { listingDigest } from '../cards/connector-card.ts'
import { scopeOf } from '../connectors/keep-listing.ts'
import { toolWords } from '../connectors/tool-change.ts'
import { theConnector, touch } from './connect.ts'

const Named = z.object({ connector: ConnectorId.optional(), name: z.string().max(100).optional(), tool: z.string().max(100) })
const Decided = z.object({ server: z.string(), tool: z.string(), rule: z.enum(TOOL_RULES) })
const byOwner = 'what agents may use is decided by the owner, who reads it on a card'

/** Lets agents use the tools exactly as the card listed them, each as its rule says. */
export const acceptTools = capability({
  name: 'accept_tools',
  describe: 'Let agents use the tools of an MCP server as they were listed.',
  input: z.object({ connector: ConnectorId, digest: z.string() }),
  output: z.object({ server: z.string(), tools: z.number() }),
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {},
    cli: {
      verb: 'accept_tools',
      usage: 'accept_tools SERVER-ID DIGEST',
      parse: ([connector, digest]) => ({ connector: ConnectorId.parse(connector), digest: digest ?? '' }),
    },
    mcp: { none: byOwner },
  },
  act: async (act, input) => {
    const connector = await theConnector(act, { connector: input.connector })
    if (connector.state !== 'listed') throw new LughError('conflict', `${connector.name} does not wait for that any more. Look at its newest card.`)
    const tools = (await connectorTools(act.tx, connector.id)).filter(({ gone }) => !gone)
    if (listingDigest(tools) !== input.digest) throw stale(connector)
    for (const tool of tools) await accept(act, connector, tool)
    await changeConnector(act.tx, connector, { state: 'connected', accepted: true })
    await touch(act, connector)
    return { server: connector.name, tools: tools.length }
  },
  say: () => undefined,
  toast: (o) => `Agents may use ${o.tools} ${o.tools === 1 ? 'tool' : 'tools'} of ${o.server}.`,
})

/** Lets agents use one tool as it is shown: a new one, or one that changed. */
export const acceptTool = capability({
  name: 'accept_tool',
  describe: 'Accept a tool of an MCP server as it is shown now.',
  input: Named.extend({ digest: z.string() }),
  output: Decided,
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {},
    cli: { verb: 'accept_tool', usage: 'accept_tool SERVER TOOL DIGEST', parse: ([name = '', tool = '', digest = '']) => ({ name, tool, digest }) },
    mcp: { none: byOwner },
  },
  act: async (act, input) => {
    const [connector, tool] = await theTool(act, input)
    if (connector.acceptedAt === null) throw new LughError('conflict', `First let agents use ${connector.name} at all, on its card.`)
    if (tool.digest !== input.digest) throw stale(connector)
    await accept(act, connector, tool)
    // What was asked for another tool is asked anew for this one.
    const rule: ToolRule = tool.rule === 'allow' ? 'ask' : tool.rule
    await ruleTool(act.tx, connector.id, tool.name, rule)
    await changeConnector(act.tx, connector, { face: { page: connector.face.page } })
    await touch(act, connector)
    return { server: connector.name, tool: tool.name, rule }
  },
  say: () => undefined,
  toast: (o) => `Accepted; calls of it: ${o.rule}.`,
})

/** Says how calls of a tool are treated. `allow` counts for the tool as it was shown. */
export const setToolRule = capability({
  name: 'set_tool_rule',
  describe: 'Ask before a tool of an MCP server is called, allow it, or never.',
  input: Named.extend({ rule: z.enum(TOOL_RULES), digest: z.string().optional() }),
  output: Decided,
  kind: 'decide',
  may: ['owner'],
  doors: {
    telegram: {},
    cli: {
      verb: 'set_tool_rule',
      usage: 'set_tool_rule SERVER TOOL ask|allow|never',
      parse: ([name = '', tool = '', rule]) => ({ name, tool, rule: z.enum(TOOL_RULES).parse(rule) }),
    },
    mcp: { none: byOwner },
  },
  act: async (act, input) => {
    const [connector, tool] = await theTool(act, input)
    if (input.digest !== undefined && tool.digest !== input.digest) throw stale(connector)
    await ruleTool(act.tx, connector.id, tool.name, input.rule)
    await decided(act, connector, tool, input.rule)
    await changeConnector(act.tx, connector, { face: { page: connector.face.page } })
    await touch(act, connector)
    return { server: connector.name, tool: tool.name, rule: input.rule }
  },
  say: (o) => ['Calls of ', code(o.tool), ` of ${o.server}: ${o.rule}.`],
  toast: (o) => `${o.tool}: ${o.rule}`.slice(0, 190),
})

/** Turns the card of a server: to another page, or to one tool whole. Decides nothing. */
export const turnConnector = capability({
  name: 'turn_connector',
  describe: 'Another page of the tools of an MCP server, one of them whole, or what can be changed of it.',
  input: z.object({
    connector: ConnectorId,
    page: z.number().int().min(0).max(100),
    tool: z.string().max(100).optional(),
    edit: z.boolean().optional(),
  }),
  output: z.object({ server: z.string() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: { telegram: {}, cli: { none: 'show_tool shows one whole' }, mcp: { none: 'it turns a card on the phone' } },
  act: async (act, { connector: id, page, tool, edit }) => {
    const connector = await theConnector(act, { connector: id })
    await changeConnector(act.tx, connector, { face: { page, ...(tool === undefined ? {} : { tool }), ...(edit === true ? { edit } : {}) } })
    await touch(act, connector)
    return { server: connector.name }
  },
  say: () => undefined,
  toast: () => '',
})

/** One tool whole, with the digest that accepts it: for what is too long for a card. */
export const showTool = capability({
  name: 'show_tool',
  describe: 'A tool of an MCP server in its own words, whole, and what changed of it.',
  input: Named,
  output: z.object({ server: z.string(), tool: z.string(), rule: z.enum(TOOL_RULES), digest: z.string(), text: z.string() }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { none: 'its card shows it' },
    cli: { verb: 'show_tool', usage: 'show_tool SERVER TOOL', parse: ([name = '', tool = '']) => ({ name, tool }) },
    mcp: { none: byOwner },
  },
  act: async (act, input) => {
    const [connector, tool] = await theTool(act, input)
    return { server: connector.name, tool: tool.name, rule: tool.rule, digest: tool.digest, text: toolWords(tool).text }
  },
  say: (o) => join([b(`${o.server} · ${o.tool} · ${o.rule}`), pre(o.text), ['accept_tool ', code(`${o.server} ${o.tool} ${o.digest}`)]]),
})

async function theTool(act: Act, { tool: name, ...which }: z.infer<typeof Named>): Promise<[Connector, ConnectorTool]> {
  const connector = await theConnector(act, which)
  const tool = (await connectorTools(act.tx, connector.id)).find((one) => one.name === name && !one.gone)
  if (tool === undefined) throw new LughError('not-found', `${connector.name} has no tool of that name any more.`)
  return [connector, tool]
}

async function accept(act: Act, connector: Connector, tool: ConnectorTool): Promise<void> {
  if ((await acceptToolRow(act.tx, connector.id, tool.name, tool.digest)) === 0) throw stale(connector)
  await decided(act, connector, tool, tool.rule)
}

async function decided(act: Act, connector: Connector, tool: ConnectorTool, rule: ToolRule): Promise<void> {
  const { personId, door } = act.caller
  const data = { connectorId: connector.id, name: connector.name, tool: tool.name, rule, digest: tool.digest }
  await appendEvent(act.tx, { ...scopeOf(connector), personId, door, kind: 'connector.tool-decided', data })
}

function stale({ name }: Connector): LughError {
  return new LughError('conflict', `What ${name} says of its tools has changed since that card was shown. Look at the newest card.`)
}
