/** Shows a person which MCP servers the repository's own file would like, once for each state of the file. Starts nothing. */
import { digest, type ObjectName } from '#core'
import { insertProposal, liveConnectors, type Project } from '#db'
import { MAX_PROPOSALS_BYTES, PROPOSALS_PATH, readProposals } from '../connectors/read-proposals.ts'
import { repositoryOf, underClaim, type Claim, type Machinery } from '../machinery.ts'
import { showCard } from '../show.ts'

/** Reads the file at the commit the task begins at. */
export async function proposeServers(m: Machinery, claim: Claim, project: Project, base: ObjectName): Promise<void> {
  if (m.connectors === undefined) return
  const text = await m.git.readFile(repositoryOf(project), base, PROPOSALS_PATH, MAX_PROPOSALS_BYTES)
  const servers = text === undefined ? [] : readProposals(text)
  if (servers.length === 0) return
  await underClaim(m, claim, async (tx, task) => {
    const known = new Set((await liveConnectors(tx, project.id)).map(({ name }) => name))
    const fresh = servers.filter(({ name }) => !known.has(name))
    if (fresh.length === 0) return
    const seen = digest('connector.proposal.v1', { servers: fresh.map((server) => ({ ...server })) })
    const proposal = await insertProposal(tx, { id: m.ids.uuid(), projectId: project.id, digest: seen, servers: fresh })
    if (proposal !== undefined) await showCard(tx, m.ids, task, { kind: 'servers', subjectId: proposal.id, loud: false })
  })
}
