/** What every step is handed: the ports of the rooms below, and the claim it works under. */
import { LughError, type Clock, type Drafts, type Ids } from '#core'
import { holdTask, type Db, type Project, type Task, type Tx } from '#db'
import type { Engine, SessionEngine, ToolSet } from '#engines'
import type { Git, Repository } from '#git'
import type { Normalise } from '#media'
import type { Gateway } from '#models'
import type { Sandbox } from '#sandbox'
import type { Facts } from './capability.ts'
import type { Connectors } from './connectors/port.ts'
import type { Stance } from './mode.ts'

/** A log line is an event word with ids, never prose. */
export type Log = {
  debug(data: Record<string, unknown>, event: string): void
  info(data: Record<string, unknown>, event: string): void
  warn(data: Record<string, unknown>, event: string): void
  error(data: Record<string, unknown>, event: string): void
}

export type Machinery = {
  readonly db: Db
  readonly git: Git
  readonly sandbox: Sandbox
  readonly engines: ReadonlyMap<string, Engine>
  /** Engines that are programs of their own. */
  readonly sessions: ReadonlyMap<string, SessionEngine>
  /** Their way to a model. */
  readonly gateway: Gateway
  /** How long such an engine holds a question, in milliseconds; left out: `HOLD_MS`. */
  readonly holdMs?: number
  readonly tools: ToolSet
  /** MCP servers a person connected; left out: none can be started or reached. */
  readonly connectors?: Connectors
  /** Makes a picture that somebody sent fit to be looked at. */
  readonly normalise: Normalise
  readonly systemPrompt: (input: {
    projectName: string
    guidance: string | undefined
    mode: Stance
    sandboxed: boolean
    testCommand?: string
  }) => string
  /** Begins to load what pictures of diffs need: one is wanted in the time tests take. */
  readonly warmPictures?: () => void
  /** Where words of agents are told while they come. */
  readonly drafts?: Drafts
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Takes known secrets, and what looks like a key, out of a text. */
  readonly redact: (text: string) => string
  readonly facts: Facts
  /** LUGH_HOME. */
  readonly home: string
  /** Who holds leases here: `<home id>:<boot id>`. */
  readonly holder: string
  readonly leaseMs: number
  readonly slots: number
}

/** A task this worker holds, and the signal that ends when it no longer may. */
export type Claim = { readonly task: Task; readonly fence: number; readonly signal: AbortSignal }

/**
 * One transaction of the worker that holds `claim`: it begins by proving, with the row locked, that the fencing number still
 * owns the task. Throws `conflict` when it does not; nothing was written then.
 */
export function underClaim<T>(m: Pick<Machinery, 'db'>, claim: Claim, work: (tx: Tx, task: Task) => Promise<T>): Promise<T> {
  return m.db.tx(async (tx) => {
    const task = await holdTask(tx, claim.task.id, claim.fence)
    if (task === undefined) throw new LughError('conflict', 'This task has moved on.', { detail: `fence ${claim.fence} of T${claim.task.number}` })
    return work(tx, task)
  })
}

export function repositoryOf(project: Pick<Project, 'id' | 'kind' | 'location'>): Repository {
  return { projectId: project.id, kind: project.kind, location: project.location }
}
