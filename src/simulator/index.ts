/** A faithful local Bot API server with people to talk to. Loopback only; never in a labelled environment. */
export * from './world-types.ts'
export { createWorld, YOU, type World, type WorldOptions } from './world.ts'
export type { FileOptions, GroupOptions, OutgoingFile, PressOptions, SayOptions, Which } from './person-acts.ts'
export type { MountPage, PageHandler, PageInput } from './page-port.ts'
export { REACTIONS } from './reactions.ts'
