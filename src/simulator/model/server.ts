/**
 * A local stand-in for model providers: it speaks the real wire formats (Anthropic's Messages, OpenAI's Responses and chat completions),
 * refuses what the real ones refuse, and plays scripts. Loopback only, and it never claims to be a real model.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { sleep } from '#core'
import { messageOf } from './answer.ts'
import { anthropicDialect } from './anthropic-dialect.ts'
import { ApiRefusal } from './api-refusal.ts'
import { LIMITS, type Limits } from './check-request.ts'
import { conversationOf, type Conversation } from './conversation.ts'
import type { Dialect } from './dialect.ts'
import type { Fault } from './fault.ts'
import { catalogueAnswer } from './model-catalogue.ts'
import { chatDialect } from './openai/chat.ts'
import {
  hear,
  readTranscription,
  transcriptFrames,
  transcriptOf,
  TRANSCRIPTIONS_PATH,
  type Hears,
  type SeenRecording,
} from './openai/transcriptions.ts'
import { responsesDialect } from './openai/responses.ts'
import { createPromptCache } from './prompt-cache.ts'
import { answerFor, type Script, type ScriptedAnswer } from './script.ts'
import { playEarlyFault, sendRefusal, sendStream, sendWhole, type Reply } from './send-answer.ts'
import type { Request } from './wire.ts'

/** The API's own limit on a request. */
const BODY_MAX_BYTES = 32 * 1024 * 1024
const MODELS = '/v1/models'
const DIALECTS: readonly Dialect[] = [anthropicDialect, responsesDialect, chatDialect]

/** One request as it was seen; what a checker of histories reads. The key is never kept. */
export type SeenRequest = {
  readonly id: string
  readonly at: Date
  /** Where it was sent: `/v1/messages`, … */
  readonly path: string
  readonly request?: Request
  readonly conversation?: Conversation
  /** The recording, of a request to transcribe, and what was heard. */
  recording?: SeenRecording
  heard?: string
  /** What the script answered; absent when it was refused or a fault came first. */
  answer?: ScriptedAnswer
  /** The refusal's words. */
  refused?: string
  fault?: Fault
  /** Whether the caller left before the end. */
  left: boolean
}

export type ModelServerOptions = {
  /** 0 or absent: any free one. */
  readonly port?: number
  readonly script: Script | readonly Script[]
  /** What recordings say; absent: the words that stand in the file. */
  readonly hears?: Hears
  /** When given, only this key is accepted; otherwise any. */
  readonly apiKey?: string
  /** Milliseconds before each answer: shortest and longest, spread by the conversation. Default none. */
  readonly paceMs?: readonly [number, number]
  readonly limits?: Partial<Limits>
  /** Models that exist; absent: all. */
  readonly models?: readonly string[]
  /** Whether it says which models there are (some addresses do not). Default true. */
  readonly catalogue?: boolean
  /** How many of the last requests are remembered, each with its whole transcript. Default 500; a checker of long histories asks for more. */
  readonly remember?: number
}

export type ModelServer = {
  readonly url: string
  readonly port: number
  readonly requests: readonly SeenRequest[]
  /** Misbehaves on the next `times` requests (Infinity: until `behave`). Faults queue up in order. */
  readonly misbehave: (fault: Fault, times?: number) => void
  readonly behave: () => void
  /** Plays other scripts from now on. */
  /** Hears other words from now on. */
  readonly say: (hears: Hears | undefined) => void
  readonly play: (script: Script | readonly Script[]) => void
  readonly close: () => Promise<void>
}

