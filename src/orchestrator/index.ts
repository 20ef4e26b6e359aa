/** What the doors may use of the orchestrator: the registry, cards, and the worker. No class knows them all. */
export { answerTo, meaningOfEmoji, meaningOfWords, type Key, type Meaning as AnswerMeaning, type Verdict, type Way } from './answers.ts'
export { callCapability, mayCall } from './call-capability.ts'
export type { Act, Caller, Capability, CliDoor, Facts, McpDoor, NoDoor, TelegramDoor } from './capability.ts'
export type { Button, CardContent, CardKind } from './card.ts'
export type { Log, Machinery } from './machinery.ts'
export { capabilities, capabilityByName, nearestCommands, resolveCommand, wordsFor, type Meaning, type Resolved } from './registry.ts'
export { renderCard } from './render-card.ts'
export { createWorker, type Worker } from './worker.ts'
