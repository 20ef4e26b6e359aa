/**
 * Puts one streamed Messages API answer together. All or nothing: a stream that stops before `message_stop`, or whose tool
 * input is no JSON, throws `BrokenStream` and nothing of it may be used.
 */
import { z } from 'zod'
import { BrokenStream, type Answer, type AnswerBlock, type Tally } from './answer.ts'

const count = z.number().int().nonnegative().nullish()
const Usage = z.object({ input_tokens: count, output_tokens: count, cache_read_input_tokens: count, cache_creation_input_tokens: count })
const Started = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().default('') }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string().min(1), name: z.string().min(1), input: z.unknown() }),
])
const Delta = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
])
const kind = z.looseObject({ type: z.string() })
const Event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message: z.object({ usage: Usage }) }),
  z.object({ type: z.literal('content_block_start'), index: z.number(), content_block: kind }),
  z.object({ type: z.literal('content_block_delta'), index: z.number(), delta: kind }),
  z.object({ type: z.literal('content_block_stop'), index: z.number() }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({ stop_reason: z.string().nullish(), stop_details: z.object({ explanation: z.string().nullish() }).nullish() }),
    usage: Usage.optional(),
  }),
  z.object({ type: z.literal('message_stop') }),
])
type Event = z.infer<typeof Event>
const KNOWN = new Set<string>(Event.options.map((option) => option.shape.type.value))

type Open = z.infer<typeof Started> & { json: string; closed: boolean }

/** Reads events until `message_stop`. `onText` gets text as it comes. Throws `BrokenStream`, and what the stream itself throws. */
export async function readAnswer(events: AsyncIterable<unknown>, tally: Tally, onText: (delta: string) => void): Promise<Answer> {
  const blocks = new Map<number, Open>()
  let stop: string | undefined
  let refusal: string | undefined
  for await (const raw of events) {
    const event = parseEvent(raw)
    if (event === undefined) continue
    if (event.type === 'message_start') countUsage(tally, event.message.usage)
    else if (event.type === 'content_block_start') startBlock(blocks, event)
    else if (event.type === 'content_block_delta') addDelta(blocks.get(event.index), event.delta, onText)
    else if (event.type === 'content_block_stop') closeBlock(blocks.get(event.index))
    else if (event.type === 'message_delta') {
      stop = event.delta.stop_reason ?? stop
      refusal = event.delta.stop_details?.explanation ?? refusal
      if (event.usage !== undefined) countUsage(tally, event.usage)
    } else return finish(blocks, stop, refusal)
  }
  throw new BrokenStream('the stream ended before the message did')
}

function parseEvent(raw: unknown): Event | undefined {
  const named = kind.safeParse(raw)
  if (named.success && !KNOWN.has(named.data.type)) return undefined
  const event = Event.safeParse(raw)
  if (!event.success) throw new BrokenStream(`an event made no sense: ${z.prettifyError(event.error).slice(0, 300)}`)
  return event.data
}

function startBlock(blocks: Map<number, Open>, event: { index: number; content_block: unknown }): void {
  const started = Started.safeParse(event.content_block)
  if (started.success) blocks.set(event.index, { ...started.data, json: '', closed: false })
}

function addDelta(block: Open | undefined, raw: unknown, onText: (delta: string) => void): void {
  const parsed = Delta.safeParse(raw)
  if (block === undefined || !parsed.success) return
  const delta = parsed.data
  if (block.type === 'text' && delta.type === 'text_delta') {
    block.text += delta.text
    onText(delta.text)
  } else if (block.type === 'tool_use' && delta.type === 'input_json_delta') block.json += delta.partial_json
  else if (block.type === 'thinking' && delta.type === 'thinking_delta') block.thinking += delta.thinking
  else if (block.type === 'thinking' && delta.type === 'signature_delta') block.signature += delta.signature
}

function closeBlock(block: Open | undefined): void {
  if (block !== undefined) block.closed = true
}

/** Counts are cumulative: the last figure seen of each kind is the right one. */
function countUsage(tally: Tally, usage: z.infer<typeof Usage>): void {
  tally.usage = {
    input: usage.input_tokens ?? tally.usage.input,
    output: usage.output_tokens ?? tally.usage.output,
    cacheRead: usage.cache_read_input_tokens ?? tally.usage.cacheRead,
    cacheWrite: usage.cache_creation_input_tokens ?? tally.usage.cacheWrite,
  }
}

function finish(blocks: Map<number, Open>, stop: string | undefined, refusal: string | undefined): Answer {
  if (stop === undefined) throw new BrokenStream('the message ended without a stop reason')
  const content = [...blocks.entries()].toSorted(([a], [b]) => a - b).flatMap(([, block]) => finishBlock(block, stop))
  return refusal === undefined ? { content, stop } : { content, stop, refusal }
}

/** A tool call that the output cap cut in two is left out: half an input is no input. */
function finishBlock(block: Open, stop: string): AnswerBlock[] {
  if (!block.closed && stop !== 'max_tokens') throw new BrokenStream('a block was never closed')
  if (block.type === 'text') return [{ type: 'text', text: block.text }]
  if (block.type === 'redacted_thinking') return [{ type: 'redacted_thinking', data: block.data }]
  if (block.type === 'thinking') return block.closed ? [{ type: 'thinking', thinking: block.thinking, signature: block.signature }] : []
  try {
    const input: unknown = block.json.trim() === '' ? block.input : JSON.parse(block.json)
    return [{ type: 'tool_use', id: block.id, name: block.name, input }]
  } catch (error) {
    if (stop === 'max_tokens') return []
    throw new BrokenStream(`the input of ${block.name} is no JSON`, { cause: error })
  }
}
