/**
 * The port every coding engine is behind. A built-in engine is asked for one turn at a time: transcript in, one assistant
 * message out. The loop around it (steps, approvals, parking) belongs to the orchestrator, because the rows are there.
 */
import type { Fetched } from '#sandbox'
import { z } from 'zod'

/** A picture as providers take it. */
export const Picture = z.object({ mediaType: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']), base64: z.string() })
export type Picture = z.infer<typeof Picture>

/** One piece of a message in Lugh's own form. Providers' formats exist only inside the engine's file. */
export const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('picture'), ...Picture.shape }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().optional() }),
  z.object({ type: z.literal('tool_call'), id: z.string(), name: z.string(), input: z.unknown() }),
  z.object({
    type: z.literal('tool_result'),
    id: z.string(),
    output: z.string(),
    isError: z.boolean(),
    pictures: z.array(Picture).readonly().optional(),
  }),
])
export type Block = z.infer<typeof Block>
export const Message = z.object({ role: z.enum(['user', 'assistant']), content: z.array(Block) })
export type Message = z.infer<typeof Message>

export type Usage = { readonly input: number; readonly output: number; readonly cacheRead: number; readonly cacheWrite: number }

/**
 * Output cap of one turn, thinking included. All current models allow 64,000 or more; half of that is far beyond one sensible
 * step, and a turn that runs away costs at most this much.
 */
export const MAX_OUTPUT_TOKENS = 32_000

export type TurnRequest = {
  readonly model: string
  readonly system: string
  readonly transcript: readonly Message[]
  readonly tools: readonly ToolDefinition[]
  readonly signal: AbortSignal
  /** Called as the answer streams in, for live progress; nothing depends on it. */
  readonly onText?: (delta: string) => void
  /** Another engine stands by: give up soon when the provider cannot be reached. */
  readonly brief?: boolean
}

export type TurnResult = {
  readonly message: Message
  readonly usage: Usage
  /** `tools`: it wants its tool calls answered. `end`: it has finished. `length`: it was cut by the output cap. `refusal`: the model declined. */
  readonly stop: 'tools' | 'end' | 'length' | 'refusal'
}

/** What every engine shows before it works. */
export interface EngineFace {
  readonly name: string
  /** The model that is used when nobody chose one; undefined where only the server knows what it has. */
  readonly defaultModel: string | undefined
  /** Whether it can work here, and if not, why and what to do. */
  available(): Availability
  /** The models that can be chosen here, newest first as far as is known. Throws LughError like a turn does, without retries. */
  models(signal: AbortSignal): Promise<readonly string[]>
}

export interface Engine extends EngineFace {
  /** One turn. Retries 429/5xx/529 and broken streams itself (honouring retry-after). Throws LughError `model.refused` and `model.too-long` (never retried), `model.unreachable`, `model.no-key`; an abort throws the signal's reason within a second. */
  turn(request: TurnRequest): Promise<TurnResult>
}

export type Availability = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** A tool as a model sees it. `input` is a JSON Schema made from the zod schema. */
export type ToolDefinition = { readonly name: string; readonly description: string; readonly input: Record<string, unknown> }

/** What running a tool came to. */
export type ToolOutcome = { readonly output: string; readonly isError: boolean; readonly pictures?: readonly Picture[] }

/** What a tool call is, after its input was parsed: what the policy and the cards look at. */
export type ParsedCall =
  | { readonly kind: 'read'; readonly line: string }
  | { readonly kind: 'edit'; readonly line: string; readonly path: string; readonly paths?: readonly string[] }
  | { readonly kind: 'command'; readonly line: string; readonly command: string; readonly why: string; readonly timeoutMs: number }
  /** Goes to the network from Lugh's own process: the host is decided as it is for a command. */
  | { readonly kind: 'fetch'; readonly line: string; readonly url: string }
  | { readonly kind: 'question'; readonly line: string; readonly text: string; readonly options: readonly string[]; readonly safe?: string }
  | { readonly kind: 'plan'; readonly line: string; readonly steps: readonly PlanStep[] }
  /** What it wants to do once a person has said Go: parks the run. */
  | { readonly kind: 'proposal'; readonly line: string; readonly steps: readonly string[] }
  /** The input does not fit the tool's schema: the text tells the model how to mend it. */
  | { readonly kind: 'invalid'; readonly line: string; readonly say: string }

export const PlanStep = z.object({ text: z.string(), state: z.enum(['todo', 'doing', 'done']) })
export type PlanStep = z.infer<typeof PlanStep>

/** What tools may use of the world: the worktree by handle, and a way to run a command behind the walls. */
export type ToolContext = {
  /** Absolute path of the worktree; no tool leaves it, by symlink neither. */
  readonly worktree: string
  readonly signal: AbortSignal
  readonly runCommand: (command: string, timeoutMs: number, onOutput: (text: string) => void) => Promise<ToolOutcome>
  readonly onOutput: (text: string) => void
  readonly background: BackgroundCommands
  /** Runs ripgrep in the worktree behind the walls, where it can only read, and answers what it printed. Undefined: it is not there, or said too much. */
  readonly ripgrep?: (args: readonly string[]) => Promise<string | undefined>
  /** Sends a file to whoever the task is of, and answers what came of it. Left out: nothing is sent from here. */
  readonly sendFile?: (file: { readonly path: string; readonly bytes: Uint8Array; readonly note: string }) => Promise<ToolOutcome>
  /** Fetches from places that are allowed, and says which is not. Left out: there is no way to the network. */
  readonly fetch?: (url: string) => Promise<Fetched>
}

/** Commands that run while the agent goes on. They belong to this stretch of work and end with it. */
export type BackgroundCommands = {
  start(command: string, timeoutMs: number): ToolOutcome
  /** What it printed since the last look, after waiting up to `waitMs` for its end. */
  look(id: string, waitMs: number): Promise<ToolOutcome>
  stop(id: string): Promise<ToolOutcome>
}

export interface ToolSet {
  readonly definitions: readonly ToolDefinition[]
  /** What a model gets while it may only read: nothing that writes a file, and the tool that proposes a plan. */
  readonly planning: readonly ToolDefinition[]
  /** Parses a call without running it. Unknown tools and bad input come back as `invalid`. */
  parse(name: string, input: unknown): ParsedCall
  /**
   * What must be true after an edit, recorded before it (a file's digest before and after), so that a repeat after a kill can
   * tell "already done" from "not yet". Undefined for tools that are safe to repeat.
   */
  guard(name: string, input: unknown, context: ToolContext): Promise<EditGuard | undefined>
  /** Runs read, edit and command tools. Never throws for what the model can mend: that is an error outcome. `guard` given: a repeat after a kill. */
  run(name: string, input: unknown, context: ToolContext, guard?: EditGuard): Promise<ToolOutcome>
}

const FileGuard = z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })
export type FileGuard = z.infer<typeof FileGuard>
/** Null: the file is not there. `also`: the other files of one edit. */
export const EditGuard = FileGuard.extend({ also: z.array(FileGuard).optional() })
export type EditGuard = z.infer<typeof EditGuard>
