/** The list of MCP servers: how each is, and the way to its own card. */
import { b, code, join, oneLine, type Text } from '#core'
import { connectorTools, isWithheld, liveConnectors, type Connector, type Sql } from '#db'
import type { Button, CardContent } from '../card.ts'
import { stateWords, whereWords } from '../connectors/view.ts'

/** As many as a card has room for; /connect list at the console has all. */
const SHOWN = 12

export const NO_CONNECTORS = 'No MCP server is connected. /connect NAME npx -y @x/server, or /connect NAME https://…, adds one.'

export async function connectorsCard(sql: Sql): Promise<CardContent | undefined> {
  const all = await liveConnectors(sql, null)
  const shown = all.slice(0, SHOWN)
  const lines = await Promise.all(shown.map((connector) => lineOf(sql, connector)))
  const text = join([
    b('MCP servers'),
    all.length === 0 ? NO_CONNECTORS : undefined,
    ...lines,
    all.length > shown.length && `… and ${all.length - shown.length} more: npx lugh list_connectors`,
  ])
  const add: Button = {
    label: '➕ Add',
    capability: 'connect',
    input: {},
    ask: { field: 'name', prompt: 'What shall it be called? A short name of small letters, as in github.' },
  }
  const cards = shown.map((connector): Button => ({ label: connector.name, capability: 'show_connector', input: { connector: connector.id } }))
  const rows = Array.from({ length: Math.ceil(cards.length / 3) }, (_, row) => cards.slice(row * 3, row * 3 + 3))
  return { text, buttons: [...rows, [add]] }
}

async function lineOf(sql: Sql, connector: Connector): Promise<Text> {
  const tools = (await connectorTools(sql, connector.id)).filter(({ gone }) => !gone)
  const withheld = connector.acceptedAt === null ? 0 : tools.filter(isWithheld).length
  return [
    code(connector.name),
    ` · ${await whereWords(sql, connector)} · ${stateWords(connector)}`,
    tools.length > 0 ? ` · ${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}` : '',
    withheld > 0 ? ` · ⚠️ ${withheld} changed` : '',
    connector.failure === null ? '' : `: ${oneLine(connector.failure, 120)}`,
  ]
}
