/** The command line: its door in the running Lugh, and the caller that knocks there. */
export { callRunning } from './call.ts'
export { openDoor, type DoorOptions } from './door.ts'
export { runMcp } from './mcp-proxy.ts'
export { runVerb } from './run-verb.ts'
