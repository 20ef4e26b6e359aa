/** What any provider's answer is, once it is whole: the one form all callers of this room share. It decides nothing about it. */
import type { TokenUsage } from './prices.ts'

/** One finished block of an answer. Kinds Lugh does not ask for are left out. */
export type AnswerBlock =
  | { readonly type: 'text'; readonly text: string }
  /** `signature` is the provider's own proof, to be sent back as it came; only the file that made it reads it. */
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }

export type Answer = {
  readonly content: readonly AnswerBlock[]
  /** The stop reason in Anthropic's words: `end_turn`, `tool_use`, `max_tokens`, `refusal`, … */
  readonly stop: string
  /** Why it declined, in the provider's words, when `stop` is `refusal`. */
  readonly refusal?: string
}

export type ModelAnswer = Answer & {
  /** All tokens spent on the turn, those of attempts that broke off included. */
  readonly usage: TokenUsage
}

/** Where the tokens of an attempt are written as they become known, so that those of a broken one are not lost. */
export type Tally = { usage: TokenUsage }

/** The stream ended early or made no sense; asking again may help. */
export class BrokenStream extends Error {
  override readonly name = 'BrokenStream'
}
