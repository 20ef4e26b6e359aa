/** Rows of `connector` and `connector_tool`: MCP servers a person connected, what they list, and what of it was accepted. Never a secret. */
import { ConnectorId, ConversationId, PersonId, ProjectId, digest } from '#core'
import { z } from 'zod'
import { storableJson } from './outbox-body.ts'
import type { Sql, Tx } from './port.ts'

/** Where a secret is found: `env:NAME`, in Lugh's own environment. */
const References = z.record(z.string(), z.string())
/** How a server is started or reached. Part of what every permission to call it is bound to. */
export const Definition = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('stdio'),
    argv: z.array(z.string()).min(1),
    env: References,
    /** Places it may reach, as `host:port`. */
    hosts: z.array(z.string()),
    /** Directories it may read beside the worktree: where it is installed, what it is about. */
    reads: z.array(z.string()),
    /** It may write the worktree of the task that calls it. */
    writes: z.boolean(),
  }),
  z.object({ kind: z.literal('http'), url: z.string(), headers: References }),
])
export type Definition = z.infer<typeof Definition>

export const CONNECTOR_STATES = ['draft', 'testing', 'listed', 'connected', 'needs-login', 'failed', 'removed'] as const
export const TOOL_RULES = ['ask', 'allow', 'never'] as const
export type ToolRule = (typeof TOOL_RULES)[number]

/** What its card shows: a page of its tools, one tool whole, or what can be changed of it. */
export const ConnectorFace = z.object({ page: z.number(), tool: z.string().optional(), edit: z.boolean().optional() })
export type ConnectorFace = z.infer<typeof ConnectorFace>

export const Connector = z.object({
  id: ConnectorId,
  projectId: ProjectId.nullable(),
  name: z.string(),
  definition: Definition.nullable(),
  digest: z.string(),
  state: z.enum(CONNECTOR_STATES),
  failure: z.string().nullable(),
  blocked: z.array(z.string()),
  leftOut: z.array(z.string()),
  acceptedAt: z.date().nullable(),
  testedAt: z.date().nullable(),
  face: ConnectorFace,
  conversationId: ConversationId.nullable(),
  addedBy: PersonId.nullable(),
})
export type Connector = z.infer<typeof Connector>

const COLUMNS = `id, project_id as "projectId", name, definition, digest, state, failure, blocked, left_out as "leftOut", accepted_at as "acceptedAt",
  tested_at as "testedAt", face, conversation_id as "conversationId", added_by as "addedBy"`

/** What a permission names a server by: how it is started or reached, to the letter. */
export function definitionDigest(definition: Definition): string {
  return digest('connector.definition.v1', definition)
}

type NewConnector = Pick<Connector, 'id' | 'projectId' | 'name' | 'definition' | 'conversationId' | 'addedBy'> & {
  home: string
  state: 'draft' | 'testing'
}

/** Answers undefined when that name is taken there (index connector_name_live). */
export function insertConnector(tx: Tx, c: NewConnector): Promise<Connector | undefined> {
  const definition = c.definition === null ? null : storableJson(c.definition)
  return tx.row(
    Connector,
    `insert into connector (id, home, project_id, name, definition, digest, state, conversation_id, added_by)
     values ($1::uuid, $2::text, $3::uuid, $4::text, $5::jsonb, $6::text, $7::text, $8::uuid, $9::uuid) on conflict do nothing returning ${COLUMNS}`,
    [
      c.id,
      c.home,
      c.projectId,
      c.name,
      definition,
      c.definition === null ? '' : definitionDigest(c.definition),
      c.state,
      c.conversationId,
      c.addedBy,
    ],
  )
}

export function connectorById(sql: Sql, id: ConnectorId): Promise<Connector | undefined> {
  return sql.row(Connector, `select ${COLUMNS} from connector where id = $1::uuid`, [id])
}

/** The same with the row locked: whoever changes it comes one after the other. */
export function lockConnector(tx: Tx, id: ConnectorId): Promise<Connector | undefined> {
  return tx.row(Connector, `select ${COLUMNS} from connector where id = $1::uuid for update`, [id])
}

/** Those of a project, its own and everybody's; without a project, all. */
export function liveConnectors(sql: Sql, projectId: ProjectId | null): Promise<Connector[]> {
  return sql.rows(
    Connector,
    `select ${COLUMNS} from connector where state <> 'removed' and ($1::uuid is null or project_id is null or project_id = $1::uuid)
     order by name, (project_id is null), created_at`,
    [projectId],
  )
}

/** Those that are to be tried out by this home. */
export function connectorsToTest(sql: Sql, home: string): Promise<Connector[]> {
  return sql.rows(Connector, `select ${COLUMNS} from connector where home = $1::text and state = 'testing' order by created_at`, [home])
}

export type ConnectorChange = Partial<
  Pick<Connector, 'projectId' | 'definition' | 'state' | 'failure' | 'blocked' | 'leftOut' | 'face' | 'conversationId'>
> & { /** `false`: its tools are to be looked at anew before any agent has them. */ accepted?: boolean; tested?: true }

