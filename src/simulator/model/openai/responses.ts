/** The Responses API: form and rules of a request, each refused in its own words. Stateless use only: what needs storing there is refused. */
import { z } from 'zod'
import { tokensIn, type Limits } from '../check-request.ts'
import type { Dialect } from '../dialect.ts'
import type { Block, Request } from '../wire.ts'
import { inputOf, resultOf } from './chat.ts'
import { checkImage, checkName, checkParameters, formRefusal, openAiDoor, refuse } from './refusal.ts'
import { errorFrame, reads, responseFrames, wholeResponse } from './response-stream.ts'

const Input = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('input_text'), text: z.string() }),
  z.strictObject({ type: z.literal('input_image'), image_url: z.string(), detail: z.string().optional() }),
  z.strictObject({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).optional(),
  }),
])
const Message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(Input)]),
  id: z.string().optional(),
  status: z.string().optional(),
  phase: z.string().nullish(),
})
const Call = z.strictObject({
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  id: z.string().optional(),
  status: z.string().optional(),
  namespace: z.string().optional(),
})
const Output = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: z.string(),
  output: z.union([z.string(), z.array(Input)]),
  id: z.string().nullish(),
  status: z.string().nullish(),
})
const Reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string().optional(),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
  content: z.array(z.unknown()).nullish(),
  encrypted_content: z.string().nullish(),
  status: z.string().nullish(),
})
const Item = z.union([Message, Call, Output, Reasoning])
type Item = z.infer<typeof Item>

const Body = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(Item)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  tools: z
    .array(
      z.looseObject({
        type: z.string(),
        name: z.string().optional(),
        description: z.string().nullish(),
        parameters: z.looseObject({ type: z.string().optional() }).optional(),
        strict: z.boolean().nullish(),
        tools: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
    )
    .optional(),
  tool_choice: z.union([z.string(), z.looseObject({})]).optional(),
  parallel_tool_calls: z.boolean().nullish(),
  max_output_tokens: z.number().int().nullish(),
  include: z.array(z.string()).nullish(),
  reasoning: z.looseObject({}).nullish(),
  text: z.looseObject({}).nullish(),
  prompt_cache_key: z.string().optional(),
  client_metadata: z.looseObject({}).optional(),
  metadata: z.looseObject({}).nullish(),
  service_tier: z.string().nullish(),
  truncation: z.string().nullish(),
})

export const responsesDialect: Dialect = {
  ...openAiDoor,
  path: '/v1/responses',
  read: (body, limits) => {
    const parsed = Body.safeParse(body)
    if (!parsed.success) throw formRefusal(parsed.error)
    const items = typeof parsed.data.input === 'string' ? [{ role: 'user' as const, content: parsed.data.input }] : parsed.data.input
    check(parsed.data, items, limits)
    return { request: toRequest(parsed.data, items), stream: parsed.data.stream === true }
  },
  whole: wholeResponse,
  frames: responseFrames,
  errorFrame,
}

