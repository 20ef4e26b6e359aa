/** What an engine that is a program of its own is tried out with: real walls, the gateway, and a model that plays scripts. */
import { LughError } from '#core'
import type { EngineEvent, Permission, PermissionAnswer, Session, SessionEngine, ToolOutcome } from '#engines'
import { createGateway, GATEWAY_HOST, type TokenUsage } from '#models'
import type { Blocked } from '#sandbox'
import { startModelServer, type ModelServer, type Script, type ScriptedCall } from '#simulator'
import { openToolsDoor } from '../../src/mcp/client/tools-door.ts'
import { plantMachine, type Machine } from './sandbox.ts'

export const MODEL = 'claude-sonnet-5-5'
export const KEY = 'sk-canary-of-the-provider-0123456789'

/** How this engine's model says what is to be done: each engine has tools of its own. */
export type Hands = {
  readonly write: (path: string, content: string) => ScriptedCall
  readonly run: (command: string) => ScriptedCall
  /** A tool of a server that the person connected, by the way in that the run has. */
  readonly serve: (tool: string, input: Readonly<Record<string, unknown>>) => ScriptedCall
}

const SCHEMA = { type: 'object', properties: { word: { type: 'string' } } }

export type Tried = {
  readonly words: string
  readonly events: readonly EngineEvent[]
  readonly asked: readonly Permission[]
  readonly session: string | null
  readonly ms: number
}
type Trial = {
  readonly prompt: string
  readonly resume?: string | null
  readonly answer?: (permission: Permission) => PermissionAnswer
  readonly signal?: AbortSignal
  /** Tools of servers that the run has, all with this schema, and what becomes of a call. */
  readonly served?: { readonly names: readonly string[]; readonly call: (name: string, input: unknown) => Promise<ToolOutcome> }
  readonly onEvent?: (event: EngineEvent) => void
}

export type SessionStand = {
  readonly machine: Machine
  readonly model: ModelServer
  /** What the gateway counted. */
  readonly spent: readonly TokenUsage[]
  /** Places on the network it was stopped at. */
  readonly blocked: readonly Blocked[]
  readonly play: (...scripts: readonly Script[]) => void
  readonly work: (trial: Trial) => Promise<Tried>
  readonly close: () => Promise<void>
}

/** A machine with walls, a worktree, a provider, and the engine. */
export async function openSessionStand(make: (machine: Machine) => SessionEngine): Promise<SessionStand> {
  const machine = await plantMachine()
  const model = await startModelServer({ script: [], apiKey: KEY, models: [MODEL] })
  const gateway = createGateway({ anthropic: { apiKey: KEY, baseUrl: model.url }, openai: { apiKey: KEY, baseUrl: `${model.url}/v1` } })
  const engine = make(machine)
  const spent: TokenUsage[] = []
  const blocked: Blocked[] = []
  const meter = { reserve: async () => ({ ok: true as const, settle: async (usage: TokenUsage) => void spent.push(usage) }) }
  return {
    machine,
    model,
    spent,
    blocked,
    play: (...scripts) => model.play(scripts),
    work: async ({ prompt, resume = null, answer = () => ({ answer: 'allowed' }), signal = new AbortController().signal, served, onEvent }) => {
      const available = engine.available()
      if (!available.ok) throw new LughError('internal', available.why)
      const door = gateway.open({ models: [MODEL], meter })
      const tools =
        served === undefined
          ? undefined
          : openToolsDoor('0', {
              tools: async () => served.names.map((name) => ({ name, description: 'Looks up.', input: SCHEMA })),
              call: served.call,
            })
      const events: EngineEvent[] = []
      const asked: Permission[] = []
      const session: Session = {
        model: MODEL,
        prompt,
        promptAnew: prompt,
        resume,
        readOnly: false,
        worktree: machine.worktree,
        home: machine.taskHome,
        gateway: door,
        ...(tools === undefined ? {} : { tools }),
        signal,
        on: (event) => {
          events.push(event)
          onEvent?.(event)
        },
        ask: async (permission) => {
          asked.push(permission)
          return answer(permission)
        },
        launch: ({ argv, readable = [], signal: own, ...rest }) =>
          machine.sandbox.run({
            ...rest,
            command: argv,
            cwd: machine.worktree,
            writable: [machine.worktree],
            readable,
            home: machine.taskHome,
            lasting: true,
            signal: own === undefined ? signal : AbortSignal.any([signal, own]),
            network: {
              rules: [],
              onBlocked: (place) => void blocked.push(place),
              internal: new Map([[GATEWAY_HOST, door.handler], ...(tools === undefined ? [] : [[tools.host, tools.handler] as const])]),
            },
          }),
      }
      const began = performance.now()
      try {
        const { words } = await engine.work(session)
        const named = events.flatMap((event) => (event.type === 'session' ? [event.id] : [])).at(-1)
        return { words, events, asked, session: named ?? null, ms: performance.now() - began }
      } finally {
        await tools?.close()
        await door.close()
      }
    },
    close: async () => {
      await model.close()
      await machine.end()
    },
  }
}
