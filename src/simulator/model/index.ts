/** A model that plays scripts, behind the real wire format: for trying, developing and testing Lugh without an account. */
export type { Call, Conversation, Round } from './conversation.ts'
export { demoScript, DEMO_PACE_MS } from './demo/index.ts'
export type { Fault } from './fault.ts'
export { answerFor, call, scriptOf, type Script, type ScriptedAnswer, type ScriptedCall, type Turn } from './script.ts'
export type { Hears, SeenRecording } from './openai/transcriptions.ts'
export { startModelServer, type ModelServer, type ModelServerOptions, type SeenRequest } from './server.ts'
export { askAndFinish, forWish, loopForever, neverAnswer, onlySay, runAndFinish, writeAndFinish, writeRunAndFinish } from './short-scripts.ts'
