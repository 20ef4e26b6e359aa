/** The chat completions format: form and rules of a request, each refused in OpenAI's words, and how an answer streams. */
import { z } from 'zod'
import type { AnswerMessage } from '../answer.ts'
import { tokensIn, type Limits } from '../check-request.ts'
import { inputText, pieces, type Dialect } from '../dialect.ts'
import type { Block, Request } from '../wire.ts'
import { checkImage, checkName, checkParameters, formRefusal, openAiDoor, refuse } from './refusal.ts'

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string() })
const ImagePart = z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: z.string(), detail: z.string().optional() }) })
const ToolCall = z.strictObject({
  id: z.string(),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
})
const words = z.union([z.string(), z.array(TextPart)])
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: words, name: z.string().optional() }),
  z.strictObject({ role: z.literal('user'), content: z.union([z.string(), z.array(z.union([TextPart, ImagePart]))]), name: z.string().optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: words.nullish(),
    refusal: z.string().nullish(),
    name: z.string().optional(),
    tool_calls: z.array(ToolCall).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: words, tool_call_id: z.string() }),
])
type Message = z.infer<typeof Message>

const Chat = z.strictObject({
  model: z.string(),
  messages: z.array(Message),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() }).nullish(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.looseObject({ type: z.string().optional() }).optional(),
          strict: z.boolean().nullish(),
        }),
      }),
    )
    .optional(),
  tool_choice: z.union([z.string(), z.looseObject({})]).optional(),
  parallel_tool_calls: z.boolean().optional(),
  max_completion_tokens: z.number().int().nullish(),
  max_tokens: z.number().int().nullish(),
  temperature: z.number().nullish(),
  reasoning_effort: z.string().nullish(),
  store: z.boolean().nullish(),
  user: z.string().optional(),
})

export const chatDialect: Dialect = {
  ...openAiDoor,
  path: '/v1/chat/completions',
  read: (body, limits) => {
    const parsed = Chat.safeParse(body)
    if (!parsed.success) throw formRefusal(parsed.error)
    check(parsed.data, limits)
    return { request: toRequest(parsed.data), stream: parsed.data.stream === true }
  },
  whole: (message) => ({ ...frame(message, 'chat.completion'), choices: [choice(message)], usage: usage(message) }),
  frames,
  errorFrame: () =>
    frameOf({
      error: { message: 'The server had an error while processing your request. Sorry about that!', type: 'server_error', param: null, code: null },
    }),
}

function check(chat: z.infer<typeof Chat>, limits: Limits): void {
  if (chat.messages.length === 0)
    throw refuse(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    )
  if (chat.stream_options !== null && chat.stream_options !== undefined && chat.stream !== true)
    throw refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options')
  for (const [n, { function: tool }] of (chat.tools ?? []).entries()) {
    checkName(tool.name, `tools[${n}].function.name`)
    checkParameters(tool.name, tool.parameters, `tools[${n}].function.parameters`)
  }
  checkOrder(chat.messages)
  const tokens = tokensIn(JSON.stringify([chat.tools, chat.messages]))
  if (tokens > limits.contextTokens)
    throw refuse(
      `This model's maximum context length is ${limits.contextTokens} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
      'messages',
      'context_length_exceeded',
    )
}

/** Every call is answered by tool messages right after it, and those answer nothing else. */
function checkOrder(messages: readonly Message[]): void {
  let open: string[] = []
  for (const [n, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id))
        throw refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${n}].role`,
        )
      open = open.filter((id) => id !== message.tool_call_id)
      continue
    }
    if (open.length > 0) throw unanswered(open, n - 1)
    if (message.role !== 'assistant') continue
    checkCalls(message, n)
    open = (message.tool_calls ?? []).map(({ id }) => id)
  }
  if (open.length > 0) throw unanswered(open, messages.length - 1)
}

