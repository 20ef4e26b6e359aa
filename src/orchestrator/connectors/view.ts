/** A server as people see it: where it holds, how it is started or reached, and how it is. Says no secret; only where one is found. */
import { nameHidden, oneLine } from '#core'
import { projectById, type Connector, type Definition, type Sql } from '#db'
import { z } from 'zod'

const HOW_MAX = 200

export const ConnectorView = z.object({
  id: z.string(),
  name: z.string(),
  where: z.string(),
  how: z.string(),
  state: z.string(),
  problem: z.string().nullable(),
  /** Tools that wait for a look since they changed. */
  withheld: z.number(),
  tools: z.number(),
})
export type ConnectorView = z.infer<typeof ConnectorView>

const WORDS: Readonly<Record<Connector['state'], string>> = {
  draft: '✏️ not tried yet',
  testing: '… is being tried',
  listed: '🟠 waits for your look at its tools',
  connected: '✓ connected',
  'needs-login': '🔑 needs a login',
  failed: '❌ failed',
  removed: 'removed',
}

export function stateWords({ state }: Pick<Connector, 'state'>): string {
  return WORDS[state]
}

export function howWords(definition: Definition | null): string {
  if (definition === null) return '?'
  const how =
    definition.kind === 'http' ? definition.url : definition.argv.map((word) => (/^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word}'`)).join(' ')
  return nameHidden(how)
}

export async function whereWords(sql: Sql, { projectId }: Pick<Connector, 'projectId'>): Promise<string> {
  return projectId === null ? 'all projects' : `project ${(await projectById(sql, projectId))?.name ?? '?'}`
}

export async function viewConnector(sql: Sql, connector: Connector, counts: { withheld: number; tools: number }): Promise<ConnectorView> {
  const { id, name, failure } = connector
  return {
    id,
    name,
    where: await whereWords(sql, connector),
    how: oneLine(howWords(connector.definition), HOW_MAX),
    state: connector.state,
    problem: failure,
    ...counts,
  }
}
