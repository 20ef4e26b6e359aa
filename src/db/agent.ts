/** Rows of `agent`: a named engine with a role in a project. */
import { AgentId, ProjectId } from '#core'
import { z } from 'zod'
import type { Sql, Tx } from './port.ts'

export const Agent = z.object({
  id: AgentId,
  name: z.string(),
  role: z.string(),
  engine: z.string(),
  model: z.string().nullable(),
  projectId: ProjectId,
  state: z.enum(['free', 'busy', 'retired']),
})
export type Agent = z.infer<typeof Agent>

const COLUMNS = `id, name, role, engine, model, project_id as "projectId", state`

/** Answers undefined when the project has a live agent of that name (index agent_name_live). */
export function insertAgent(
  tx: Tx,
  a: { id: AgentId; name: string; role: string; engine: string; model: string | null; projectId: ProjectId },
): Promise<Agent | undefined> {
  return tx.row(
    Agent,
    `insert into agent (id, name, role, engine, model, project_id, state) values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::uuid, 'free')
     on conflict do nothing returning ${COLUMNS}`,
    [a.id, a.name, a.role, a.engine, a.model, a.projectId],
  )
}

export function agentById(sql: Sql, id: AgentId): Promise<Agent | undefined> {
  return sql.row(Agent, `select ${COLUMNS} from agent where id = $1::uuid`, [id])
}

export function agentByName(sql: Sql, projectId: ProjectId, name: string): Promise<Agent | undefined> {
  return sql.row(Agent, `select ${COLUMNS} from agent where project_id = $1::uuid and lower(name) = lower($2::text) and state <> 'retired'`, [
    projectId,
    name,
  ])
}

export function listAgents(sql: Sql, projectId: ProjectId | null): Promise<Agent[]> {
  return sql.rows(
    Agent,
    `select ${COLUMNS} from agent where state <> 'retired' and ($1::uuid is null or project_id = $1::uuid) order by created_at`,
    [projectId],
  )
}

/** Takes the project's longest-idle free agent; `skip locked` decides between two tasks that want it. */
export function takeFreeAgent(tx: Tx, projectId: ProjectId): Promise<Agent | undefined> {
  return tx.row(
    Agent,
    `update agent set state = 'busy' where id = (
       select id from agent where project_id = $1::uuid and state = 'free' order by created_at limit 1 for update skip locked
     ) returning ${COLUMNS}`,
    [projectId],
  )
}

export function setAgentBusy(tx: Tx, id: AgentId, busy: boolean): Promise<number> {
  return tx.run(`update agent set state = $2::text where id = $1::uuid and state <> 'retired'`, [id, busy ? 'busy' : 'free'])
}
