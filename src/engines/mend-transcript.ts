/**
 * A transcript as providers accept it: roles alternate, it begins and ends with the user, every tool call is followed by its one
 * result, nothing is empty. It mends instead of failing, so that a run killed at any row can go on; the same transcript is always
 * mended the same way and a longer one begins alike, because caches and thinking signatures hang on that.
 */
import type { Block, Message } from './port.ts'

type ToolCall = Extract<Block, { type: 'tool_call' }>
type ToolResult = Extract<Block, { type: 'tool_result' }>

/** What stands in for a result that was never written: the process died, or a person stopped the run, between call and result. */
const INTERRUPTED = 'Interrupted before it finished: it may have taken effect in part or not at all. Check before you repeat it.'
/** Put between two answers with nothing of the user's between them (the first was cut by the output cap). */
const GO_ON = 'Go on.'
/** What stands for an answer without words. */
export const NO_WORDS = '(no words)'
const NO_OUTPUT = '(no output)'

/** Mends the messages; see above. An empty transcript stays empty. */
export function mendTranscript(transcript: readonly Message[]): Message[] {
  const out: Message[] = []
  let open: readonly ToolCall[] = []
  for (const message of joinUsers(transcript)) {
    if (message.role === 'user') out.push({ role: 'user', content: mendUser(message.content, open) })
    else {
      if (open.length > 0 || out.at(-1)?.role !== 'user') out.push({ role: 'user', content: mendUser([], open) })
      out.push({ role: 'assistant', content: mendAnswer(message.content) })
    }
    open = message.role === 'user' ? [] : message.content.filter((block) => block.type === 'tool_call')
  }
  if (out.at(-1)?.role === 'assistant') out.push({ role: 'user', content: mendUser([], open) })
  return out
}

/** What the user's side says between two answers as one message: results and words may have been written one by one. */
function joinUsers(transcript: readonly Message[]): Message[] {
  const out: Message[] = []
  for (const message of transcript) {
    const last = out.at(-1)
    if (message.role === 'user' && last?.role === 'user') out[out.length - 1] = { role: 'user', content: [...last.content, ...message.content] }
    else out.push(message)
  }
  return out
}

const interrupted = (call: ToolCall): Block => ({ type: 'tool_result', id: call.id, output: INTERRUPTED, isError: true })
const isWordless = (block: Block): boolean => block.type === 'text' && block.text.trim() === ''

/** Thinking may neither stand alone nor last; text may not be empty. */
function mendAnswer(content: readonly Block[]): Block[] {
  const kept = content.filter((block) => block.type !== 'tool_result' && block.type !== 'picture' && !isWordless(block))
  const last = kept.at(-1)
  return last === undefined || last.type === 'thinking' ? [...kept, { type: 'text', text: NO_WORDS }] : kept
}

/** Results first, one for each open call in the order of the calls; results that answer nothing are kept as words. Never empty. */
function mendUser(content: readonly Block[], open: readonly ToolCall[]): Block[] {
  const results = new Map<string, ToolResult>()
  for (const block of content) if (block.type === 'tool_result') results.set(block.id, block)
  const answers = open.map((call): Block => {
    const result = results.get(call.id)
    results.delete(call.id)
    if (result === undefined) return interrupted(call)
    return result.output === '' ? { ...result, output: NO_OUTPUT } : result
  })
  const strays = [...results.values()].map((result): Block => ({ type: 'text', text: `Result of an earlier call:\n${result.output}` }))
  const mended = [...answers, ...strays, ...content.filter((block) => block.type === 'picture' || (block.type === 'text' && !isWordless(block)))]
  return mended.length === 0 ? [{ type: 'text', text: GO_ON }] : mended
}
