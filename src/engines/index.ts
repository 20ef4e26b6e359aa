/** Coding engines behind one port, their tools and what they are told. */
import { createAnthropicEngine, type ProviderSettings } from './anthropic.ts'
import { createOpenAiEngine, type OpenAiSettings } from './openai.ts'
import type { Engine } from './port.ts'

export type EngineOptions = { readonly anthropic: ProviderSettings; readonly openai: OpenAiSettings }

/** All engines of this Lugh by name, whether or not they can work here (`available()` says). */
export function createEngines(options: EngineOptions): ReadonlyMap<string, Engine> {
  const engines = [createAnthropicEngine(options.anthropic), createOpenAiEngine(options.openai)]
  return new Map(engines.map((engine) => [engine.name, engine]))
}

export { catalogueOf } from './catalogue.ts'
export { NO_NOTES, Notes, conversationText, cutMiddle, notesFrom, notesRequest } from './notes.ts'
export * from './port.ts'
export { firstMessage, GUIDANCE_MAX, systemPrompt, type PromptFacts } from './prompt.ts'
export { createSessionEngines } from './session-engines.ts'
export type { EngineEvent, Permission, PermissionAnswer, Program, Session, SessionEngine } from './session-port.ts'
export { promptAnew, promptToGoOn, type Brief } from './session-words.ts'
export { splitCommand } from './split-command.ts'
export { createTools } from './tools/index.ts'
