/**
 * The way from an engine inside the walls to its model: it asks by plain HTTP with a token of its run, and the key is added out here.
 * Each run has a door of its own, so that a token is of use only in the sandbox it was made for. Answers pass through as they come.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { TokenUsage } from '../prices.ts'
import { Body, FORMATS, closedThing, modelList, sayNoAs, type Format, type No } from './formats.ts'
import {
  GATEWAY_HOST,
  type Gateway,
  type GatewayDoor,
  type GatewayProvider,
  type GatewayProviders,
  type GatewayRun,
  type Reservation,
} from './port.ts'
import { tapStream, tapWhole, type Tap } from './tap.ts'

/** What the providers themselves take. */
const BODY_MAX_BYTES = 32 * 1024 * 1024
/** A no of a provider is short; more of it is cut. */
const REFUSAL_MAX_BYTES = 64 * 1024
/** A prompt in code has three to four bytes a token; three is on the safe side of what is set aside for it. */
const BYTES_PER_TOKEN = 3
/** What is set aside where a request names no cap: the most that engines ask for in one turn. */
const USUAL_OUTPUT_TOKENS = 32_000
/** Headers of a request that say what is asked; all others (cookies, keys, where it comes from) stay inside. */
const ASKED = [
  'content-type',
  'accept',
  'anthropic-version',
  'anthropic-beta',
  'openai-beta',
  'user-agent',
  'session_id',
  'conversation_id',
  'originator',
]
/** Headers of an answer that engines go by. */
const ANSWERED = ['content-type', 'request-id', 'x-request-id', 'retry-after', 'retry-after-ms', 'x-should-retry', 'openai-processing-ms']
const ModelData = z.object({ data: z.array(z.unknown()) })
const NOTHING: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }

export type GatewayOptions = GatewayProviders & {
  /** Told, with the event's word, when an answer of a provider broke off or a purse could not be settled. */
  readonly complain?: (event: string, error: unknown) => void
}

/** Makes the gateway. Nothing listens: each door is a handler for the sandbox to put behind `GATEWAY_HOST`. */
export function createGateway(options: GatewayOptions): Gateway {
  return { open: (run) => openDoor(options, run) }
}

type Door = GatewayOptions & {
  readonly run: GatewayRun
  readonly token: string
  readonly closing: AbortController
  spent: string | undefined
}

function openDoor(options: GatewayOptions, run: GatewayRun): GatewayDoor {
  const token = `lugh-run-${randomBytes(24).toString('base64url')}`
  const door: Door = { ...options, run, token, closing: new AbortController(), spent: undefined }
  const open = new Set<Promise<void>>()
  return {
    token,
    anthropicUrl: `http://${GATEWAY_HOST}`,
    openaiUrl: `http://${GATEWAY_HOST}/v1`,
    handler: (request, response) => {
      const served = serve(door, request, response)
        .catch((error: unknown) => {
          options.complain?.('gateway.failed', error)
          response.destroy()
        })
        .finally(() => open.delete(served))
      open.add(served)
    },
    spent: () => door.spent,
    close: async () => {
      door.closing.abort()
      await Promise.all(open)
    },
  }
}

async function serve(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').replace(/\?.*$/u, '')
  const asked = providerOf(path, request.headers)
  const refuse = (no: No, message: string, headers: Record<string, string> = {}): void => sayNo(response, asked, no, message, headers)
  if (door.closing.signal.aborted || !isToken(door.token, request.headers))
    return refuse('token', 'Lugh: this token is not of the run that this sandbox belongs to, or the run has ended.')
  if (request.method === 'GET' && (path === '/v1/models' || path.startsWith('/v1/models/')))
    return sayModels(door, response, asked, decodeURIComponent(path.slice('/v1/models/'.length)))
  if (request.headers.upgrade !== undefined) return void response.writeHead(426, { connection: 'close' }).end()
  const format = FORMATS.get(`${request.method ?? ''} ${path}`)
  if (format === undefined)
    return refuse('unknown', `Lugh: ${request.method ?? ''} ${path} is closed here; only messages, responses and chat completions are open.`)
  const provider = asOfNow(door[format.provider])
  if (!isOpen(provider))
    return refuse(
      'no-key',
      `Lugh has no ${format.provider === 'anthropic' ? 'Anthropic' : 'OpenAI'} key: choose a model of another provider with /model.`,
    )
  const bytes = await readBody(request)
  if (bytes === undefined) return refuse('too-large', `Lugh: the request is larger than ${BODY_MAX_BYTES / 1024 / 1024} MiB.`)
  const body = parseBody(bytes)
  if (body === undefined) return refuse('form', 'Lugh: the request is no JSON object with a model.')
  if (!door.run.models.includes(body.model))
    return refuse('model', `Lugh: this run may ask ${door.run.models.join(', ')} and no other model, not ${body.model.slice(0, 100)}.`)
  const closed = closedThing(body)
  if (closed !== undefined) return refuse('form', `Lugh: ${closed}.`)
  const spent = (why: string): void => refuse('spent', `Lugh: ${why}`, { 'x-should-retry': 'false' })
  // One no is for the whole run: whatever it still asks, on other connections too, hears the same words.
  if (format.metered && door.spent !== undefined) return spent(door.spent)
  const reserved = await reserve(door, format, body, bytes.length)
  if (!reserved.ok) {
    door.spent ??= reserved.why
    return spent(door.spent)
  }
  const more = format.alsoAsk?.(body)
  const sent = more === undefined ? bytes : Buffer.from(JSON.stringify(more))
  const usage = await passOn(door, { format, provider, request, response, bytes: sent, hidesUsage: more !== undefined })
  // Paid for, but it broke off before it said how much: its prompt at least was read.
  await reserved.settle(usage === 'unsaid' ? { ...NOTHING, input: Math.ceil(bytes.length / BYTES_PER_TOKEN) } : usage)
}

