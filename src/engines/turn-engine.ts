/** What every built-in engine is around its provider: a caller, a way to word a request, and what to say without a key. It runs no tool. */
import { LughError } from '#core'
import { addUsage, type ModelAnswer, type ModelCaller } from '#models'
import { isWordless, toResult } from './from-answer.ts'
import type { Availability, Engine, TurnRequest } from './port.ts'

export type TurnEngineParts<Request> = {
  readonly name: string
  readonly defaultModel: string | undefined
  /** Asked for each turn. Nothing: there is no key, and `missing` says what to do. */
  readonly caller: () => ModelCaller<Request> | undefined
  readonly missing: string
  readonly toRequest: (turn: TurnRequest) => Request
}

/** A key, or where to ask for the one that holds now: it can be changed while Lugh runs. */
export type Key = string | undefined | (() => string | undefined)

/** The caller for the key that holds now; another one is made only when the key is another. */
export function callerFor<Request>(key: Key, make: (key: string) => ModelCaller<Request>): () => ModelCaller<Request> | undefined {
  let made: { key: string; caller: ModelCaller<Request> } | undefined
  return () => {
    const now = typeof key === 'function' ? key() : key
    if (now === undefined) return undefined
    if (made?.key !== now) made = { key: now, caller: make(now) }
    return made.caller
  }
}

/** Puts an engine together. Without a caller it exists, says so by `available()`, and every turn throws `model.no-key`. */
export function turnEngine<Request>(parts: TurnEngineParts<Request>): Engine {
  const present = (): ModelCaller<Request> => {
    const caller = parts.caller()
    if (caller === undefined) throw new LughError('model.no-key', parts.missing)
    return caller
  }
  return {
    name: parts.name,
    defaultModel: parts.defaultModel,
    available: (): Availability => (parts.caller() === undefined ? { ok: false, why: parts.missing } : { ok: true }),
    models: async (signal) => present().models(signal),
    turn: async (turn) => {
      turn.signal.throwIfAborted()
      return toResult(await askForWords(present(), parts.toRequest(turn), turn), turn.transcript)
    },
  }
}

/** Models now and then end a turn without a word after tool results. Asking the very same again mostly mends it; once, then it is taken as it is. */
async function askForWords<Request>(caller: ModelCaller<Request>, request: Request, turn: TurnRequest): Promise<ModelAnswer> {
  const options = { signal: turn.signal, onText: turn.onText, brief: turn.brief }
  const first = await caller.ask(request, options)
  if (!isWordless(first)) return first
  const second = await caller.ask(request, options)
  return { ...second, usage: addUsage(first.usage, second.usage) }
}
