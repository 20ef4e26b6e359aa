/** Coding engines behind one port, their tools and what they are told. */
import { createAnthropicEngine, type AnthropicEngineOptions } from './anthropic.ts'
import type { Engine } from './port.ts'

export type EngineOptions = { readonly anthropic: AnthropicEngineOptions }

/** All engines of this Lugh by name, whether or not they can work here (`available()` says). */
export function createEngines(options: EngineOptions): ReadonlyMap<string, Engine> {
  const engines = [createAnthropicEngine(options.anthropic)]
  return new Map(engines.map((engine) => [engine.name, engine]))
}

export * from './port.ts'
export { firstMessage, GUIDANCE_MAX, systemPrompt, type PromptFacts } from './prompt.ts'
export { createTools } from './tools/index.ts'