function providerOf(path: string, headers: IncomingHttpHeaders): keyof GatewayProviders {
  return path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined ? 'anthropic' : 'openai'
}

/** Both providers' ways to carry a key. Compared by digest, so that time tells nothing. */
function isToken(token: string, headers: IncomingHttpHeaders): boolean {
  const shown = [headers['x-api-key'], headers.authorization?.replace(/^Bearer /iu, '')]
  return shown.some((each) => typeof each === 'string' && timingSafeEqual(sha256(each), sha256(token)))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The provider with the key it has at this moment. */
type Reached = { readonly apiKey: string | undefined; readonly baseUrl: string | undefined }

function asOfNow({ apiKey, baseUrl }: GatewayProvider): Reached {
  return { apiKey: typeof apiKey === 'function' ? apiKey() : apiKey, baseUrl }
}

function isOpen({ apiKey, baseUrl }: Reached): boolean {
  return apiKey !== undefined || baseUrl !== undefined
}

function sayModels(door: Door, response: ServerResponse, asked: keyof GatewayProviders, one: string): void {
  if (one === '') return sendJson(response, 200, modelList(asked, door.run.models))
  if (!door.run.models.includes(one)) return sayNo(response, asked, 'model', `Lugh: this run has no model ${one.slice(0, 100)}.`)
  const { data } = ModelData.parse(modelList(asked, [one]))
  sendJson(response, 200, data[0])
}

function sayNo(response: ServerResponse, asked: keyof GatewayProviders, no: No, message: string, headers: Record<string, string> = {}): void {
  const { status, body } = sayNoAs(asked, no, message)
  sendJson(response, status, body, headers)
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Undefined: too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    const bytes = Buffer.from(piece)
    size += bytes.length
    if (size <= BODY_MAX_BYTES) pieces.push(bytes)
  }
  return size > BODY_MAX_BYTES ? undefined : Buffer.concat(pieces)
}

function parseBody(bytes: Buffer): Body | undefined {
  try {
    return Body.safeParse(JSON.parse(bytes.toString('utf8'))).data
  } catch {
    return undefined
  }
}

async function reserve(door: Door, format: Format, body: Body, bytes: number): Promise<Reservation> {
  if (!format.metered) return { ok: true, settle: () => Promise.resolve() }
  const promptTokens = Math.ceil(bytes / BYTES_PER_TOKEN)
  return door.run.meter.reserve({ model: body.model, promptTokens, outputTokens: format.outputCap(body) ?? USUAL_OUTPUT_TOKENS })
}

type Passing = {
  readonly format: Format
  readonly provider: Reached
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly bytes: Buffer
  readonly hidesUsage: boolean
}

/** Asks the provider and hands its answer through; answers what was spent, `unsaid` when it began to answer and never said. Never throws. */
async function passOn(door: Door, p: Passing): Promise<TokenUsage | 'unsaid'> {
  const gone = new AbortController()
  p.response.once('close', () => gone.abort())
  let tap: Tap | undefined
  try {
    const query = /\?.*$/u.exec(p.request.url ?? '')?.[0] ?? ''
    const answer = await fetch(p.format.address(p.provider) + query, {
      method: 'POST',
      headers: { ...only(p.request.headers, ASKED), ...keyHeader(p.format.provider, p.provider.apiKey) },
      body: new Uint8Array(p.bytes),
      signal: AbortSignal.any([gone.signal, door.closing.signal]),
      redirect: 'error', // the key goes to the address that was set, and to no other
    })
    const headers = only(Object.fromEntries(answer.headers), ANSWERED)
    if (!answer.ok) {
      await sendRefusal(p, answer, headers)
      return NOTHING
    }
    tap = (answer.headers.get('content-type') ?? '').includes('event-stream') ? tapStream(p.format, p.hidesUsage) : tapWhole(p.format)
    p.response.writeHead(answer.status, headers).flushHeaders()
    for await (const piece of answer.body ?? []) {
      const passed = tap.pass(piece)
      if (passed.length > 0 && !p.response.write(passed)) await drained(p.response)
    }
    p.response.end(tap.end())
  } catch (error) {
    // What was cut out there is cut in here: engines know how to take that, and a made-up end would be believed.
    if (p.response.headersSent) p.response.destroy()
    else if (!p.response.destroyed) sayNo(p.response, p.format.provider, 'unreachable', 'Lugh: the model provider could not be reached.')
    if (!gone.signal.aborted && !door.closing.signal.aborted) door.complain?.('gateway.broke-off', error)
  }
  return tap === undefined ? NOTHING : (tap.usage() ?? 'unsaid')
}

/** The provider's own no, whole, but for the key should it quote it. */
async function sendRefusal({ provider, response }: Passing, answer: Response, headers: Record<string, string>): Promise<void> {
  const words = (await answer.text()).slice(0, REFUSAL_MAX_BYTES)
  const { apiKey } = provider
  response.writeHead(answer.status, headers).end(apiKey === undefined ? words : words.replaceAll(apiKey, '…'))
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.once('drain', done).once('close', done)
  })
}

function keyHeader(provider: keyof GatewayProviders, apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {}
  return provider === 'anthropic' ? { 'x-api-key': apiKey } : { authorization: `Bearer ${apiKey}` }
}

function only(headers: Readonly<Record<string, string | string[] | undefined>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]
    }),
  )
}
