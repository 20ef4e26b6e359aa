/** The only spawner of anything. Callers describe what they want run; the profile decides behind which wall. */

import type { HostRule, InternalHost, Traffic } from './network/index.ts'

/** What one finished process left. Output is capped; `truncated` says so. */
export type Finished = {
  /** A sandboxed command that died of a signal shows 128 plus its number here, as in a shell. */
  readonly exitCode: number | null
  readonly signal: string | null
  /** Why Lugh ended it, when it did. */
  readonly endedBy: 'timeout' | 'abort' | 'output-cap' | 'limit' | null
  /** Which limit, in words, when `endedBy` is `limit`. */
  readonly limit?: string
  readonly stdout: string
  readonly stderr: string
  readonly truncated: boolean
  readonly ms: number
  /** Where it went on the network and where it was stopped; present when it was given a network. */
  readonly traffic?: Traffic
}

export type SpawnLimits = {
  /** Milliseconds; the whole process group is killed after it. */
  readonly timeoutMs: number
  /** Bytes kept of each of stdout and stderr (head and tail are kept, the middle is cut). */
  readonly outputBytes: number
}

/** A trusted command: Lugh's own git. No sandbox, argv only, hand-made environment. */
export type TrustedCommand = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  readonly limits?: Partial<SpawnLimits>
  readonly signal?: AbortSignal
  /** Also keeps stdout as raw bytes when true (file contents, `-z` output). */
  readonly raw?: boolean
  /**
   * The host's credentials are wanted (fetch and push of a project added by URL): HOME and SSH_AUTH_SOCK of the person
   * are passed on. Everything else stays hand-made.
   */
  readonly credentials?: boolean
}

/** A command of an agent, of a workshop's git, or of the project's setup and tests: always behind the wall when there is one. */
export type SandboxedCommand = {
  /** A shell command line run by `/bin/bash -c` (sh when there is no bash), or an argv. */
  readonly command: string | readonly [string, ...string[]]
  readonly cwd: string
  /** Directories it may write (worktree, workshop, its own temp and HOME are named here by the caller). */
  readonly writable: readonly string[]
  /** Directories it may read although they lie in hidden ground (base.git under LUGH_HOME). */
  readonly readable: readonly string[]
  /** Its HOME; also holds its TMPDIR. Created when missing. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  readonly limits?: Partial<SpawnLimits>
  readonly signal?: AbortSignal
  /** Left out: no network at all, as in a dry run. Without walls it binds nothing. */
  readonly network?: NetworkAccess
  /** Called with each piece of output as it comes, for live progress. */
  readonly onOutput?: (text: string) => void
}

/** Where a command may go: these places, and these names of Lugh's own (see `internalHost`). Everything else is stopped and remembered. */
export type NetworkAccess = { readonly rules: readonly HostRule[]; readonly internal?: readonly string[] }

export type TrustedResult = Finished & { readonly raw: Uint8Array }

export type SandboxStatus =
  | { readonly walls: 'up'; readonly how: string; readonly network: NetworkStatus }
  /** `auto` without a sandbox, or `off`: commands run bare, so each must have been allowed by a person. */
  | { readonly walls: 'none'; readonly why: string; readonly fix: string }

/** Whether walled commands can be given a way to the network; without one they have none, whatever was allowed. */
export type NetworkStatus = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly fix: string }

export interface Sandbox {
  readonly status: SandboxStatus
  /** What every sandboxed command finds in its environment, beside its own HOME and TMPDIR. */
  readonly environment: Readonly<Record<string, string>>
  /** Never throws for a command's own failure; throws LughError `sandbox.failed` when it could not be started. */
  trusted(command: TrustedCommand): Promise<TrustedResult>
  run(command: SandboxedCommand): Promise<Finished>
  /**
   * Puts a handler of Lugh's own behind a name (`model.lugh.internal`) that only commands find whose `network.internal` lists it, by plain
   * HTTP on port 80. The handler judges who asks by what the request carries; nothing else of it is known. The answered function takes it away.
   */
  internalHost(name: string, handler: InternalHost): () => void
  /** Kills every process left by an earlier life of this LUGH_HOME. Answers how many. */
  sweep(): Promise<number>
  /** Kills what still runs and frees the sandbox's own helpers (proxies, temp files). */
  close(): Promise<void>
}
