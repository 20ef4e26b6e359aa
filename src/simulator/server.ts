/** The simulator as a server: the Bot API on a loopback port, a world behind it, faults and a log beside it. Never on another interface. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { LughError, randomIds, sleep, type Clock } from '#core'
import { perform, readCall, type Api } from './api.ts'
import { CallLog, type Breach, type BreachKind, type Call } from './call-log.ts'
import { Faults, type Fault } from './faults.ts'
import type { MountPage, PageHandler } from './page-port.ts'
import { aboutBot, defaultCommands } from './methods/index.ts'
import { Polling } from './polling.ts'
import { RateLimiter, TELEGRAM_LIMITS, type RateLimits } from './rate-limits.ts'
import { conflict, Refusal, refusalJson, tooMany } from './refusal.ts'
import { readApiRequest, type ApiRequest } from './request-body.ts'
import { Webhook } from './webhook.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

const HOST = '127.0.0.1'
/** The real one is longer than 15 seconds now and then, never reliably. */
const CALLBACK_TTL_MS = 15_000
/** Names under which this machine reaches itself; any other Host is a web page that rebound its name to loopback. */
const HOSTS: readonly string[] = [HOST, 'localhost']

export type SimulatorOptions = WorldOptions &
  Readonly<{
    /** 0 (the default) takes a free one. */
    port?: number
    botToken?: string
    /** `LUGH_ENV`: where one is set, the simulator refuses to start. */
    label?: string | undefined
    /** False for none, which only load tests want. */
    limits?: Partial<RateLimits> | false
    callbackTtlMs?: number
    /** Knows rich messages, as servers since Bot API 10.3; by default it is an older one. */
    rich?: boolean
    /** Seeds the faults. */
    seed?: number
    page?: MountPage
    clock?: Clock
  }>

export type Simulator = Readonly<{
  apiRoot: string
  botToken: string
  /** The phone page with its one-time key; without `page` there is none. */
  pageUrl: string | undefined
  world: World
  faults: Faults
  calls: readonly Call[]
  breaches: readonly Breach[]
  polling: Polling
  close: () => Promise<void>
}>

/** Starts a simulator. Throws `config.invalid` when an environment label is set, `internal` when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  if (options.label !== undefined && options.label !== '')
    throw new LughError('config.invalid', 'The simulator never runs where LUGH_ENV is set: unset it, or give TELEGRAM_BOT_TOKEN.')
  const world = createWorld(options)
  const log = new CallLog(world.clock)
  const polling = new Polling(world.updates)
  const webhook = new Webhook(world.updates)
  const limiter = options.limits === false ? undefined : new RateLimiter({ ...TELEGRAM_LIMITS, ...options.limits }, world.clock)
  const faults = new Faults(world.updates, options.seed)
  const botToken = options.botToken ?? `${world.bot.id}:SIM-${randomIds.token(24)}`
  const api: Api = { world, polling, webhook, limiter, log, callbackTtlMs: options.callbackTtlMs ?? CALLBACK_TTL_MS, rich: options.rich ?? false }
  const key = randomIds.token(16)
  let port = 0
  const page = options.page?.({ world, key, port: () => port, commands: () => defaultCommands(world), about: () => aboutBot(world) })
  const stopping = new AbortController()
  const door: Door = { api, faults, botToken, page, stopping: stopping.signal }
  const server = createServer((request, response) => {
    handle(door, request, response).catch((error: unknown) => crash(response, log, log.begin(request.url ?? '', {}), error))
  })
  port = await listen(server, options.port ?? 0)
  return {
    apiRoot: `http://${HOST}:${port}`,
    botToken,
    pageUrl: page === undefined ? undefined : `http://${HOST}:${port}/?key=${key}`,
    world,
    faults,
    calls: log.calls,
    breaches: log.breaches,
    polling,
    close: async () => {
      stopping.abort()
      await webhook.delete()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new LughError('internal', `The simulator cannot listen on port ${port}: is another one running?`, { cause })),
    )
    server.listen(port, HOST, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

type Door = Readonly<{ api: Api; faults: Faults; botToken: string; page: PageHandler | undefined; stopping: AbortSignal }>

async function handle(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!HOSTS.includes(request.headers.host?.replace(/:\d+$/, '') ?? ''))
    return send(response, 403, { ok: false, error_code: 403, description: 'Forbidden' })
  if (door.page?.(request, response) === true) return
  const url = new URL(request.url ?? '/', `http://${HOST}`)
  const [, kind, token, rest] = /^\/(bot|file\/bot)([^/]+)\/([\w/.-]+)$/.exec(url.pathname.replaceAll('%3A', ':')) ?? []
  if (kind === undefined || token === undefined || rest === undefined) return send(response, 404, refusalJson(new Refusal(404, 'Not Found')))
  if (token !== door.botToken) {
    door.api.log.breach('unauthorized', door.api.log.begin(rest, {}), 'the token is another one')
    return send(response, 401, refusalJson(new Refusal(401, 'Unauthorized')))
  }
  if (kind === 'file/bot') return await download(door, rest, response)
  await answer(door, rest, url, request, response)
}

/** Faults strike here as in a call whose method is `file`. */
async function download({ api, faults, stopping }: Door, path: string, response: ServerResponse): Promise<void> {
  const file = api.world.fileByPath(path)
  if (file === undefined) return send(response, 404, refusalJson(new Refusal(404, 'Not Found')))
  const fault = faults.next('file', { path })
  if (fault?.kind === 'drop') return
  if (fault?.kind === 'server-error') return send(response, fault.code, refusalJson(new Refusal(fault.code, SERVER_ERRORS[fault.code])))
  if (fault?.kind === 'delay') await sleep(fault.ms, stopping)
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes.byteLength }).end(file.bytes)
}

