/** The engines that are programs of their own, and what all of them need: walls, a way to the gateway, and a model behind it. */
import { fileURLToPath } from 'node:url'
import type { SandboxStatus } from '#sandbox'
import { createAcpEngine } from './acp.ts'
import { createClaudeCodeEngine } from './claude-code.ts'
import { createCodexEngine } from './codex.ts'
import { createCommandEngine, type SessionEngineParts } from './command.ts'
import type { Shelves } from './installed.ts'
import type { Availability, Engine, EngineFace } from './port.ts'
import type { SessionEngine } from './session-port.ts'

/** Lugh's own directory: an engine may be installed beside it, as a dependency of the same project. */
const LUGH = fileURLToPath(new URL('../..', import.meta.url))

export type SessionEngineOptions = {
  /** The built-in engines: whose models the gateway reaches. */
  readonly builtIn: readonly Engine[]
  readonly sandbox: SandboxStatus
  /** LUGH_ENGINE_COMMAND. */
  readonly command: string | undefined
  /** LUGH_ENGINE_ACP. */
  readonly acp: string | undefined
  /** LUGH_ENGINES: where engines that do not come with Lugh are installed. */
  readonly directory: string
}

/** All of them by name, whether or not they can work here. */
export function createSessionEngines(options: SessionEngineOptions): ReadonlyMap<string, SessionEngine> {
  const { builtIn } = options
  const shelves: Shelves = { own: options.directory, beside: LUGH }
  const both = partsFor(options, builtIn)
  const only = (name: string): SessionEngineParts =>
    partsFor(
      options,
      builtIn.filter((engine) => engine.name === name),
    )
  const engines = [
    createClaudeCodeEngine(shelves, only('anthropic')),
    createCodexEngine(shelves, only('openai')),
    createAcpEngine(options.acp, shelves, both),
    createCommandEngine(options.command, both),
  ]
  return new Map(engines.map((engine) => [engine.name, engine]))
}

/** Their models are those of the built-in engines they can speak to. */
function partsFor({ sandbox }: SessionEngineOptions, behind: readonly EngineFace[]): SessionEngineParts {
  const usable = (): EngineFace[] => behind.filter((engine) => engine.available().ok)
  return {
    get defaultModel() {
      return usable()[0]?.defaultModel
    },
    models: async (signal) => {
      const lists = await Promise.all(usable().map((engine) => engine.models(signal).catch(() => [])))
      return [...new Set(lists.flat())]
    },
    ground: () => ground(sandbox, behind),
  }
}

function ground(sandbox: SandboxStatus, behind: readonly EngineFace[]): Availability {
  if (sandbox.walls === 'none') return { ok: false, why: `It works only behind the sandbox, and there is none (${sandbox.why}). ${sandbox.fix}` }
  if (!sandbox.network.ok) return { ok: false, why: `It has no way to its model: ${sandbox.network.why}. ${sandbox.network.fix}` }
  const reasons = behind.map((engine) => engine.available())
  const missing = reasons.find((reason) => !reason.ok)
  return reasons.some(({ ok }) => ok) || missing === undefined ? { ok: true } : missing
}
