/** The card of one MCP server: from its name to its tools, and what changed of them since they were accepted. The server's words are its claim. */
import { ConnectorId, b, code, cut, digest, join, nameHidden, oneLine, pre, type Text } from '#core'
import { connectorById, connectorTools, isWithheld, type Connector, type ConnectorTool, type Sql, type ToolRule } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { toolWords } from '../connectors/tool-change.ts'
import { howWords, stateWords, whereWords } from '../connectors/view.ts'

/** Tools of one page: each has a row of buttons. */
export const TOOLS_A_PAGE = 6
const SHOWN_DESCRIPTION = 90
/** A tool that is longer cannot be read on a phone; the console shows it whole. */
export const MAX_SHOWN_TOOL = 2800
const MAX_BLOCKED = 3
const IN_USE = 'What you change here takes its tools from agents until 🔁 Retry has tried it; after another command or address you look at them anew.'
const RULE_WORDS = { ask: '🟠 ask', allow: '✅ allow', never: '🚫 never' } as const
const NEXT = { ask: 'allow', allow: 'never', never: 'ask' } as const

/** What `Use these tools` is bound to: every tool as it was listed. */
export function listingDigest(tools: readonly ConnectorTool[]): string {
  return digest('connector.listing.v1', { tools: tools.filter(({ gone }) => !gone).map(({ name, digest: one }) => `${name} ${one}`) })
}

export async function connectorCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const connector = await connectorById(sql, ConnectorId.parse(subjectId))
  if (connector === undefined) return undefined
  if (connector.state === 'removed') return { text: [b(`🔌 ${connector.name}`), ' was removed; its tools are gone from every agent.'], buttons: [] }
  const tools = (await connectorTools(sql, connector.id)).filter(({ gone }) => !gone)
  const shown = tools.find(({ name }) => name === connector.face.tool)
  if (shown !== undefined) return toolFace(connector, shown)
  const head: (Text | undefined | false)[] = [
    [b(`🔌 ${connector.name}`), ` · ${await whereWords(sql, connector)}`],
    connector.definition === null ? 'How is it started or reached?' : code(cut(howWords(connector.definition), 600)),
    ...detailLines(connector),
    stateWords(connector),
    connector.failure !== null && `Because ${oneLine(connector.failure, 400)}.`,
  ]
  if (connector.state === 'draft' || connector.state === 'failed' || connector.state === 'needs-login')
    return { text: join([...head, ...toolLines(connector, tools)]), buttons: [...setupButtons(connector), ...pageButtons(connector, tools)] }
  if (connector.face.edit === true && connector.state !== 'testing')
    return { text: join([...head, IN_USE]), buttons: [...changeButtons(connector), [turn(connector, '◀ Back', { page: connector.face.page })]] }
  return { text: join([...head, ...toolLines(connector, tools)]), buttons: [...pageButtons(connector, tools), ...lastRow(connector, tools)] }
}

function detailLines({ definition }: Connector): (Text | false)[] {
  if (definition === null) return []
  const secrets = Object.entries(definition.kind === 'http' ? definition.headers : definition.env)
  const named = secrets.map(([name, reference]) => `${name} from ${reference.replace('env:', '')} in .env`)
  if (definition.kind === 'http') return [named.length > 0 && `Secrets: ${named.join(', ')}`]
  return [
    `In the sandbox; may reach ${definition.hosts.length === 0 ? 'no host' : definition.hosts.join(', ')}; ${definition.writes ? 'may write the worktree' : 'cannot write the worktree'}`,
    definition.reads.length > 0 && `May read ${definition.reads.map((path) => oneLine(path, 100)).join(', ')}`,
    named.length > 0 && `Secrets: ${named.join(', ')}`,
  ]
}

function pageOf({ face }: Connector, tools: readonly ConnectorTool[]): { page: number; pages: number; here: readonly ConnectorTool[] } {
  const pages = Math.max(1, Math.ceil(tools.length / TOOLS_A_PAGE))
  const page = Math.min(face.page, pages - 1)
  return { page, pages, here: tools.slice(page * TOOLS_A_PAGE, (page + 1) * TOOLS_A_PAGE) }
}

function toolLines(connector: Connector, tools: readonly ConnectorTool[]): (Text | false)[] {
  if (tools.length === 0) return []
  const { page, pages, here } = pageOf(connector, tools)
  const withheld = tools.filter(isWithheld).length
  return [
    b(`${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}${pages > 1 ? ` · page ${page + 1} of ${pages}` : ''} (in the server's own words)`),
    ...here.map((tool): Text => {
      const mark = connector.acceptedAt !== null && isWithheld(tool) ? (tool.acceptedDigest === null ? '🆕 ' : '⚠️ changed: ') : ''
      return [mark, code(tool.name), ` ${oneLine(tool.description, SHOWN_DESCRIPTION)}`]
    }),
    connector.acceptedAt !== null && withheld > 0 && `${withheld} of them cannot be used until you accept what they say now.`,
    connector.leftOut.length > 0 && `Left out: ${connector.leftOut.map((line) => oneLine(line, 120)).join(' ')}`,
  ]
}