async function answer(door: Door, spelled: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let call: Call | undefined
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const signal = AbortSignal.any([gone.signal, door.stopping])
  try {
    const body = await readApiRequest(request, url.searchParams)
    const { method, parameters } = readCall(spelled, body)
    call = door.api.log.begin(method, parameters)
    await act(door, call, body, response, signal)
  } catch (error) {
    const { log } = door.api
    call ??= log.begin(spelled, {})
    if (!(error instanceof Refusal)) return crash(response, log, call, error)
    noteRefusal(log, call, error)
    if (!response.destroyed) send(response, error.code, refusalJson(error))
  }
}

const BREACHES: Readonly<Record<number, BreachKind>> = { 404: 'unknown-method', 409: 'conflict' }

function noteRefusal(log: CallLog, call: Call, refusal: Refusal): void {
  log.end(call, 'refused', { error: { code: refusal.code, description: refusal.message } })
  if (refusal.blame === 'request' && !log.breaches.some((breach) => breach.callId === call.id))
    log.breach(BREACHES[refusal.code] ?? 'bad-request', call, refusal.message)
}

/** A mistake of the simulator's own: loud, and a breach, so that no suite passes over it. */
function crash(response: ServerResponse, log: CallLog, call: Call, error: unknown): void {
  const text = `the simulator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  log.end(call, 'refused', { error: { code: 500, description: text } })
  log.breach('bad-request', call, text)
  if (!response.destroyed) send(response, 500, { ok: false, error_code: 500, description: text })
}

async function act(door: Door, call: Call, body: ApiRequest, response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { log } = door.api
  const fault = door.faults.next(call.method, call.parameters)
  if (fault !== undefined) call.fault = fault.kind
  if (fault?.kind === 'delay') await sleep(fault.ms, signal)
  if (fault !== undefined && playedBefore(fault, log, call, response)) return
  const result = await perform(door.api, call, body, signal)
  if (response.destroyed || fault?.kind === 'timeout-after-accept' || fault?.kind === 'cut') {
    log.end(call, 'effect-unanswered', { result })
    return fault?.kind === 'cut' ? cut(response, result) : void response.destroy()
  }
  log.end(call, 'ok', { result })
  send(response, 200, { ok: true, result })
}

/** Faults that keep the request from having any effect. Answers whether it was one. */
function playedBefore(fault: Fault, log: CallLog, call: Call, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'drop':
      log.end(call, 'unanswered')
      return true
    case 'server-error':
      log.end(call, 'refused', { error: { code: fault.code, description: SERVER_ERRORS[fault.code] } })
      if (fault.code === 502) response.writeHead(502, { 'content-type': 'text/html' }).end('<html><head><title>502 Bad Gateway</title></head></html>')
      else send(response, fault.code, { ok: false, error_code: fault.code, description: SERVER_ERRORS[fault.code] })
      return true
    case 'flood':
      throw tooMany(fault.retryAfter)
    case 'conflict':
      throw Object.assign(conflict('terminated by other getUpdates request; make sure that only one bot instance is running'), {
        blame: 'world' as const,
      })
    default:
      return false
  }
}

const SERVER_ERRORS = { 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' } as const

function cut(response: ServerResponse, result: unknown): void {
  const text = JSON.stringify({ ok: true, result })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy())
}

function send(response: ServerResponse, code: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
}
