/** The registry as MCP tools: names, schemas, descriptions, and who sees which. Made once; nothing here acts. */
import type { Role, TokenScope } from '#core'
import { mayCall, type Capability, type McpDoor } from '#orchestrator'
import { z } from 'zod'
import { roleOfScopes } from './role-of-scopes.ts'

type JsonSchema = { readonly type: 'object'; readonly [key: string]: unknown }

export type Tool = {
  readonly name: string
  readonly capability: Capability
  readonly door: McpDoor<unknown>
  /** The least that a token must hold. */
  readonly needs: TokenScope
  readonly parameters: ReadonlySet<string>
  readonly listed: {
    readonly name: string
    readonly title: string
    readonly description: string
    readonly inputSchema: JsonSchema
    readonly outputSchema: JsonSchema
    readonly annotations: {
      readonly title: string
      readonly readOnlyHint: boolean
      readonly destructiveHint: boolean
      readonly idempotentHint: boolean
      readonly openWorldHint: boolean
    }
  }
}

/** What names a call of the caller's own; see `mcp_call`. */
export const CALL_ID = 'call_id'
const CALL_ID_SCHEMA = {
  type: 'string',
  minLength: 8,
  maxLength: 200,
  description:
    'A name of your own for this call, such as a UUID. Asked again under the same name, it is answered as before and nothing is done twice.',
}

/** Every capability that has a tool, in the order of the registry. */
export function toolsOf(capabilities: readonly Capability[]): Tool[] {
  return capabilities.flatMap((capability) => {
    const { mcp } = capability.doors
    return 'none' in mcp ? [] : [toolOf(capability, mcp)]
  })
}

function toolOf(capability: Capability, door: McpDoor<unknown>): Tool {
  const name = door.tool ?? capability.name
  const reads = capability.kind === 'read'
  const title = `${name[0]?.toUpperCase() ?? ''}${name.slice(1).replaceAll('_', ' ')}`
  const input = objectSchema(capability.input, 'input')
  const properties = { ...propertiesOf(input), ...(reads ? {} : { [CALL_ID]: CALL_ID_SCHEMA }) }
  return {
    name,
    capability,
    door,
    needs: door.scope ?? (reads ? 'read' : capability.kind === 'decide' ? 'approve' : ownersOnly(capability) ? 'admin' : 'request'),
    parameters: new Set(Object.keys(properties)),
    listed: {
      name,
      title,
      description: description(capability, door, name),
      inputSchema: { ...input, properties },
      outputSchema: objectSchema(capability.output, 'output'),
      annotations: {
        title,
        readOnlyHint: reads,
        destructiveHint: door.destroys === true,
        idempotentHint: reads,
        openWorldHint: false,
      },
    },
  }
}

function ownersOnly({ may }: Capability): boolean {
  return !may.includes('member')
}

function description(capability: Capability, door: McpDoor<unknown>, name: string): string {
  const decides = capability.kind === 'decide' && door.scope === undefined
  return [
    capability.describe,
    door.note,
    decides ? 'Needs a token that may approve; with approve-own only about tasks it started itself.' : undefined,
    door.example === undefined ? undefined : `Example: ${name}(${JSON.stringify(door.example)})`,
  ]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** JSON Schema of an object, without what a client need not be told. Transformations say what goes in (`input`) or comes out. */
export function objectSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const whole = Object.entries(z.toJSONSchema(schema, { io, unrepresentable: 'any' })).filter(([key]) => key !== '$schema')
  return { ...AnyObject.parse(oneTypeEach(Object.fromEntries(whole))), type: 'object' }
}

const AnyObject = z.record(z.string(), z.unknown())
const SeveralTypes = z.looseObject({ type: z.array(z.string()) })

/** `type: ["number", "null"]` as `anyOf`: some model providers take no list of types, and refuse the tool or drop what it says. */
function oneTypeEach(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(oneTypeEach)
  const several = SeveralTypes.safeParse(schema)
  if (several.success) {
    const { type: types, ...rest } = several.data
    return { anyOf: types.map((type) => (type === 'null' ? { type } : { type, ...rest })) }
  }
  const object = AnyObject.safeParse(schema)
  return object.success ? Object.fromEntries(Object.entries(object.data).map(([key, value]) => [key, oneTypeEach(value)])) : schema
}

function propertiesOf(schema: JsonSchema): Record<string, unknown> {
  const found = z.record(z.string(), z.unknown()).safeParse(schema['properties'])
  return found.success ? found.data : {}
}

const ALIAS = /^lugh[/.]/u

/** The tool of this name; `lugh/spawn_agent` and `lugh.spawn_agent` mean `spawn_agent`. */
export function findTool(tools: readonly Tool[], name: string): Tool | undefined {
  const plain = name.replace(ALIAS, '')
  return tools.find((tool) => tool.name === plain)
}

/** Whether a token with these scopes may ever call it, by the table of roles; about which work is decided with each call. */
export function isOffered(tool: Tool, scopes: readonly TokenScope[]): boolean {
  const role = roleOfScopes(scopes, true)
  return role !== undefined && reaches(tool, role)
}

/** The table every door decides by; and a program decides nothing unless it was given that. */
export function reaches(tool: Tool, role: Role): boolean {
  if (tool.needs === 'admin') return role === 'owner'
  if (tool.needs === 'approve' && role !== 'owner' && role !== 'approver') return false
  return mayCall(tool.capability, role)
}
