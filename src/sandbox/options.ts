/** What a sandbox is made from. */
import type { GroupLimits } from './limits.ts'
import type { Lookup } from './network/index.ts'

/** What is known of the host and may be passed on, piece by piece: `Config['host']`. */
export type HostFacts = {
  readonly path: string
  readonly home: string
  readonly lang: string
  readonly user?: string
  readonly sshAuthSock?: string
}

export type SandboxLog = {
  info(fields: Record<string, unknown>, event: string): void
  warn(fields: Record<string, unknown>, event: string): void
}

export type SandboxOptions = {
  /** `required`: no sandbox, no start. `auto`: without one, commands run bare and each must be asked for. `off`: always bare. */
  readonly mode: 'auto' | 'required' | 'off'
  /** LUGH_HOME, absolute. */
  readonly home: string
  readonly host: HostFacts
  /** More files and directories no command may read. */
  readonly secrets?: readonly string[]
  /** Lower or higher than `GROUP_LIMITS`. */
  readonly limits?: Partial<GroupLimits>
  readonly log: SandboxLog
  /** Who answers names for walled commands; the system's own resolver when left out. */
  readonly lookup?: Lookup
}
