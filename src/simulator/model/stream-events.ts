/** A message as the server-sent events of the API, in its order and shapes. */
import type { AnswerBlock, AnswerMessage } from './answer.ts'
import { inputText, pieces } from './dialect.ts'

export type StreamEvent = { readonly type: string } & Readonly<Record<string, unknown>>

/** The whole message as one body, for callers that do not stream. */
export function wholeMessage(message: AnswerMessage): Record<string, unknown> {
  return { ...frame(message), content: message.content, stop_reason: message.stop, usage: message.usage }
}

/** The events of a streamed answer. `breakJson` cuts the input of tool calls in the middle. */
export function eventsOf(message: AnswerMessage, breakJson: boolean): StreamEvent[] {
  return [
    { type: 'message_start', message: { ...frame(message), content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } } },
    { type: 'ping' },
    ...message.content.flatMap((block, index) => blockEvents(block, index, breakJson)),
    { type: 'message_delta', delta: { stop_reason: message.stop, stop_sequence: null, stop_details: null }, usage: message.usage },
    { type: 'message_stop' },
  ]
}

function frame({ id, model }: AnswerMessage): Record<string, unknown> {
  return { id, type: 'message', role: 'assistant', model, stop_sequence: null, stop_details: null, container: null }
}

function blockEvents(block: AnswerBlock, index: number, breakJson: boolean): StreamEvent[] {
  return [
    { type: 'content_block_start', index, content_block: opening(block) },
    ...deltas(block, breakJson).map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

function opening(block: AnswerBlock): Record<string, unknown> {
  if (block.type === 'text') return { type: 'text', text: '' }
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  return { type: 'tool_use', id: block.id, name: block.name, input: {} }
}

function deltas(block: AnswerBlock, breakJson: boolean): Record<string, unknown>[] {
  if (block.type === 'text') return pieces(block.text).map((text) => ({ type: 'text_delta', text }))
  if (block.type === 'thinking')
    return [
      ...pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block.signature },
    ]
  return pieces(inputText(block.input, breakJson)).map((part) => ({ type: 'input_json_delta', partial_json: part }))
}
