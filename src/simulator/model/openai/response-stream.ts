/** An answer as a Response, whole or as the server-sent events of the Responses API, in its order and shapes. */
import { createHash } from 'node:crypto'
import type { AnswerBlock, AnswerMessage } from '../answer.ts'
import { inputText, pieces } from '../dialect.ts'
import type { StreamEvent } from '../stream-events.ts'

type Item = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string }

/** Encrypted reasoning of a model: readable by that model alone. */
function encrypt(model: string, thinking: string): string {
  return `enc_sim_${digest(model)}_${digest(thinking)}`
}

/** Whether a model can read this reasoning. */
export function reads(model: string, encrypted: string | null | undefined): boolean {
  return encrypted?.startsWith(`enc_sim_${digest(model)}_`) === true
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 24)
}

function idOf(message: AnswerMessage, prefix: string, n: number): string {
  return `${prefix}_${message.id.slice(4)}${n}`
}

function itemOf(message: AnswerMessage, block: AnswerBlock, n: number, breakJson: boolean): Item {
  if (block.type === 'thinking')
    return { type: 'reasoning', id: idOf(message, 'rs', n), summary: [], encrypted_content: encrypt(message.model, block.thinking) }
  if (block.type === 'tool_use')
    return {
      type: 'function_call',
      id: idOf(message, 'fc', n),
      call_id: block.id,
      ...named(block.name),
      arguments: inputText(block.input, breakJson),
      status: 'completed',
    }
  const part =
    message.stop === 'refusal'
      ? { type: 'refusal', refusal: 'I cannot help with that.' }
      : { type: 'output_text', text: block.text, annotations: [], logprobs: [] }
  return { type: 'message', id: idOf(message, 'msg', n), role: 'assistant', status: 'completed', content: [part] }
}

/** A server's tools are listed in a namespace of their own, and called with it. */
function named(name: string): { name: string; namespace?: string } {
  const [, namespace, own] = /^(mcp__[^_]+)__(.+)$/u.exec(name) ?? []
  return namespace === undefined || own === undefined ? { name } : { name: own, namespace }
}

function items(message: AnswerMessage, breakJson: boolean): Item[] {
  const blocks = message.stop === 'refusal' ? message.content.filter((block) => block.type === 'text') : message.content
  return blocks.map((block, n) => itemOf(message, block, n, breakJson))
}

function frame(message: AnswerMessage, status: string, output: readonly Item[]): Record<string, unknown> {
  return {
    id: message.id.replace('msg_', 'resp_'),
    object: 'response',
    created_at: 0,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    model: message.model,
    output,
    parallel_tool_calls: true,
    store: false,
    tool_choice: 'auto',
    tools: [],
  }
}

function usage({ usage: spent }: AnswerMessage): Record<string, unknown> {
  const input = spent.input_tokens + spent.cache_read_input_tokens + spent.cache_creation_input_tokens
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: spent.cache_read_input_tokens, cache_write_tokens: spent.cache_creation_input_tokens },
    output_tokens: spent.output_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + spent.output_tokens,
  }
}

function ended(message: AnswerMessage, breakJson: boolean): Record<string, unknown> {
  const status = message.stop === 'max_tokens' ? 'incomplete' : 'completed'
  return { ...frame(message, status, items(message, breakJson)), usage: usage(message) }
}

/** The whole response as one body. */
export function wholeResponse(message: AnswerMessage): Record<string, unknown> {
  return ended(message, false)
}

/** The frames of a streamed response. */
export function responseFrames(message: AnswerMessage, breakJson: boolean): string[] {
  const last = ended(message, breakJson)
  const events: StreamEvent[] = [
    { type: 'response.created', response: frame(message, 'in_progress', []) },
    { type: 'response.in_progress', response: frame(message, 'in_progress', []) },
    ...items(message, breakJson).flatMap((item, index) => itemEvents(item, index)),
    { type: last['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed', response: last },
  ]
  return events.map((event, n) => frameOf({ ...event, sequence_number: n }))
}

function itemEvents(item: Item, index: number): StreamEvent[] {
  const at = { item_id: item.id, output_index: index }
  const text = textOf(item)
  const inner =
    item.type === 'function_call'
      ? pieces(String(item['arguments'])).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta }))
      : text === undefined
        ? []
        : [
            { type: 'response.content_part.added', ...at, content_index: 0, part: { type: 'output_text', text: '', annotations: [] } },
            ...pieces(text).map((delta) => ({ type: 'response.output_text.delta', ...at, content_index: 0, delta, logprobs: [] })),
            { type: 'response.output_text.done', ...at, content_index: 0, text, logprobs: [] },
          ]
  return [
    { type: 'response.output_item.added', output_index: index, item: opening(item) },
    ...inner,
    { type: 'response.output_item.done', output_index: index, item },
  ]
}

function textOf(item: Item): string | undefined {
  const content: unknown = item['content']
  const part: unknown = Array.isArray(content) ? content[0] : undefined
  return typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string' ? part.text : undefined
}

function opening(item: Item): Item {
  if (item.type === 'function_call') return { ...item, arguments: '', status: 'in_progress' }
  return item.type === 'message' ? { ...item, content: [], status: 'in_progress' } : item
}

/** An error inside a stream that had begun. */
export function errorFrame(): string {
  return frameOf({
    type: 'error',
    code: 'server_error',
    message: 'The server had an error while processing your request.',
    param: null,
    sequence_number: 1,
  })
}

function frameOf(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
