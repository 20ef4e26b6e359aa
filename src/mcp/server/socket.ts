/** Lines over the socket in LUGH_HOME: their caps, and that a connection is worth no more, and no longer, than its token. */
import type { Duplex } from 'node:stream'
import type { Transport } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
import { MAX_BODY_BYTES, tooMany, type Pace } from './front.ts'
import { WRONG_TOKEN, type Principal } from './principal.ts'
import { LOOK_MS } from './streams.ts'

/** Lines over a socket. What breaks its caps is cut off, and sees it: the SDK only stops to read. */
export class SocketTransport extends StdioServerTransport {
  readonly #stream: Duplex

  constructor(stream: Duplex) {
    super(stream, stream, { maxBufferSize: MAX_BODY_BYTES })
    this.#stream = stream
  }

  /** Says what the SDK has no part in. */
  say(message: object): void {
    this.#stream.write(`${JSON.stringify(message)}\n`)
  }

  override async close(): Promise<void> {
    await super.close()
    this.#stream.end(() => this.#stream.destroy())
    setTimeout(() => this.#stream.destroy(), LAST_WORDS_MS).unref() // whoever does not read does not hear
  }
}
/** For an answer that is on its way when a connection is cut off. */
const LAST_WORDS_MS = 1000

const Request = z.object({ id: z.union([z.string(), z.number()]), method: z.string() })

/** A refusal in the protocol's own form; of the whole connection where it has no id. */
export function refused(id: string | number | null, message: string): object {
  return { jsonrpc: '2.0', id, error: { code: -32_000, message } }
}

/**
 * The same transport, asked for each message whether its token still is one and may still call: a connection outlives many requests, and there is
 * no door between them as over HTTP. Messages keep their order. Ends with the token, also when nobody speaks.
 */
export function admitting(inner: SocketTransport, who: Principal, pace: Pace): Transport {
  const outer: Transport = {
    start: () => inner.start(),
    send: (message) => inner.send(message),
    close: () => inner.close(),
  }
  const holds = async (): Promise<boolean> => {
    if (await who.holds()) return true
    inner.say(refused(null, WRONG_TOKEN))
    await inner.close()
    return false
  }
  const admit = async (message: Parameters<NonNullable<Transport['onmessage']>>[0]): Promise<void> => {
    if (!(await holds())) return
    const request = Request.safeParse(message)
    const seconds = request.success ? pace(who) : undefined
    if (request.success && seconds !== undefined) inner.say(refused(request.data.id, tooMany(who, seconds)))
    else outer.onmessage?.(message)
  }
  const fault = (error: unknown): void => outer.onerror?.(error instanceof Error ? error : new Error(String(error)))
  const looking = setInterval(() => void holds().catch(fault), LOOK_MS)
  looking.unref()
  let last = Promise.resolve()
  Object.assign(inner, {
    onmessage: (message: Parameters<typeof admit>[0]) => {
      last = last.then(() => admit(message)).catch(fault)
    },
    onerror: fault,
    onclose: () => {
      clearInterval(looking)
      outer.onclose?.()
    },
  })
  return outer
}
