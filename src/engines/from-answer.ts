/** A provider's answer in Lugh's form, and what its end means. The same for every provider; it decides nothing else. */
import type { AnswerBlock, ModelAnswer } from '#models'
import { NO_WORDS } from './mend-transcript.ts'
import type { Block, Message, TurnResult } from './port.ts'
import { REDACTED } from './signatures.ts'
import { storable, storableText } from './storable.ts'

/** What a turn came to. Ids of calls that the transcript holds already are made new: a call must be told from every other of the task. */
export function toResult(answer: ModelAnswer, transcript: readonly Message[]): TurnResult {
  const stop = stopOf(answer)
  const content = stop === 'refusal' ? declined(answer) : spoken(blocksOf(answer.content, callIds(transcript)))
  return { message: { role: 'assistant', content }, usage: answer.usage, stop: content.some((block) => block.type === 'tool_call') ? 'tools' : stop }
}

/** Whether an answer that ended of itself holds neither a word nor a call. */
export function isWordless(answer: ModelAnswer): boolean {
  if (stopOf(answer) !== 'end') return false
  return !answer.content.some((block) => block.type === 'tool_use' || (block.type === 'text' && block.text.trim() !== ''))
}

function stopOf(answer: ModelAnswer): 'end' | 'length' | 'refusal' {
  if (answer.stop === 'refusal') return 'refusal'
  return ['max_tokens', 'model_context_window_exceeded', 'pause_turn'].includes(answer.stop) ? 'length' : 'end'
}

/** An answer without words or calls would be refused when sent back, and looks like a hang on a card: it gets words. */
function spoken(content: Block[]): Block[] {
  return content.some((block) => block.type !== 'thinking') ? content : [...content, { type: 'text', text: NO_WORDS }]
}

/** What came before the provider's classifiers stepped in is not to be used. */
function declined(answer: ModelAnswer): Block[] {
  return [{ type: 'text', text: `The model declined to go on. ${storableText(answer.refusal ?? '')}`.trim() }]
}

function blocksOf(content: readonly AnswerBlock[], seen: Set<string>): Block[] {
  return content.flatMap((block): Block[] => {
    if (block.type === 'text') return block.text.trim() === '' ? [] : [{ type: 'text', text: storableText(block.text) }]
    if (block.type === 'thinking') return [{ type: 'thinking', thinking: storableText(block.thinking), signature: block.signature }]
    if (block.type === 'redacted_thinking') return [{ type: 'thinking', thinking: '', signature: REDACTED + block.data }]
    return [{ type: 'tool_call', id: freshId(block.id, seen), name: storableText(block.name), input: storable(block.input) }]
  })
}

/** Longest id; OpenAI refuses more than 64 characters. */
const ID_MAX = 60

function freshId(id: string, seen: Set<string>): string {
  const clean = id.replace(/[^\w-]/g, '_').slice(0, ID_MAX)
  let fresh = clean
  for (let n = 2; seen.has(fresh); n++) fresh = `${clean}-${n}`
  seen.add(fresh)
  return fresh
}

function callIds(transcript: readonly Message[]): Set<string> {
  return new Set(transcript.flatMap((message) => message.content.flatMap((block) => (block.type === 'tool_call' ? [block.id] : []))))
}
