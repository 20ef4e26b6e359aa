/** The card of what a repository's `.mcp.json` proposes: each server as it would be started or reached. Only the owner adds them. */
import { b, code, cut, join, oneLine, type Text } from '#core'
import { projectById, proposalById, type ProposedServer, type Sql } from '#db'
import type { Facts } from '../capability.ts'
import type { Button, CardContent } from '../card.ts'
import { howWords } from '../connectors/view.ts'
import { decidedWords } from './decided.ts'

/** Ten servers fill a message. */
const HOW_MAX = 250

export async function serversCard(sql: Sql, _facts: Facts, subjectId: string): Promise<CardContent | undefined> {
  const proposal = await proposalById(sql, subjectId)
  if (proposal === undefined) return undefined
  const name = (await projectById(sql, proposal.projectId))?.name ?? '?'
  const { servers, state, id, digest } = proposal
  const who = await decidedWords(sql, { by: proposal.decidedBy, door: proposal.decidedDoor, at: proposal.decidedAt })
  const text = join([
    b(`📄 ${name}: the repository proposes ${servers.length} MCP ${servers.length === 1 ? 'server' : 'servers'}`),
    ...servers.map(line),
    state === 'open'
      ? 'Its .mcp.json asks for this; nothing is started unless you add it and test it on its card.'
      : state === 'added'
        ? `✅ Added ${who}: each has a card of its own.`
        : `❌ Ignored ${who}.`,
  ])
  const button = (label: string, add: boolean): Button => ({
    label,
    capability: 'decide_servers',
    input: { proposal: id, digest, add },
    ...(add ? { tap: true } : {}),
  })
  return { text, buttons: state === 'open' ? [[button('➕ Add', true), button('Ignore', false)]] : [] }
}

function line({ name, definition, wants }: ProposedServer): Text {
  return [
    code(name),
    ' ',
    code(cut(howWords(definition), HOW_MAX)),
    wants.length === 0 ? '' : ` · sets ${oneLine(wants.join(', '), 200)} (not taken over)`,
  ]
}