/** Writes what a locked row becomes. */
export async function changeConnector(tx: Tx, now: Connector, change: ConnectorChange): Promise<Connector> {
  const next = { ...now, ...change }
  const row = await tx.row(
    Connector,
    `update connector set project_id = $2::uuid, definition = $3::jsonb, digest = $4::text, state = $5::text, failure = $6::text, blocked = $7::jsonb,
       left_out = $8::jsonb, face = $9::jsonb, conversation_id = $10::uuid, accepted_at = case when $11::boolean is null then accepted_at when $11::boolean then now() end,
       tested_at = case when $12::boolean then now() else tested_at end
     where id = $1::uuid returning ${COLUMNS}`,
    [
      now.id,
      next.projectId,
      next.definition === null ? null : storableJson(next.definition),
      next.definition === null ? '' : definitionDigest(next.definition),
      next.state,
      next.failure,
      storableJson(next.blocked),
      storableJson(next.leftOut),
      storableJson(next.face),
      next.conversationId,
      change.accepted ?? null,
      change.tested === true,
    ],
  )
  return row ?? next
}

export const ConnectorTool = z.object({
  connectorId: ConnectorId,
  name: z.string(),
  alias: z.string(),
  description: z.string(),
  schema: z.string(),
  digest: z.string(),
  gone: z.boolean(),
  rule: z.enum(TOOL_RULES),
  acceptedDigest: z.string().nullable(),
  acceptedDescription: z.string().nullable(),
  acceptedSchema: z.string().nullable(),
})
export type ConnectorTool = z.infer<typeof ConnectorTool>
const TOOL = `t.connector_id as "connectorId", t.name, t.alias, t.description, t.input_schema as schema, t.digest, t.gone, t.rule,
  t.accepted_digest as "acceptedDigest", t.accepted_description as "acceptedDescription", t.accepted_schema as "acceptedSchema"`

/** A tool as its server lists it, made fit to be shown and stored. */
export type SeenTool = Pick<ConnectorTool, 'name' | 'alias' | 'description' | 'schema' | 'digest'>

export function connectorTools(sql: Sql, id: ConnectorId): Promise<ConnectorTool[]> {
  return sql.rows(ConnectorTool, `select ${TOOL} from connector_tool t where connector_id = $1::uuid order by name`, [id])
}

/** Keeps what was listed; what a person accepted before stays what it was. Tools that are not listed any more are marked as gone. */
export async function keepListing(tx: Tx, id: ConnectorId, tools: readonly SeenTool[]): Promise<void> {
  const names = storableJson(tools.map(({ name }) => name))
  await tx.run(
    `update connector_tool set gone = true where connector_id = $1::uuid and not gone and name not in (select jsonb_array_elements_text($2::jsonb))`,
    [id, names],
  )
  for (const tool of tools)
    await tx.run(
      `insert into connector_tool (connector_id, name, alias, description, input_schema, digest) values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text)
       on conflict (connector_id, name) do update set alias = excluded.alias, description = excluded.description, input_schema = excluded.input_schema,
         digest = excluded.digest, gone = false, seen_at = now()`,
      [id, tool.name, tool.alias, tool.description, tool.schema, tool.digest],
    )
}

/** Accepts a tool exactly as it was shown; 0 when it is another by now. */
export function acceptToolRow(tx: Tx, id: ConnectorId, name: string, shown: string): Promise<number> {
  return tx.run(
    `update connector_tool set accepted_digest = digest, accepted_description = description, accepted_schema = input_schema
     where connector_id = $1::uuid and name = $2::text and digest = $3::text and not gone`,
    [id, name, shown],
  )
}

export function ruleTool(tx: Tx, id: ConnectorId, name: string, rule: ToolRule): Promise<number> {
  return tx.run(`update connector_tool set rule = $3::text where connector_id = $1::uuid and name = $2::text`, [id, name, rule])
}

/** What ran unasked asks again: another program answers now. */
export function askAgain(tx: Tx, id: ConnectorId): Promise<number> {
  return tx.run(`update connector_tool set rule = 'ask' where connector_id = $1::uuid and rule = 'allow'`, [id])
}

const Usable = ConnectorTool.extend({ server: z.string(), connectorDigest: z.string() })
export type UsableTool = z.infer<typeof Usable>

/**
 * The tools of a project's servers that a person has accepted, whatever became of them since; a server of the project stands before one of
 * everybody that has its name.
 */
export function acceptedTools(sql: Sql, projectId: ProjectId): Promise<UsableTool[]> {
  return sql.rows(
    Usable,
    `select ${TOOL}, c.name as server, c.digest as "connectorDigest" from connector_tool t join (
       select distinct on (name) id, name, digest, accepted_at from connector
       where state not in ('removed', 'draft') and (project_id is null or project_id = $1::uuid) order by name, (project_id is null)
     ) c on c.id = t.connector_id
     where c.accepted_at is not null and t.accepted_digest is not null order by t.alias`,
    [projectId],
  )
}

/** A tool that is another than the one that was accepted, or was not there then. */
export function isWithheld(tool: Pick<ConnectorTool, 'digest' | 'acceptedDigest' | 'gone'>): boolean {
  return tool.gone || tool.acceptedDigest !== tool.digest
}
