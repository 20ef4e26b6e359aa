/**
 * `lugh mcp`: MCP on stdin and stdout, spoken by the Lugh of this home behind its socket. Survives that Lugh: what was asked and not answered
 * is asked again of the next one, under the same `call_id`, so that nothing is done twice. Never speaks anything but the protocol on stdout.
 */
import { request } from 'node:http'
import type { Duplex, Readable, Writable } from 'node:stream'
import { LughError, randomIds, sleep } from '#core'
import { z } from 'zod'
import { MCP_PATH, MCP_UPGRADE, socketPath } from './protocol.ts'

export type McpProxy = {
  readonly home: string
  /** A token with more than the console's own reading and asking. */
  readonly token?: string
  /** Starts a Lugh of this home that outlives this process. */
  readonly start: () => void
  readonly input: Readable
  readonly output: Writable
  readonly err: (text: string) => void
}

/** What Lugh itself takes as one message; a longer one would cost the connection. */
const MAX_LINE = 1_000_000
/** A start takes one to three seconds, on a slow machine with a store to lay ten. */
const START_MS = 45_000
const LOOK_MS = 100
/** A request that has seen so many Lughs die may be what kills them. */
const TRIES = 3
/** After the client has hung up: what is still under way has this long to be answered. */
const LAST_WORDS_MS = 2000

const Message = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.looseObject({ arguments: z.record(z.string(), z.unknown()).optional() }).optional(),
})
type Message = z.infer<typeof Message>
/** What Lugh says before it hangs up on a token that is not, or no longer, one: asking again would be refused again. */
const Refusal = z.object({ id: z.null(), error: z.object({ code: z.literal(-32_000), message: z.string() }) })
type Pending = { readonly line: string; tries: number }

/** Runs until the client hangs up. Answers the exit code: 0, 1 when Lugh refuses the token, or 2 when no Lugh could be reached. */
export async function runMcp(options: McpProxy): Promise<number> {
  const pending = new Map<string | number, Pending>()
  const handshake: string[] = []
  let socket: Duplex | undefined
  const client = { gone: false }
  const refused: { why?: string } = {}
  let replayed: string | number | undefined

  const say = (message: object): void => void options.output.write(`${JSON.stringify(message)}\n`)
  const fail = (id: string | number, message: string): void => say({ jsonrpc: '2.0', id, error: { code: -32_000, message } })

  const fromClient = (line: string): void => {
    const message = parse(line)
    if (line.length > MAX_LINE) {
      if (message?.id !== undefined) fail(message.id, `That message is too long: at most ${MAX_LINE} characters.`)
      return
    }
    const sent = message === undefined ? line : JSON.stringify(named(message))
    if (message?.method === 'initialize') handshake.splice(0, handshake.length, sent)
    if (message?.method === 'notifications/initialized') handshake.push(sent)
    if (message?.method !== undefined && message.id !== undefined) pending.set(message.id, { line: sent, tries: 0 })
    if (socket !== undefined) socket.write(`${sent}\n`)
  }
  const fromLugh = (line: string): void => {
    const message = parse(line)
    const refusal = message === undefined ? refusalOf(line) : undefined
    if (refusal !== undefined) {
      refused.why = refusal
      socket?.destroy()
      return
    }
    if (message?.id !== undefined && message.method === undefined) {
      if (message.id === replayed && !pending.has(message.id)) {
        replayed = undefined
        return
      }
      pending.delete(message.id)
    }
    options.output.write(`${line}\n`)
  }
  /** Brings the next Lugh to where the last one was. */
  const takeUp = (fresh: Duplex): void => {
    const first = handshake[0] === undefined ? undefined : parse(handshake[0])?.id
    if (first !== undefined && !pending.has(first)) {
      replayed = first
      for (const line of handshake) fresh.write(`${line}\n`)
    }
    for (const [id, one] of pending) {
      one.tries += 1
      if (one.tries > TRIES) {
        pending.delete(id)
        fail(id, 'Lugh went away each time this was asked. Look at list_tasks before asking anew.')
      } else fresh.write(`${one.line}\n`)
    }
  }

  const ended = new Promise<void>((resolve) => {
    eachLine(options.input, fromClient, () => {
      client.gone = true
      resolve()
    })
  })
  while (!client.gone) {
    const fresh = await Promise.race([reach(options), ended])
    if (fresh === undefined) break
    if (fresh === 'unreachable') {
      for (const id of pending.keys()) fail(id, `No Lugh could be started on ${options.home}.`)
      return 2
    }
    const closed = new Promise<void>((resolve) => fresh.once('close', () => resolve()))
    eachLine(fresh, fromLugh, () => undefined)
    takeUp(fresh)
    socket = fresh
    await Promise.race([closed, ended])
    socket = undefined
    if (refused.why !== undefined) {
      options.err(refused.why)
      for (const id of pending.keys()) fail(id, refused.why)
      return 1
    }
    if (client.gone) await lastWords(fresh, pending)
  }
  return 0
}

async function lastWords(socket: Duplex, pending: ReadonlyMap<unknown, unknown>): Promise<void> {
  const until = Date.now() + LAST_WORDS_MS
  while (pending.size > 0 && Date.now() < until && !socket.destroyed) await sleep(LOOK_MS / 4)
  socket.destroy()
}

/** A call of a tool gets a name of its own, by which Lugh knows it again. */
function named(message: Message): Message {
  if (message.method !== 'tools/call' || message.params === undefined) return message
  const given = message.params.arguments ?? {}
  return { ...message, params: { ...message.params, arguments: { call_id: `stdio-${randomIds.uuid()}`, ...given } } }
}

function parse(line: string): Message | undefined {
  try {
    return Message.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // Lugh says what is wrong with it
  }
}

function refusalOf(line: string): string | undefined {
  try {
    return Refusal.safeParse(JSON.parse(line)).data?.error.message
  } catch {
    return undefined
  }
}

function eachLine(stream: Readable, heard: (line: string) => void, ended: () => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') heard(line)
  })
  stream.on('error', () => undefined) // its end follows
  stream.once('close', ended)
  stream.once('end', ended)
}

/** The socket of the running Lugh; where none runs, of one that is started now. */
async function reach(options: McpProxy): Promise<Duplex | 'unreachable'> {
  const running = await connect(options)
  if (running !== undefined) return running
  options.start()
  for (const until = Date.now() + START_MS; Date.now() < until;) {
    await sleep(LOOK_MS)
    const started = await connect(options)
    if (started !== undefined) return started
  }
  options.err(`No Lugh could be started on ${options.home} within ${START_MS / 1000} s; \`npx lugh start\` says why.`)
  return 'unreachable'
}

function connect({ home, token }: McpProxy): Promise<Duplex | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: MCP_UPGRADE, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    const call = request({ socketPath: socketPath(home), path: MCP_PATH, headers })
    call.on('upgrade', (_response, socket, head) => {
      socket.unshift(head)
      resolve(socket)
    })
    call.on('response', (response) => {
      response.resume()
      reject(new LughError('conflict', 'The Lugh that runs on this home is older than this one and speaks no MCP. Start it again.'))
    })
    call.on('error', () => resolve(undefined))
    call.end()
  })
}
