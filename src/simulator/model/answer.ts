/** A scripted answer as the message the API would send: ids, stop reason, tokens. The same conversation always gets the same message. */
import { createHash } from 'node:crypto'
import type { Conversation } from './conversation.ts'
import type { ScriptedAnswer } from './script.ts'
import { signThinking } from './thinking-signature.ts'
import { tokensIn } from './check-request.ts'
import type { Usage } from './prompt-cache.ts'
import type { Request } from './wire.ts'

export type AnswerBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }

export type AnswerMessage = {
  readonly id: string
  readonly model: string
  readonly content: readonly AnswerBlock[]
  readonly stop: string
  readonly usage: Usage
}

/** Makes the message of a scripted answer. */
export function messageOf(request: Request, conversation: Conversation, answer: ScriptedAnswer, prompt: Omit<Usage, 'output_tokens'>): AnswerMessage {
  const seed = `${conversation.wish}\n${conversation.turn}`
  const content: AnswerBlock[] = []
  if (answer.think !== undefined) content.push({ type: 'thinking', thinking: answer.think, signature: signThinking(request) })
  if (answer.say !== undefined) content.push({ type: 'text', text: answer.say })
  for (const [n, call] of (answer.calls ?? []).entries())
    content.push({ type: 'tool_use', id: call.id ?? `toolu_${idOf(`${seed}\n${n}`)}`, name: call.name, input: call.input })
  const stop = answer.stop ?? (answer.calls !== undefined && answer.calls.length > 0 ? 'tool_use' : 'end_turn')
  const usage = {
    ...prompt,
    input_tokens: answer.usage?.input ?? prompt.input_tokens,
    output_tokens: answer.usage?.output ?? Math.max(1, tokensIn(JSON.stringify(content))),
  }
  return { id: `msg_${idOf(seed)}`, model: request.model, content, stop, usage }
}

function idOf(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 24)
}
