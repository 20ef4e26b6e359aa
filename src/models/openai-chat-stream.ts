/**
 * Puts one streamed chat completion together. All or nothing: without a finish reason, or with arguments that are no JSON, it throws
 * `BrokenStream` and nothing of it may be used. Servers differ in what they leave out, so only what is needed is asked for.
 */
import { z } from 'zod'
import { BrokenStream, type Answer, type AnswerBlock, type Tally } from './answer.ts'
import { parseArguments } from './openai-arguments.ts'

const count = z.number().int().nonnegative().nullish()
const CallDelta = z.object({
  index: z.number().int().nonnegative().nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
})
const Choice = z.object({
  delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish(), tool_calls: z.array(CallDelta).nullish() }).nullish(),
  finish_reason: z.string().nullish(),
})
const Chunk = z.object({
  choices: z.array(Choice).default([]),
  usage: z
    .object({
      prompt_tokens: count,
      completion_tokens: count,
      prompt_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).nullish(),
    })
    .nullish(),
})

type Open = { id: string; name: string; json: string }
type Growing = { text: string; refusal: string; calls: Map<number, Open>; stop: string | undefined }

/** Reads chunks to the end. `onText` gets text as it comes. */
export async function readChat(chunks: AsyncIterable<unknown>, tally: Tally, onText: (delta: string) => void): Promise<Answer> {
  const answer: Growing = { text: '', refusal: '', calls: new Map(), stop: undefined }
  for await (const raw of chunks) {
    const chunk = Chunk.safeParse(raw)
    if (!chunk.success) throw new BrokenStream(`a chunk made no sense: ${z.prettifyError(chunk.error).slice(0, 300)}`)
    countUsage(tally, chunk.data.usage)
    const choice = chunk.data.choices[0]
    if (choice !== undefined) grow(answer, choice, onText)
  }
  return finish(answer)
}

function grow(answer: Growing, { delta, finish_reason: stop }: z.infer<typeof Choice>, onText: (delta: string) => void): void {
  if (delta?.content !== null && delta?.content !== undefined && delta.content !== '') {
    answer.text += delta.content
    onText(delta.content)
  }
  answer.refusal += delta?.refusal ?? ''
  for (const [at, call] of (delta?.tool_calls ?? []).entries()) growCall(answer.calls, call, at)
  answer.stop = stop ?? answer.stop
}

/** Some servers leave out the index and send each call whole: a new id is a new call then. */
function growCall(calls: Map<number, Open>, call: z.infer<typeof CallDelta>, at: number): void {
  const last = calls.size - 1
  const fresh = call.id !== null && call.id !== undefined && call.id !== '' && call.id !== calls.get(last)?.id
  const index = call.index ?? (fresh ? calls.size : Math.max(0, Math.min(last, at)))
  const open = calls.get(index) ?? { id: '', name: '', json: '' }
  calls.set(index, {
    id: open.id === '' ? (call.id ?? '') : open.id,
    name: open.name === '' ? (call.function?.name ?? '') : open.name,
    json: open.json + (call.function?.arguments ?? ''),
  })
}

function countUsage(tally: Tally, usage: z.infer<typeof Chunk>['usage']): void {
  if (usage === null || usage === undefined) return
  const cacheRead = usage.prompt_tokens_details?.cached_tokens ?? 0
  const cacheWrite = usage.prompt_tokens_details?.cache_write_tokens ?? 0
  const input = Math.max(0, (usage.prompt_tokens ?? 0) - cacheRead - cacheWrite)
  tally.usage = { input, output: usage.completion_tokens ?? 0, cacheRead, cacheWrite }
}

function finish({ text, refusal, calls, stop }: Growing): Answer {
  if (stop === undefined) throw new BrokenStream('the stream ended without a finish reason')
  const cut = stop === 'length'
  const content: AnswerBlock[] = text === '' ? [] : [{ type: 'text', text }]
  for (const [index, call] of [...calls.entries()].toSorted(([a], [b]) => a - b)) {
    if (call.name === '') throw new BrokenStream('a tool call came without a name')
    const input = parseArguments(call.name, call.json, cut)
    if (input !== undefined) content.push({ type: 'tool_use', id: call.id === '' ? `call_${index}` : call.id, name: call.name, input: input.value })
  }
  if (refusal !== '' || stop === 'content_filter') return { content, stop: 'refusal', ...(refusal === '' ? {} : { refusal }) }
  return { content, stop: cut ? 'max_tokens' : calls.size > 0 ? 'tool_use' : 'end_turn' }
}
