/**
 * The port of MCP servers that a person connected. What stands behind it starts, reaches and ends them; it knows no row and decides nothing:
 * whether a tool may be called is decided before it is asked.
 */
import type { ConnectorId } from '#core'
import type { Definition, SeenTool } from '#db'
import type { ToolDefinition, ToolOutcome } from '#engines'
import type { Blocked, InternalHost } from '#sandbox'

/** A server as it is started or reached. */
export type Server = { readonly id: ConnectorId; readonly name: string; readonly definition: Definition }

/** What a server lists, made fit to be shown and kept. */
export type Listing = {
  readonly tools: readonly SeenTool[]
  /** Tools that are not offered, each with its reason in a sentence. */
  readonly leftOut: readonly string[]
}

export type Looked =
  | { readonly ok: true; readonly listing: Listing }
  /** `login`: it wants another token than it was given, or one at all. `blocked`: where it was stopped on its way to the network. */
  | { readonly ok: false; readonly login: boolean; readonly why: string; readonly blocked: readonly Blocked[] }

/** Where a task's servers may look and write, and where they live. */
export type ServerPlace = {
  /** Connections are kept for one task and end with its stretch of work. */
  readonly key: string
  /** Names the directory that is its HOME: one for each project, so that what it fetched is there the next time. */
  readonly home: string
  readonly worktree?: string
  /** What it may read beside the worktree. */
  readonly readable: readonly string[]
}

export type CallRequest = {
  readonly server: Server
  readonly place: ServerPlace
  readonly tool: string
  /** The digest of the tool as it was accepted: another one is not called. */
  readonly digest: string
  readonly input: unknown
  readonly signal: AbortSignal
}

/** A picture or other data that came with an answer, to be kept as a file. */
export type Kept = { readonly mediaType: string; readonly base64: string }

export type Called =
  | { readonly outcome: 'ok' | 'error'; readonly text: string; readonly kept: readonly Kept[] }
  /** The server could not do it, with the sentence to say; it may have done something all the same. */
  | { readonly outcome: 'failed'; readonly why: string; readonly login: boolean }
  /** It lists another tool under this name than was accepted, or none; nothing was called. */
  | { readonly outcome: 'changed'; readonly listing: Listing }

/** What a run's own way in serves: the tools it may be told of, and what becomes of a call. */
export type ToolsServed = {
  readonly tools: () => Promise<readonly ToolDefinition[]>
  /** `hungUp`: whoever called waits no longer; what was not begun by then is not. */
  readonly call: (name: string, input: unknown, hungUp: AbortSignal) => Promise<ToolOutcome>
}

/** The way in of one run, for engines that are programs of their own. */
export type ToolsDoor = {
  /** To be put behind this name for the run's own commands. */
  readonly host: string
  readonly handler: InternalHost
  /** Where the engine finds it, and what it shows there; of no use anywhere else or later. */
  readonly url: string
  readonly plainUrl: string
  readonly token: string
  close(): Promise<void>
}

export interface Connectors {
  /** Starts or reaches it for the time of a look, and answers what it lists. Throws only when `signal` is aborted. */
  look(server: Server, place: ServerPlace, signal: AbortSignal): Promise<Looked>
  call(request: CallRequest): Promise<Called>
  /** Ends every server that runs for this key; nothing of them is left then. */
  end(key: string): Promise<void>
  /** Opens a way in for one run of an engine that is a program of its own. */
  door(served: ToolsServed): Promise<ToolsDoor>
  close(): Promise<void>
}
