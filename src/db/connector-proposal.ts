/** Rows of `connector_proposal`: servers that a repository's own file would like. Shown once for each state of the file; nothing follows from one but by a person. */
import { PersonId, ProjectId } from '#core'
import { z } from 'zod'
import { Definition } from './connector.ts'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

export const ProposedServer = z.object({
  name: z.string(),
  definition: Definition,
  /** Variables or headers the file sets; none of them is taken over. */
  wants: z.array(z.string()),
})
export type ProposedServer = z.infer<typeof ProposedServer>

export const Proposal = z.object({
  id: z.string(),
  projectId: ProjectId,
  digest: z.string(),
  servers: z.array(ProposedServer),
  state: z.enum(['open', 'added', 'ignored']),
  decidedBy: PersonId.nullable(),
  decidedDoor: z.string().nullable(),
  decidedAt: z.date().nullable(),
})
export type Proposal = z.infer<typeof Proposal>
const COLUMNS = `id, project_id as "projectId", digest, servers, state, decided_by as "decidedBy", decided_door as "decidedDoor", decided_at as "decidedAt"`

/** Answers undefined when this state of the file was shown before (unique project_id, digest). */
export function insertProposal(tx: Tx, p: Pick<Proposal, 'id' | 'projectId' | 'digest' | 'servers'>): Promise<Proposal | undefined> {
  return tx.row(
    Proposal,
    `insert into connector_proposal (id, project_id, digest, servers) values ($1::uuid, $2::uuid, $3::text, $4::jsonb)
     on conflict (project_id, digest) do nothing returning ${COLUMNS}`,
    [p.id, p.projectId, p.digest, storableJson(p.servers)],
  )
}

export function proposalById(sql: Sql, id: string): Promise<Proposal | undefined> {
  return sql.row(Proposal, `select ${COLUMNS} from connector_proposal where id = $1::uuid`, [id])
}

/** First decision wins; a later one gets undefined. */
export function decideProposalRow(
  tx: Tx,
  id: string,
  shown: string,
  state: 'added' | 'ignored',
  by: PersonId,
  door: string,
): Promise<Proposal | undefined> {
  return tx.row(
    Proposal,
    `update connector_proposal set state = $3::text, decided_by = $4::uuid, decided_door = $5::text, decided_at = now()
     where id = $1::uuid and digest = $2::text and state = 'open' returning ${COLUMNS}`,
    [id, shown, state, by, door],
  )
}