/** Starts the server on the loopback address. */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const state = {
    scripts: listOf(options.script),
    hears: options.hears,
    faults: new Array<{ fault: Fault; left: number }>(),
    requests: new Array<SeenRequest>(),
    cache: createPromptCache(),
    served: 0,
  }
  const remember = options.remember ?? 500

  const serve = async (incoming: IncomingMessage, reply: Reply): Promise<void> => {
    const path = pathOf(incoming)
    if (path.startsWith(MODELS)) return sayModels(incoming, reply, path.slice(MODELS.length))
    const seen: SeenRequest = { id: reply.requestId, at: new Date(), path, left: false }
    state.requests.push(seen)
    if (state.requests.length > remember) state.requests.shift()
    reply.gone.addEventListener('abort', () => (seen.left = !reply.response.writableFinished), { once: true })
    const fault = nextFault(state.faults)
    if (fault !== undefined) seen.fault = fault
    if (fault !== undefined && (await playEarlyFault(reply, fault))) return
    try {
      if (path === TRANSCRIPTIONS_PATH) await transcribe(incoming, reply, seen)
      else await answer(incoming, reply, seen, fault)
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error
      seen.refused = error.message
      sendRefusal(reply, error)
    }
  }

  /** Not counted among the requests: nobody pays for them. */
  const sayModels = (incoming: IncomingMessage, reply: Reply, rest: string): void => {
    const answer = options.catalogue === false ? undefined : catalogueAnswer(rest, incoming.headers, options.models)
    if (answer === undefined) return sendRefusal(reply, reply.dialect.unknownModel(decodeURIComponent(rest.slice(1))))
    reply.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  const transcribe = async (incoming: IncomingMessage, reply: Reply, seen: SeenRequest): Promise<void> => {
    checkKey(incoming, reply.dialect, options)
    const request = await readTranscription(incoming, await readBody(incoming))
    if (options.models !== undefined && !options.models.includes(request.model)) throw reply.dialect.unknownModel(request.model)
    const { text, delayMs } = hear(request, state.hears)
    const { name, bytes, model, prompt, keywords } = request
    Object.assign(seen, { recording: { name, bytes, model, prompt, keywords }, heard: text })
    await sleep(delayMs, reply.gone)
    if (reply.gone.aborted) return
    if (request.stream) reply.response.writeHead(200, { 'content-type': 'text/event-stream' }).end(transcriptFrames(request, text).join(''))
    else if (request.plain) reply.response.writeHead(200, { 'content-type': 'text/plain' }).end(`${text}\n`)
    else reply.response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(transcriptOf(request, text)))
  }

  const answer = async (incoming: IncomingMessage, reply: Reply, seen: SeenRequest, told: Fault | undefined): Promise<void> => {
    const { request, stream } = await readRequest(incoming, reply.dialect, options)
    const conversation = conversationOf(request)
    Object.assign(seen, { request, conversation })
    const scripted = told?.kind === 'empty' ? {} : answerFor(state.scripts, conversation)
    seen.answer = scripted
    const fault = told ?? scripted.fault
    await sleep(scripted.delayMs ?? paceOf(options.paceMs, conversation), reply.gone)
    if (reply.gone.aborted || (told === undefined && fault !== undefined && (await playEarlyFault(reply, fault)))) return
    const message = messageOf(request, conversation, scripted, state.cache.count(request))
    if (stream) await sendStream(reply, message, fault)
    else sendWhole(reply, message)
  }

  const server = createServer((incoming, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const dialect = dialectOf(incoming)
    const reply: Reply = { response, requestId: `req_sim_${++state.served}`, gone: gone.signal, dialect }
    serve(incoming, reply).catch((error: unknown) =>
      sendRefusal(
        reply,
        dialect.statusRefusal({ kind: 'status', status: 500, message: error instanceof Error ? error.message : 'Internal server error' }),
      ),
    )
  })
  const port = await listen(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: state.requests,
    misbehave: (fault, times = 1) => void state.faults.push({ fault, left: times }),
    behave: () => void (state.faults.length = 0),
    say: (hears) => void (state.hears = hears),
    play: (script) => void (state.scripts = listOf(script)),
    close: () => closeServer(server),
  }
}

function listOf(script: Script | readonly Script[]): readonly Script[] {
  return 'match' in script ? [script] : script
}

function nextFault(faults: { fault: Fault; left: number }[]): Fault | undefined {
  const first = faults[0]
  if (first === undefined) return undefined
  if (--first.left <= 0) faults.shift()
  return first.fault
}

function pathOf(incoming: IncomingMessage): string {
  return new URL(incoming.url ?? '/', 'http://x').pathname
}

/** By the address; questions about models, which both sides ask at the same one, by the headers. */
function dialectOf(incoming: IncomingMessage): Dialect {
  const known = DIALECTS.find(({ path }) => path === pathOf(incoming))
  return known ?? (incoming.headers['anthropic-version'] === undefined ? chatDialect : anthropicDialect)
}

async function readRequest(incoming: IncomingMessage, dialect: Dialect, options: ModelServerOptions): Promise<{ request: Request; stream: boolean }> {
  checkDoor(incoming, dialect, options)
  const read = dialect.read(parseBody(await readBody(incoming), dialect), { ...LIMITS, ...options.limits })
  if (options.models !== undefined && !options.models.includes(read.request.model)) throw dialect.unknownModel(read.request.model)
  return read
}

function checkDoor(incoming: IncomingMessage, dialect: Dialect, options: ModelServerOptions): void {
  if (pathOf(incoming) !== dialect.path) throw new ApiRefusal(404, 'not_found_error', 'Not Found')
  if (incoming.method !== 'POST') throw new ApiRefusal(405, 'invalid_request_error', 'Method Not Allowed')
  checkKey(incoming, dialect, options)
}

function checkKey(incoming: IncomingMessage, dialect: Dialect, options: ModelServerOptions): void {
  const key = dialect.keyOf(incoming.headers)
  if (key === undefined || (options.apiKey !== undefined && key !== options.apiKey)) throw dialect.badKey(key)
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of incoming) {
    const bytes = Buffer.from(piece)
    size += bytes.length
    if (size > BODY_MAX_BYTES) throw new ApiRefusal(413, 'request_too_large', 'Request exceeds the maximum size')
    pieces.push(bytes)
  }
  return Buffer.concat(pieces)
}

function parseBody(bytes: Buffer, dialect: Dialect): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // Half of a surrogate pair comes as an escape that this platform's parser lets through; the API's does not.
    const body: unknown = JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' && !value.isWellFormed() ? fail('no low surrogate in string') : value,
    )
    return body
  } catch (error) {
    throw dialect.badJson(error instanceof Error ? error.message : 'unreadable')
  }
}

function fail(words: string): never {
  throw new SyntaxError(words)
}

/** Spread evenly over the range by the turn, without chance. */
function paceOf(range: readonly [number, number] | undefined, conversation: Conversation): number {
  if (range === undefined) return 0
  return range[0] + ((conversation.turn * 37) % 101) * 0.01 * (range[1] - range[0])
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
