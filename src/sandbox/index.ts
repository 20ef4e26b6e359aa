/** The only spawner of anything. Others see the port and the one function that makes it. */
export { createSandbox } from './create-sandbox.ts'
export { startDetached } from './detached.ts'
export { fetchUrl, isDisguised, parseHostPort, sameHost, showHost } from './network/index.ts'
export type { Blocked, Fetched, HostPort, HostRule, InternalHost, Traffic } from './network/index.ts'
export { CappedOutput } from './output.ts'
export type { HostFacts, SandboxLog, SandboxOptions } from './options.ts'
export type {
  Finished,
  NetworkAccess,
  NetworkStatus,
  ProcessBound,
  Sandbox,
  SandboxedCommand,
  SandboxStatus,
  SpawnLimits,
  Talk,
  TrustedCommand,
  TrustedResult,
} from './port.ts'
