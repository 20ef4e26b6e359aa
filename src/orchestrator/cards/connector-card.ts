/** The card of one MCP server: from its name to its tools, and what changed of them since they were accepted. The server's words are its claim. */
import { ConnectorId, b, code, cut, digest, join, nameHidden, oneLine, pre, type Text } from '#core'
import { connectorById, connectorTools, isWithheld, type Connector, type ConnectorTool, type Sql } from '#db'
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
  const use: Button = { label: '✅ Use these tools', capability: 'accept_tools', input: { connector: connector.id, digest: listingDigest(tools) } }
  return connector.state === 'listed' && tools.length > 0 ? [[use], [remove]] : [[retryButton(connector), remove]]
}

function removeButton({ id }: Connector): Button {
  return { label: '🗑 Remove', capability: 'remove_connector', input: { connector: id }, tap: true }
}

function retryButton({ id, acceptedAt, testedAt }: Connector): Button {
  return { label: acceptedAt === null && testedAt === null ? '🔌 Test' : '🔁 Retry', capability: 'retry_connector', input: { connector: id } }
}

/** What is still open about how it is started or reached; each answer is a step of the wizard. */
function setupButtons(connector: Connector): Button[][] {
  const edit = (label: string, field: string, prompt: string): Button => ({
    label,
    capability: 'edit_connector',
    input: { connector: connector.id },
    ask: { field, prompt },
  })
  const { definition, id } = connector
  if (definition === null)
    return [
      [
        edit('⌨️ Command', 'how', 'What is its command? For example: npx -y @modelcontextprotocol/server-memory'),
        edit('🌐 Address', 'how', 'What is its address? For example: https://mcp.example.org/mcp'),
      ],
      [removeButton(connector)],
    ]
  const secret = edit(
    '➕ Secret',
    'secret',
    'NAME=env:NAME: what the server calls it, and its name in the .env of LUGH_HOME. Never the secret itself.',
  )
  const scope: Button = {
    label: connector.projectId === null ? 'This project only' : 'For all projects',
    capability: 'edit_connector',
    input: { connector: id, all: connector.projectId !== null },
  }
  if (definition.kind === 'http') return [[retryButton(connector)], [secret, scope], [removeButton(connector)]]
  const allow = connector.blocked
    .slice(0, MAX_BLOCKED)
    .map((host): Button[] => [
      { label: `✅ Allow ${host} and retry`, capability: 'edit_connector', input: { connector: id, host, retry: true }, tap: true },
    ])
  const write: Button = {
    label: definition.writes ? 'No writing' : '✏️ May write',
    capability: 'edit_connector',
    input: { connector: id, writes: !definition.writes },
    tap: true,
  }
  return [
    ...allow,
    [retryButton(connector), secret],
    [edit('➕ Host', 'host', 'Which host may it reach? For example: registry.npmjs.org'), write],
    [scope, removeButton(connector)],
  ]
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
  const never: Button = {
    label: '🚫 Never',
    capability: 'set_tool_rule',
    input: { connector: connector.id, tool: tool.name, rule: 'never', digest: tool.digest },
  }
  if (!withheld) return { text, buttons: [[back]] }
  return { text, buttons: [long ? [never, back] : [accept, never, back]] }
}
