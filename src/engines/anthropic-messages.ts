/** Lugh's messages in Anthropic's words and back. The only place that knows both forms; it decides nothing else. */
import type { AnswerBlock, ContentBlockParam, MessageParam, MessagesRequest, Tool } from '#models'
import { z } from 'zod'
import { mendTranscript } from './mend-transcript.ts'
import type { Block, Message, ToolDefinition, TurnRequest } from './port.ts'
import { storable, storableText } from './storable.ts'

/**
 * Output cap of one turn, thinking included. All current models allow 64,000 or more; half of that is far beyond one sensible
 * step, and a turn that runs away costs at most this much.
 */
const MAX_OUTPUT_TOKENS = 32_000

/** How thinking that came encrypted is kept in Lugh's form: no words, and its data marked in the signature. */
const REDACTED = 'redacted:'
const CACHE = { cache_control: { type: 'ephemeral' } } as const

/** The request of one turn. Cache marks: tools, system prompt, and the last two user messages (so that the earlier one is found again). */
export function toRequest(turn: Pick<TurnRequest, 'model' | 'system' | 'transcript' | 'tools'>): MessagesRequest {
  const messages = mendTranscript(turn.transcript).map(toMessage)
  const lastUsers = messages.flatMap((message, index) => (message.role === 'user' ? [index] : [])).slice(-2)
  return {
    model: turn.model,
    max_tokens: MAX_OUTPUT_TOKENS,
    system: [{ type: 'text', text: storableText(turn.system), ...CACHE }],
    messages: messages.map((message, index) => (lastUsers.includes(index) ? withCacheMark(message) : message)),
    ...(turn.tools.length === 0 ? {} : { tools: turn.tools.map((tool, index) => toTool(tool, index === turn.tools.length - 1)) }),
  }
}

type Built = { role: 'user' | 'assistant'; content: ContentBlockParam[] }

function toMessage(message: Message): Built {
  return { role: message.role, content: message.content.flatMap(toBlock) }
}

/** Marks the last block; user messages hold text and results only, both of which can carry the mark. */
function withCacheMark(message: Built): MessageParam & Built {
  const last = message.content.at(-1)
  if (last?.type !== 'text' && last?.type !== 'tool_result') return message
  return { ...message, content: [...message.content.slice(0, -1), { ...last, ...CACHE }] }
}

function toBlock(block: Block): ContentBlockParam[] {
  if (block.type === 'text') return [{ type: 'text', text: storableText(block.text) }]
  if (block.type === 'tool_result')
    return [{ type: 'tool_result', tool_use_id: block.id, content: storableText(block.output), ...(block.isError ? { is_error: true } : {}) }]
  if (block.type === 'tool_call') return [{ type: 'tool_use', id: block.id, name: block.name, input: objectOf(block.input) }]
  // Thinking without a signature is not theirs and would be refused.
  if (block.signature === undefined || block.signature === '') return []
  if (block.signature.startsWith(REDACTED)) return [{ type: 'redacted_thinking', data: block.signature.slice(REDACTED.length) }]
  return [{ type: 'thinking', thinking: block.thinking, signature: block.signature }]
}

const Fields = z.record(z.string(), z.unknown())

/** Their tool input must be an object; anything else (a model can answer with a list or a text) is sent back wrapped. */
function objectOf(input: unknown): Record<string, unknown> {
  const fields = Fields.safeParse(storable(input))
  return fields.success ? fields.data : { input: storable(input) }
}

function toTool(tool: ToolDefinition, last: boolean): Tool {
  return { name: tool.name, description: tool.description, input_schema: { ...tool.input, type: 'object' }, ...(last ? CACHE : {}) }
}

/** The blocks of an answer in Lugh's form. Ids already in `taken` are made new: a call must be told from every other of the task. */
export function fromAnswer(content: readonly AnswerBlock[], taken: ReadonlySet<string>): Block[] {
  const seen = new Set(taken)
  return content.flatMap((block): Block[] => {
    if (block.type === 'text') return block.text.trim() === '' ? [] : [{ type: 'text', text: storableText(block.text) }]
    if (block.type === 'thinking') return [{ type: 'thinking', thinking: block.thinking, signature: block.signature }]
    if (block.type === 'redacted_thinking') return [{ type: 'thinking', thinking: '', signature: REDACTED + block.data }]
    return [{ type: 'tool_call', id: freshId(block.id, seen), name: storableText(block.name), input: storable(block.input) }]
  })
}

function freshId(id: string, seen: Set<string>): string {
  const clean = id.replace(/[^\w-]/g, '_').slice(0, 100)
  let fresh = clean
  for (let n = 2; seen.has(fresh); n++) fresh = `${clean}-${n}`
  seen.add(fresh)
  return fresh
}

/** The ids of all calls of a transcript. */
export function callIds(transcript: readonly Message[]): Set<string> {
  return new Set(transcript.flatMap((message) => message.content.flatMap((block) => (block.type === 'tool_call' ? [block.id] : []))))
}
