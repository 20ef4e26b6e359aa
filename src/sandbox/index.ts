/** The only spawner of anything. Others see the port and the one function that makes it. */
export { createSandbox } from './create-sandbox.ts'
export type { HostFacts, SandboxLog, SandboxOptions } from './options.ts'
export type { Finished, Sandbox, SandboxedCommand, SandboxStatus, SpawnLimits, TrustedCommand, TrustedResult } from './port.ts'