/** One row a tool: a look at it, and how its calls are treated. */
function pageButtons(connector: Connector, tools: readonly ConnectorTool[]): Button[][] {
  const { page, pages, here } = pageOf(connector, tools)
  const rows = here.map((tool): Button[] => [
    turn(connector, `👁 ${cut(tool.name, 24)}`, { page, tool: tool.name }),
    {
      label: RULE_WORDS[tool.rule],
      capability: 'set_tool_rule',
      input: { connector: connector.id, tool: tool.name, rule: NEXT[tool.rule], digest: tool.digest },
    },
  ])
  const turning = [
    ...(page > 0 ? [turn(connector, '◀', { page: page - 1 })] : []),
    ...(page + 1 < pages ? [turn(connector, '▶', { page: page + 1 })] : []),
  ]
  return turning.length === 0 ? rows : [...rows, turning]
}

function turn({ id }: Connector, label: string, face: Connector['face']): Button {
  return { label, capability: 'turn_connector', input: { connector: id, ...face } }
}

function lastRow(connector: Connector, tools: readonly ConnectorTool[]): Button[][] {
  const remove = removeButton(connector)
  if (connector.state === 'testing') return [[remove]]
  const change = turn(connector, '✏️ Change', { page: 0, edit: true })
  const use: Button = { label: '✅ Use these tools', capability: 'accept_tools', input: { connector: connector.id, digest: listingDigest(tools) } }
  return connector.state === 'listed' && tools.length > 0 ? [[use], [change, remove]] : [[retryButton(connector), change, remove]]
}

function removeButton({ id }: Connector): Button {
  return { label: '🗑 Remove', capability: 'remove_connector', input: { connector: id }, tap: true }
}

function retryButton({ id, acceptedAt, testedAt }: Connector): Button {
  return { label: acceptedAt === null && testedAt === null ? '🔌 Test' : '🔁 Retry', capability: 'retry_connector', input: { connector: id } }
}

/** What can be said of how it is started or reached; each answer is a step of the wizard, or a change. */
function changeButtons(connector: Connector): Button[][] {
  const edit = (label: string, field: string, prompt: string): Button => ({
    label,
    capability: 'edit_connector',
    input: { connector: connector.id },
    ask: { field, prompt },
  })
  const { definition, id } = connector
  const how = [
    edit('⌨️ Command', 'how', 'What is its command? For example: npx -y @modelcontextprotocol/server-memory'),
    edit('🌐 Address', 'how', 'What is its address? For example: https://mcp.example.org/mcp'),
  ]
  if (definition === null) return [how]
  const secret = edit(
    '➕ Secret',
    'secret',
    'NAME=env:NAME: what the server calls it, and its name in the .env of LUGH_HOME. Never the secret itself. NAME= takes one away.',
  )
  const scope: Button = {
    label: connector.projectId === null ? 'This project only' : 'For all projects',
    capability: 'edit_connector',
    input: { connector: id, all: connector.projectId !== null },
  }
  if (definition.kind === 'http') return [how, [secret, scope]]
  const write: Button = {
    label: definition.writes ? 'No writing' : '✏️ May write',
    capability: 'edit_connector',
    input: { connector: id, writes: !definition.writes },
    tap: true,
  }
  return [
    how,
    [
      edit('➕ Host', 'host', 'Which host may it reach? For example: registry.npmjs.org, or -registry.npmjs.org to take it away.'),
      edit('➕ Directory', 'read', 'Which directory may it read, beside the worktree? Its whole path; -/path takes one away.'),
    ],
    [secret, write],
    [scope],
  ]
}

/** Before it was tried, and after it failed. */
function setupButtons(connector: Connector): Button[][] {
  const { definition, id, blocked } = connector
  const allow = blocked
    .slice(0, MAX_BLOCKED)
    .map((host): Button[] => [
      { label: `✅ Allow ${host} and retry`, capability: 'edit_connector', input: { connector: id, host: [host], retry: true }, tap: true },
    ])
  const test = definition === null ? [] : [[retryButton(connector)]]
  return [...allow, ...test, ...changeButtons(connector), [removeButton(connector)]]
}

/** One tool whole, or what changed of it: what is accepted is what stands here. */
function toolFace(connector: Connector, tool: ConnectorTool): CardContent {
  const { text: words, isDiff } = toolWords(tool)
  const withheld = connector.acceptedAt !== null && isWithheld(tool)
  const long = words.length > MAX_SHOWN_TOOL
  const text = join([
    b(`🔌 ${connector.name} · ${nameHidden(tool.name)}`),
    isDiff ? '⚠️ It changed since you accepted it. − was, + is now:' : 'In the server’s own words, which are a claim:',
    pre(long ? cut(words, MAX_SHOWN_TOOL) : words, isDiff ? 'diff' : ''),
    long && `Cut here. Whole at the console: npx lugh show_tool ${connector.name} ${tool.name}`,
    withheld ? 'Agents cannot use it until you accept it as it is now.' : `Calls: ${tool.rule}.`,
  ])
  const back = turn(connector, '◀ Back', { page: connector.face.page })
  const accept: Button = {
    label: '✅ Accept',
    capability: 'accept_tool',
    input: { connector: connector.id, tool: tool.name, digest: tool.digest },
    tap: true,
  }
  const rule = (label: string, to: ToolRule): Button => ({
    label,
    capability: 'set_tool_rule',
    input: { connector: connector.id, tool: tool.name, rule: to, digest: tool.digest },
    tap: to === 'allow',
  })
  const never = rule('🚫 Never', 'never')
  const rules = [rule('🟠 Ask', 'ask'), rule('✅ Allow', 'allow'), never].filter(({ input }) => input['rule'] !== tool.rule)
  if (!withheld) return { text, buttons: [rules, [back]] }
  return { text, buttons: [long ? [never, back] : [accept, never, back]] }
}
