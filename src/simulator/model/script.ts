/** What a scripted model plays. A script keeps no state: which turn is due is read from the conversation, so that a restart of anything resumes right. */
import type { Conversation } from './conversation.ts'
import type { Fault } from './fault.ts'

/** One answer. Without calls it ends the round. */
export type ScriptedAnswer = {
  readonly think?: string
  readonly say?: string
  readonly calls?: readonly ScriptedCall[]
  readonly stop?: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal' | 'pause_turn' | 'model_context_window_exceeded'
  /** Milliseconds before the answer begins; the server's own pace otherwise. */
  readonly delayMs?: number
  /** Tokens to report in place of counted ones. */
  readonly usage?: { readonly input?: number; readonly output?: number }
  /** Misbehaviour that belongs to this turn, every time it is asked for. */
  readonly fault?: Fault
}
/** `id`: in place of one made from the conversation. */
export type ScriptedCall = { readonly name: string; readonly input: Readonly<Record<string, unknown>>; readonly id?: string }

export type Turn = ScriptedAnswer | ((conversation: Conversation) => ScriptedAnswer)
export type Script = {
  readonly name: string
  readonly match: (conversation: Conversation) => boolean
  /** Answers in order, or a function that decides from the conversation. */
  readonly turns: readonly Turn[] | ((conversation: Conversation) => ScriptedAnswer)
}

const SPENT: ScriptedAnswer = { say: 'Done.' }
const NO_SCRIPT: ScriptedAnswer = { say: 'This scripted model has no script for that.' }

/** A script of plain turns, one for each answer of the conversation; when they are used up it says "Done.". Matches everything unless told. */
export function scriptOf(turns: readonly Turn[], match: Script['match'] = () => true): Script {
  return { name: 'turns', match, turns }
}

/** The answer due now: of the first script that matches. */
export function answerFor(scripts: readonly Script[], conversation: Conversation): ScriptedAnswer {
  const script = scripts.find(({ match }) => match(conversation))
  if (script === undefined) return NO_SCRIPT
  if (typeof script.turns === 'function') return script.turns(conversation)
  const turn = script.turns[conversation.turn] ?? SPENT
  return typeof turn === 'function' ? turn(conversation) : turn
}

/** A tool call. */
export function call(name: string, input: Readonly<Record<string, unknown>>): ScriptedCall {
  return { name, input }
}
