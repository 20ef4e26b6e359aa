/** The only spawner of anything. Callers describe what they want run; the profile decides behind which wall. */
import type { Writable } from 'node:stream'
import type { Blocked, HostRule, InternalHost, Traffic } from './network/index.ts'

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
  /** Given: it takes stdout piece by piece, of any length, and nothing of it is kept. Must not throw. */
  readonly onStdout?: (chunk: Uint8Array) => void
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
  /** Given in place of `stdin`: it is talked with while it runs. */
  readonly talk?: Talk
  /** An engine's whole stretch of work and no single command: it may say much more before it counts as running wild. */
  readonly lasting?: boolean
  readonly limits?: Partial<SpawnLimits>
  readonly signal?: AbortSignal
  /** Left out: no network at all, as in a dry run. Without walls it binds nothing. */
  readonly network?: NetworkAccess
  /** Called with each piece of output as it comes, for live progress. */
  readonly onOutput?: (text: string) => void
}

/** Both ends of a program that is talked with. Its stderr comes by `onOutput` like every other's. */
export type Talk = {
  /** Called once, when it runs. Ending the stream is the end of its input; a program that has gone makes writing fail silently. */
  readonly onStart: (stdin: Writable) => void
  /** Its stdout, byte by byte as it comes; what it does with them must not throw. */
  readonly onStdout: (bytes: Uint8Array) => void
}

/**
 * Where a command may go: these places, and handlers of Lugh's own behind names that exist on no network (`model.lugh.internal`), asked by
 * plain HTTP on port 80. They are this command's alone. Everything else is stopped and remembered.
 */
export type NetworkAccess = {
  readonly rules: readonly HostRule[]
  readonly internal?: ReadonlyMap<string, InternalHost>
  /** Called at once with each place it is stopped at, the first time; must not throw. */
  readonly onBlocked?: (blocked: Blocked) => void
}

export type TrustedResult = Finished & { readonly raw: Uint8Array }

export type SandboxStatus =
  | { readonly walls: 'up'; readonly how: string; readonly network: NetworkStatus; readonly processes: ProcessBound }
  /** `auto` without a sandbox, or `off`: commands run bare, so each must have been allowed by a person. */
  | { readonly walls: 'none'; readonly why: string; readonly fix: string }

/**
 * What keeps a command from becoming too many processes. `control-group` and `user-limit`: the kernel refuses one too many, on a loaded
 * machine too. `counted`: Lugh counts and ends it, which a fork bomb on a loaded machine may outrun for a moment. `none`: only its time is bound.
 */
export type ProcessBound = 'control-group' | 'user-limit' | 'counted' | 'none'

/** Whether walled commands can be given a way to the network; without one they have none, whatever was allowed. */
export type NetworkStatus = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly fix: string }

export interface Sandbox {
  readonly status: SandboxStatus
  /** What every sandboxed command finds in its environment, beside its own HOME and TMPDIR. */
  readonly environment: Readonly<Record<string, string>>
  /** Never throws for a command's own failure; throws LughError `sandbox.failed` when it could not be started. */
  trusted(command: TrustedCommand): Promise<TrustedResult>
  run(command: SandboxedCommand): Promise<Finished>
  /** Kills every process left by an earlier life of this LUGH_HOME. Answers how many. */
  sweep(): Promise<number>
  /** Kills what still runs and frees the sandbox's own helpers (proxies, temp files). */
  close(): Promise<void>
}