function check(body: z.infer<typeof Body>, items: readonly Item[], limits: Limits): void {
  if (items.length === 0) throw refuse("Missing required parameter: 'input'.", 'input', 'missing_required_parameter')
  if (typeof body.max_output_tokens === 'number' && body.max_output_tokens < 16)
    throw refuse(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${body.max_output_tokens} instead.`,
      'max_output_tokens',
      'integer_below_min_value',
    )
  for (const [n, tool] of (body.tools ?? []).entries()) {
    if (tool.type !== 'function') continue
    if (tool.name === undefined) throw refuse(`Missing required parameter: 'tools[${n}].name'.`, `tools[${n}].name`, 'missing_required_parameter')
    checkName(tool.name, `tools[${n}].name`)
    checkParameters(tool.name, tool.parameters, `tools[${n}].parameters`)
  }
  checkItems(body.model, items)
  if (tokensIn(JSON.stringify([body.instructions, body.tools, items])) > limits.contextTokens)
    throw refuse('Your input exceeds the context window of this model. Please adjust your input and try again.', 'input', 'context_length_exceeded')
}

/** Calls and their outputs belong together, and reasoning is only read by the model that wrote it. */
function checkItems(model: string, items: readonly Item[]): void {
  const calls = items.filter((item) => item.type === 'function_call')
  const outputs = items.filter((item) => item.type === 'function_call_output')
  for (const [n, item] of items.entries()) {
    if (item.type === 'function_call') {
      checkName(item.name, `input[${n}].name`)
      if (item.call_id.length > 64)
        throw refuse(
          `Invalid 'input[${n}].call_id': string too long. Expected a string with maximum length 64, but got a string with length ${item.call_id.length} instead.`,
          `input[${n}].call_id`,
          'string_above_max_length',
        )
      if (!outputs.some(({ call_id: id }) => id === item.call_id)) throw refuse(`No tool output found for function call ${item.call_id}.`, 'input')
    }
    if (item.type === 'function_call_output' && !calls.some(({ call_id: id }) => id === item.call_id))
      throw refuse(`No tool call found for function call output with call_id ${item.call_id}.`, 'input')
    if (item.type === 'reasoning' && !reads(model, item.encrypted_content))
      throw refuse(
        `The encrypted content for item ${item.id ?? ''} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
        undefined,
        'invalid_encrypted_content',
      )
  }
}

const CACHED = { cache_control: { type: 'ephemeral' } } as const

/** The request in the one form scripts look at. Everything is cached by itself here, so every part carries a mark. */
function toRequest(body: z.infer<typeof Body>, items: readonly Item[]): Request {
  const system = items.flatMap((item, n) =>
    'role' in item && (item.role === 'system' || item.role === 'developer')
      ? contentOf(item.content, n).filter((block) => block.type === 'text')
      : [],
  )
  const instructions = body.instructions ?? ''
  return {
    model: body.model,
    max_tokens: body.max_output_tokens ?? 1,
    system: [...(instructions === '' ? [] : [{ type: 'text' as const, text: instructions, ...CACHED }]), ...system],
    messages: items.flatMap((item, n) => {
      if ('role' in item && (item.role === 'system' || item.role === 'developer')) return []
      const answering = item.type === 'function_call' || item.type === 'reasoning' || ('role' in item && item.role === 'assistant')
      const blocks = blocksOf(item, n)
      return blocks.length === 0 ? [] : [{ role: answering ? 'assistant' : 'user', content: blocks }]
    }),
    tools: (body.tools ?? []).flatMap(namesOf).map((name) => ({ name, input_schema: { type: 'object' }, ...CACHED })),
  }
}

/** Tools of a namespace are called by both names, with two underscores between them. */
function namesOf({ type, name = type, tools }: NonNullable<z.infer<typeof Body>['tools']>[number]): string[] {
  return type === 'namespace' && tools !== undefined ? tools.map((tool) => `${name}__${tool.name}`) : [name]
}

function blocksOf(item: Item, n: number): Block[] {
  if (item.type === 'reasoning') return [{ type: 'redacted_thinking', data: item.encrypted_content ?? '' }]
  if (item.type === 'function_call') {
    const name = item.namespace === undefined ? item.name : `${item.namespace}__${item.name}`
    return [{ type: 'tool_use', id: item.call_id, name, input: inputOf(item.arguments), ...CACHED }]
  }
  if (item.type !== 'function_call_output') return contentOf(item.content, n)
  if (typeof item.output === 'string') return [{ type: 'tool_result', tool_use_id: item.call_id, ...resultOf(item.output), ...CACHED }]
  const content = contentOf(item.output, n).filter((block) => block.type === 'text' || block.type === 'image')
  return [{ type: 'tool_result', tool_use_id: item.call_id, content, ...CACHED }]
}

function contentOf(content: string | readonly z.infer<typeof Input>[], n: number): Extract<Block, { type: 'text' | 'image' }>[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content, ...CACHED }]
  return content.map((part, at) => {
    if (part.type !== 'input_image') return { type: 'text', text: part.text, ...CACHED }
    const { mediaType, data } = checkImage(part.image_url, `input[${n}].content[${at}].image_url`)
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data }, ...CACHED }
  })
}
