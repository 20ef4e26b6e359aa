/** A model that plays scripts, behind the real wire format: for trying, developing and testing Lugh without an account. */
export type { Call, Conversation, Round } from './conversation.ts'
export type { Fault } from './fault.ts'
export { answerFor, call, scriptOf, type Script, type ScriptedAnswer, type ScriptedCall, type Turn } from './script.ts'
export { startModelServer, type ModelServer, type ModelServerOptions, type SeenRequest } from './server.ts'
