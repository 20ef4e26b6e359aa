/** The request of `POST /v1/messages` as the API takes it: what Lugh uses of it, and nothing it does not know. */
import { z } from 'zod'
import { invalid, type ApiRefusal } from './api-refusal.ts'

const CacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).nullish()
const Text = z.strictObject({ type: z.literal('text'), text: z.string(), cache_control: CacheControl })
const Image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({ type: z.literal('base64'), media_type: z.string(), data: z.string() }),
  cache_control: CacheControl,
})
const Thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() })
const Redacted = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() })
const ToolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  cache_control: CacheControl,
})
const ToolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.union([Text, Image]))]).optional(),
  is_error: z.boolean().optional(),
  cache_control: CacheControl,
})
export const Block = z.discriminatedUnion('type', [Text, Image, Thinking, Redacted, ToolUse, ToolResult])
export type Block = z.infer<typeof Block>

const Message = z.strictObject({ role: z.string(), content: z.union([z.string(), z.array(Block)]) })
const Tool = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  input_schema: z.looseObject({ type: z.string().optional() }),
  type: z.literal('custom').optional(),
  cache_control: CacheControl,
})
export const Request = z.strictObject({
  model: z.string(),
  max_tokens: z.number().int(),
  messages: z.array(Message),
  system: z.union([z.string(), z.array(Text)]).optional(),
  tools: z.array(Tool).optional(),
  stream: z.boolean().optional(),
  metadata: z.looseObject({}).optional(),
  stop_sequences: z.array(z.string()).optional(),
  thinking: z
    .strictObject({
      type: z.enum(['adaptive', 'enabled', 'disabled', 'between_tools']),
      budget_tokens: z.number().int().optional(),
      display: z.string().nullish(),
    })
    .optional(),
  output_config: z.looseObject({}).optional(),
  tool_choice: z.looseObject({ type: z.string() }).optional(),
})
export type Request = z.infer<typeof Request>

/** One turn with its blocks; a plain text is one text block. Neighbours of one role are one turn, as the API joins them. */
export type Turn = { readonly role: string; readonly index: number; readonly blocks: readonly Block[] }

/** The blocks of a message. */
export function blocksOf(content: string | readonly Block[]): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

/** Neighbouring messages of one role joined; `index` is that of the first. A system message in the middle (newer models take them) is nobody's turn. */
export function turnsOf(request: Pick<Request, 'messages'>): Turn[] {
  const turns: { role: string; index: number; blocks: Block[] }[] = []
  for (const [index, message] of request.messages.entries()) {
    if (message.role === 'system') continue
    const last = turns.at(-1)
    if (last?.role === message.role) last.blocks.push(...blocksOf(message.content))
    else turns.push({ role: message.role, index, blocks: [...blocksOf(message.content)] })
  }
  return turns
}

/** Parses a body; throws the refusal of the first thing wrong with its form. */
export function parseRequest(body: unknown): Request {
  const parsed = Request.safeParse(body)
  if (parsed.success) return parsed.data
  throw formRefusal(parsed.error)
}

function formRefusal(error: z.ZodError): ApiRefusal {
  const { issue, path } = deepest(error.issues[0], [])
  const where = path.map(String).join('.')
  if (issue?.code === 'unrecognized_keys') return invalid(`${[...path, issue.keys[0] ?? ''].join('.')}: Extra inputs are not permitted`)
  if (issue?.code !== 'invalid_type') return invalid(`${where}: ${issue?.message ?? 'Invalid input'}`)
  if (issue.message.endsWith('received undefined')) return invalid(`${where}: Field required`)
  return invalid(`${where}: Input should be a valid ${issue.expected === 'record' ? 'dictionary' : issue.expected}`)
}

type Issue = z.core.$ZodIssue

/** Of the forms a value may have, the one it came nearest to is what it was meant to be. */
function deepest(issue: Issue | undefined, before: readonly PropertyKey[]): { issue: Issue | undefined; path: readonly PropertyKey[] } {
  const path = [...before, ...(issue?.path ?? [])]
  if (issue?.code !== 'invalid_union') return { issue, path }
  const options = issue.errors.map((issues) => deepest(issues[0], path)).toSorted((a, b) => b.path.length - a.path.length)
  return options[0] ?? { issue, path }
}
