/** Two programs that call each other in JSON-RPC, one message a line. What is no message is passed over; when the other is gone, every call fails. */
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { z } from 'zod'

const Id = z.number().or(z.string())
const Heard = z
  .object({ id: Id, method: z.string(), params: z.unknown().optional() })
  .or(z.object({ method: z.string(), params: z.unknown().optional() }))
  .or(z.object({ id: Id, error: z.object({ message: z.string() }) }))
  .or(z.object({ id: Id, result: z.unknown().optional() }))

/** JSON-RPC's own number for a method one does not have. */
const NO_METHOD = -32_601

export type Heeds = {
  /** Answers a call of the other. Undefined: Lugh has no such method. */
  readonly called: (method: string, params: unknown) => Promise<unknown> | undefined
  readonly told: (method: string, params: unknown) => void
}

export type LineRpc = {
  /** Rejects with the other's own words when it says no, and when it is gone. */
  readonly call: (method: string, params: unknown) => Promise<unknown>
  readonly tell: (method: string, params: unknown) => void
}

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

/** Speaks over the two streams of a program until they end. */
export function lineRpc({ stdin, stdout }: { stdin: Writable; stdout: Readable }, heeds: Heeds): LineRpc {
  const waiting = new Map<number | string, Waiting>()
  let gone = false
  let last = 0
  const send = (message: Record<string, unknown>): void => void stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const answer = async (id: number | string, method: string, params: unknown): Promise<void> => {
    const answered = heeds.called(method, params)
    if (answered === undefined) return send({ id, error: { code: NO_METHOD, message: `Lugh has no ${method}.` } })
    await answered.then(
      (result) => send({ id, result }),
      (error: unknown) => send({ id, error: { code: -32_603, message: error instanceof Error ? error.message : 'failed' } }),
    )
  }
  const lines = createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('line', (line) => {
    const heard = Heard.safeParse(parse(line)).data
    if (heard === undefined) return
    if ('method' in heard) return 'id' in heard ? void answer(heard.id, heard.method, heard.params) : heeds.told(heard.method, heard.params)
    const it = waiting.get(heard.id)
    waiting.delete(heard.id)
    if ('error' in heard) it?.reject(new Error(heard.error.message))
    else it?.resolve(heard.result)
  })
  lines.once('close', () => {
    gone = true
    for (const { reject } of waiting.values()) reject(new Error(GONE))
  })
  return {
    tell: (method, params) => send({ method, params }),
    call: (method, params) =>
      new Promise((resolve, reject) => {
        if (gone) return reject(new Error(GONE))
        const id = ++last
        waiting.set(id, { resolve, reject })
        send({ id, method, params })
      }),
  }
}

/** What calls fail with when the other is gone: its own last words say more. */
export const GONE = 'The program has ended.'

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
