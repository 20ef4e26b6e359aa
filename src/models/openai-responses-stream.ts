/**
 * Puts one streamed Response together. All or nothing: a stream that stops before the response is complete, or whose arguments are no
 * JSON, throws `BrokenStream` and nothing of it may be used.
 */
import { APIError } from 'openai'
import { z } from 'zod'
import { BrokenStream, type Answer, type AnswerBlock, type Tally } from './answer.ts'
import { parseArguments } from './openai-arguments.ts'
import { signatureOf } from './openai-reasoning.ts'

const count = z.number().int().nonnegative().nullish()
const Usage = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).nullish(),
})
const Part = z.looseObject({ type: z.string(), text: z.string().optional(), refusal: z.string().optional() })
const Item = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), content: z.array(Part) }),
  z.object({
    type: z.literal('reasoning'),
    id: z.string(),
    summary: z.array(z.object({ text: z.string() })).default([]),
    encrypted_content: z.string().nullish(),
  }),
  z.object({
    type: z.literal('function_call'),
    call_id: z.string().min(1),
    name: z.string().min(1),
    arguments: z.string(),
    status: z.string().nullish(),
  }),
])
type Item = z.infer<typeof Item>
const Ended = z.object({
  status: z.string(),
  output: z.array(z.unknown()).default([]),
  usage: Usage.nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
})
const Event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('response.output_text.delta'), delta: z.string() }),
  z.object({ type: z.literal('response.output_item.done'), item: z.unknown() }),
  z.object({ type: z.literal('response.completed'), response: Ended }),
  z.object({ type: z.literal('response.incomplete'), response: Ended }),
  z.object({ type: z.literal('response.failed'), response: Ended }),
  z.object({ type: z.literal('error'), code: z.string().nullish(), message: z.string().nullish() }),
])
const KNOWN = new Set<string>(Event.options.map((option) => option.shape.type.value))
const kind = z.looseObject({ type: z.string() })

/** Reads events until the response has ended. `onText` gets text as it comes. Throws `BrokenStream`, and what the stream itself throws. */
export async function readResponse(events: AsyncIterable<unknown>, tally: Tally, onText: (delta: string) => void): Promise<Answer> {
  const items: unknown[] = []
  for await (const raw of events) {
    const named = kind.safeParse(raw)
    if (named.success && !KNOWN.has(named.data.type)) continue
    const parsed = Event.safeParse(raw)
    if (!parsed.success) throw new BrokenStream(`an event made no sense: ${z.prettifyError(parsed.error).slice(0, 300)}`)
    const event = parsed.data
    if (event.type === 'response.output_text.delta') onText(event.delta)
    else if (event.type === 'response.output_item.done') items.push(event.item)
    else if (event.type === 'error') throw streamError(event)
    else {
      countUsage(tally, event.response.usage)
      if (event.type === 'response.failed') throw streamError(event.response.error ?? {})
      return finish(event.response.output.length > 0 ? event.response.output : items, event.response)
    }
  }
  throw new BrokenStream('the stream ended before the response did')
}

function streamError({ code, message }: { code?: string | null | undefined; message?: string | null | undefined }): Error {
  return new APIError(undefined, { code, message }, message ?? 'an error in the stream', undefined)
}

/** Their count of input holds what was read from the cache and what was written to it; Lugh's does not. */
function countUsage(tally: Tally, usage: z.infer<typeof Usage> | null | undefined): void {
  if (usage === null || usage === undefined) return
  const cacheRead = usage.input_tokens_details?.cached_tokens ?? 0
  const cacheWrite = usage.input_tokens_details?.cache_write_tokens ?? 0
  tally.usage = { input: Math.max(0, (usage.input_tokens ?? 0) - cacheRead - cacheWrite), output: usage.output_tokens ?? 0, cacheRead, cacheWrite }
}

function finish(output: readonly unknown[], ended: z.infer<typeof Ended>): Answer {
  const reason = ended.incomplete_details?.reason
  const cut = ended.status === 'incomplete' && reason !== 'content_filter'
  const items = output.flatMap((raw): Item[] => {
    const item = Item.safeParse(raw)
    return item.success ? [item.data] : []
  })
  const refusal = items.flatMap((item) => (item.type === 'message' ? item.content.flatMap((part) => part.refusal ?? []) : [])).join(' ')
  const content = items.flatMap((item) => blocksOf(item, cut))
  if (refusal !== '' || reason === 'content_filter') return { content, stop: 'refusal', ...(refusal === '' ? {} : { refusal }) }
  const calls = content.some((block) => block.type === 'tool_use')
  return { content, stop: cut ? 'max_tokens' : calls ? 'tool_use' : 'end_turn' }
}

function blocksOf(item: Item, cut: boolean): AnswerBlock[] {
  if (item.type === 'message') {
    const text = item.content.flatMap((part) => (part.type === 'output_text' ? (part.text ?? '') : [])).join('')
    return text === '' ? [] : [{ type: 'text', text }]
  }
  if (item.type === 'reasoning') {
    if (item.encrypted_content === null || item.encrypted_content === undefined) return []
    const signature = signatureOf({ id: item.id, encrypted: item.encrypted_content })
    return [{ type: 'thinking', thinking: item.summary.map(({ text }) => text).join('\n'), signature }]
  }
  const input = parseArguments(item.name, item.arguments, cut || item.status === 'incomplete')
  return input === undefined ? [] : [{ type: 'tool_use', id: item.call_id, name: item.name, input: input.value }]
}
