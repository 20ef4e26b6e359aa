/**
 * The port of engines that are programs of their own. They run behind the walls with a HOME of their own, ask their model through the
 * gateway and work in the worktree by themselves; Lugh hears what they do, answers what they ask, and looks at the tree afterwards.
 */
import type { Finished, Talk } from '#sandbox'
import type { EngineFace, PlanStep, Usage } from './port.ts'

/** What such an engine says of its work, in order. All of it is a claim: the tree is what counts. */
export type EngineEvent =
  /** A piece of what it says; pieces put together are its words. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly text: string }
  | { readonly type: 'plan'; readonly steps: readonly PlanStep[] }
  /** `line`: what it does, for a card. */
  | { readonly type: 'tool_call'; readonly id: string; readonly tool: string; readonly line: string; readonly input: unknown }
  | { readonly type: 'tool_result'; readonly id: string; readonly output: string; readonly isError: boolean }
  /** Its own name for this conversation, to go on with it later. */
  | { readonly type: 'session'; readonly id: string }
  /** What it says it spent. Only the gateway's own count is paid attention to. */
  | { readonly type: 'usage'; readonly usage: Usage }

/** Something it may only do when it is allowed. */
export type Permission =
  | { readonly kind: 'read'; readonly line: string }
  | { readonly kind: 'edit'; readonly line: string }
  | { readonly kind: 'command'; readonly line: string; readonly command: string; readonly why: string }
  /** Whatever Lugh cannot judge; `line` is all there is to show. */
  | { readonly kind: 'other'; readonly line: string }

/** `stopped`: nobody has answered for long, and the engine is being ended; the answer will find it again by its session. */
export type PermissionAnswer = { readonly answer: 'allowed' } | { readonly answer: 'denied'; readonly why: string } | { readonly answer: 'stopped' }

/** What is to be started behind the walls, beside what every engine of this run gets. */
export type Program = {
  readonly argv: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  /** Directories it may read although they lie in hidden ground: where it is installed. */
  readonly readable?: readonly string[]
  readonly stdin?: string
  readonly talk?: Talk
  readonly onOutput?: (text: string) => void
  readonly signal?: AbortSignal
}

/** One stretch of work: from what a person wants to the engine's last word about it. */
export type Session = {
  readonly model: string
  readonly prompt: string
  /** The conversation to go on with; null begins one. `prompt` fits which of the two it is. */
  readonly resume: string | null
  /** What to tell in place of `prompt` when there is nothing to go on with after all. */
  readonly promptAnew: string
  /** The worktree cannot be written. */
  readonly readOnly: boolean
  readonly worktree: string
  readonly home: string
  /** Where its model is, and the token that stands where a key would. */
  readonly gateway: { readonly token: string; readonly anthropicUrl: string; readonly openaiUrl: string }
  /**
   * An MCP endpoint of this run (Streamable HTTP) with tools it may use; Lugh asks about each call itself. `plainUrl`: the same for programs that
   * know no MCP (`GET` lists, `POST` to a tool's name calls it). Left out: there are none.
   */
  readonly tools?: { readonly url: string; readonly plainUrl: string; readonly token: string }
  readonly signal: AbortSignal
  /** Starts a program behind the walls of this run and answers how it ended, abort included. */
  readonly launch: (program: Program) => Promise<Finished>
  readonly on: (event: EngineEvent) => void
  /** Asks whether it may. The answer can take minutes. */
  readonly ask: (permission: Permission) => Promise<PermissionAnswer>
}

/** An engine behind this port. */
export interface SessionEngine extends EngineFace {
  /** Whether it asks before it acts. Where it does not, sandbox and review alone bind it, which cards say. */
  readonly asks: boolean
  /**
   * Works until it has nothing more to do; answers what it said last. Throws LughError `engine.failed` when it ended badly, and the
   * signal's reason within two seconds of an abort, with nothing of it left running.
   */
  work(session: Session): Promise<{ readonly words: string }>
}