function checkCalls(message: Extract<Message, { role: 'assistant' }>, n: number): void {
  if (message.tool_calls?.length === 0)
    throw refuse(
      `Invalid 'messages[${n}].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      `messages[${n}].tool_calls`,
      'empty_array',
    )
  if (message.tool_calls === undefined && (message.content === null || message.content === undefined))
    throw refuse(`Invalid value for 'content': expected a string, got null.`, `messages.[${n}].content`)
  for (const [at, call] of (message.tool_calls ?? []).entries()) checkName(call.function.name, `messages[${n}].tool_calls[${at}].function.name`)
}

function unanswered(ids: readonly string[], n: number): Error {
  return refuse(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    `messages.[${n}].role`,
  )
}

const CACHED = { cache_control: { type: 'ephemeral' } } as const

/** The request in the one form scripts look at. Everything is cached by itself here, so every part carries a mark. */
function toRequest(chat: z.infer<typeof Chat>): Request {
  const system = chat.messages.flatMap((message) =>
    message.role === 'system' || message.role === 'developer' ? [{ type: 'text' as const, text: textOf(message.content), ...CACHED }] : [],
  )
  return {
    model: chat.model,
    max_tokens: chat.max_completion_tokens ?? chat.max_tokens ?? 1,
    system,
    messages: chat.messages.flatMap((message, n) =>
      message.role === 'system' || message.role === 'developer'
        ? []
        : [{ role: message.role === 'assistant' ? 'assistant' : 'user', content: blocksOf(message, n) }],
    ),
    tools: (chat.tools ?? []).map(({ function: tool }) => ({ name: tool.name, input_schema: { type: 'object' }, ...CACHED })),
  }
}

function blocksOf(message: Message, n: number): Block[] {
  if (message.role === 'tool') return [{ type: 'tool_result', tool_use_id: message.tool_call_id, ...resultOf(textOf(message.content)), ...CACHED }]
  const content = message.content ?? ''
  const said =
    typeof content === 'string'
      ? content === ''
        ? []
        : [{ type: 'text' as const, text: content, ...CACHED }]
      : content.map((part, at) => partOf(part, n, at))
  const calls = message.role === 'assistant' ? (message.tool_calls ?? []) : []
  return [
    ...said,
    ...calls.map((call): Block => ({ type: 'tool_use', id: call.id, name: call.function.name, input: inputOf(call.function.arguments), ...CACHED })),
  ]
}

function partOf(part: z.infer<typeof TextPart> | z.infer<typeof ImagePart>, n: number, at: number): Block {
  if (part.type === 'text') return { type: 'text', text: part.text, ...CACHED }
  const { mediaType, data } = checkImage(part.image_url.url, `messages[${n}].content[${at}].image_url.url`)
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data }, ...CACHED }
}

function textOf(content: z.infer<typeof words>): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n')
}

/** A result that begins with the word is one that failed: the format has no field for it. */
export function resultOf(output: string): { content: string; is_error?: boolean } {
  return output.startsWith('Error: ') ? { content: output.slice(7), is_error: true } : { content: output }
}

const Fields = z.record(z.string(), z.unknown())

/** Arguments as an object; a text that is none is kept as it came. */
export function inputOf(json: string): Record<string, unknown> {
  try {
    return Fields.catch({ input: json }).parse(JSON.parse(json))
  } catch {
    return { input: json }
  }
}

const STOPS: Readonly<Record<string, string>> = { end_turn: 'stop', tool_use: 'tool_calls', max_tokens: 'length', refusal: 'content_filter' }

function frame(message: AnswerMessage, object: string): Record<string, unknown> {
  return { id: message.id.replace('msg_', 'chatcmpl-'), object, created: 0, model: message.model, service_tier: 'default', system_fingerprint: null }
}

function choice(message: AnswerMessage): Record<string, unknown> {
  const text = message.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('')
  const calls = message.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, type: 'function', function: { name: block.name, arguments: inputText(block.input, false) } }] : [],
  )
  return {
    index: 0,
    message: { role: 'assistant', content: text === '' ? null : text, refusal: null, ...(calls.length === 0 ? {} : { tool_calls: calls }) },
    logprobs: null,
    finish_reason: STOPS[message.stop] ?? 'stop',
  }
}

function usage({ usage: spent }: AnswerMessage): Record<string, unknown> {
  const prompt = spent.input_tokens + spent.cache_read_input_tokens + spent.cache_creation_input_tokens
  return {
    prompt_tokens: prompt,
    completion_tokens: spent.output_tokens,
    total_tokens: prompt + spent.output_tokens,
    prompt_tokens_details: { cached_tokens: spent.cache_read_input_tokens, cache_write_tokens: spent.cache_creation_input_tokens, audio_tokens: 0 },
  }
}

function frames(message: AnswerMessage, breakJson: boolean): string[] {
  const base = frame(message, 'chat.completion.chunk')
  const chunk = (delta: Record<string, unknown>, stop: string | null = null): string =>
    frameOf({ ...base, choices: [{ index: 0, delta, logprobs: null, finish_reason: stop }], usage: null })
  const calls = message.content.filter((block) => block.type === 'tool_use')
  return [
    chunk({ role: 'assistant', content: calls.length > 0 ? null : '', refusal: null }),
    ...message.content.flatMap((block) => (block.type === 'text' ? pieces(block.text).map((content) => chunk({ content })) : [])),
    ...calls.flatMap((call, index) => [
      chunk({ tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }] }),
      ...pieces(inputText(call.input, breakJson)).map((part) => chunk({ tool_calls: [{ index, function: { arguments: part } }] })),
    ]),
    chunk({}, STOPS[message.stop] ?? 'stop'),
    frameOf({ ...base, choices: [], usage: usage(message) }),
    'data: [DONE]\n\n',
  ]
}

function frameOf(chunk: unknown): string {
  return `data: ${JSON.stringify(chunk)}\n\n`
}
