/** Lugh's messages in Anthropic's words. The only place that knows both forms; it decides nothing else. */
import type { ContentBlockParam, MessageParam, MessagesRequest, Tool } from '#models'
import { mendTranscript } from './mend-transcript.ts'
import { MAX_OUTPUT_TOKENS, type Block, type Message, type Picture, type ToolDefinition, type TurnRequest } from './port.ts'
import { inputFields, storableText } from './storable.ts'
import { REDACTED, isAnthropics } from './signatures.ts'

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

/** Marks the last block; user messages hold text, pictures and results only, all of which can carry the mark. */
function withCacheMark(message: Built): MessageParam & Built {
  const last = message.content.at(-1)
  if (last?.type !== 'text' && last?.type !== 'tool_result' && last?.type !== 'image') return message
  return { ...message, content: [...message.content.slice(0, -1), { ...last, ...CACHE }] }
}

function toBlock(block: Block): ContentBlockParam[] {
  if (block.type === 'text') return [{ type: 'text', text: storableText(block.text) }]
  if (block.type === 'picture') return [toImage(block)]
  if (block.type === 'tool_result') return [toResult(block)]
  if (block.type === 'tool_call') return [{ type: 'tool_use', id: block.id, name: block.name, input: inputFields(block.input) }]
  // Thinking without a signature, or with another provider's, would be refused.
  if (!isAnthropics(block.signature)) return []
  if (block.signature.startsWith(REDACTED)) return [{ type: 'redacted_thinking', data: block.signature.slice(REDACTED.length) }]
  return [{ type: 'thinking', thinking: block.thinking, signature: block.signature }]
}

function toResult(block: Extract<Block, { type: 'tool_result' }>): ContentBlockParam {
  const text = storableText(block.output)
  const pictures = (block.pictures ?? []).map(toImage)
  const content = pictures.length === 0 ? text : [{ type: 'text' as const, text }, ...pictures]
  return { type: 'tool_result', tool_use_id: block.id, content, ...(block.isError ? { is_error: true } : {}) }
}

function toImage({ mediaType, base64 }: Picture): Extract<ContentBlockParam, { type: 'image' }> {
  return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } }
}

function toTool(tool: ToolDefinition, last: boolean): Tool {
  return { name: tool.name, description: tool.description, input_schema: { ...tool.input, type: 'object' }, ...(last ? CACHE : {}) }
}
