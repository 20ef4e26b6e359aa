/**
 * The one way from a walled command to the network: an HTTP proxy outside the walls, on a unix socket of that command alone, which is all
 * it ever finds of it inside. Plain HTTP and CONNECT; every request is decided anew. Never connects to an address that was not checked,
 * and never says more to the inside than that a place is closed.
 */
import { randomBytes } from 'node:crypto'
import { lookup as dnsLookup } from 'node:dns/promises'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request as httpRequest, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { readHello } from './client-hello.ts'
import { type Blocked, decideWay, type Lookup } from './decide.ts'
import { canonicalHost, type HostPort, type HostRule, parseHostPort, sameHost, showHost } from './host.ts'

/** A handler of Lugh's own behind a name that exists on no network (`model.lugh.internal`). */
export type InternalHost = (request: IncomingMessage, response: ServerResponse) => void

export type GateOptions = {
  /** The socket lies here for as long as the gate is open. */
  readonly directory: string
  readonly rules: readonly HostRule[]
  readonly internal: ReadonlyMap<string, InternalHost>
  readonly lookup?: Lookup
  /** Hears of each place at once, the first time something is stopped there. */
  readonly onBlocked?: (blocked: Blocked) => void
}

/** What a command's gate saw. */
export type Traffic = { readonly reached: readonly HostPort[]; readonly blocked: readonly Blocked[] }

export type Gate = {
  readonly socket: string
  /** Ends every connection, removes the socket, and says what came by. */
  close(): Promise<Traffic>
}

/** Names remembered of one command; one that tries more is looking for a way, and the first of them say so. */
const MAX_REMEMBERED = 50
const MAX_NAME = 253 // RFC 1035
/** `npm install` opens about 30. */
const MAX_CONNECTIONS = 200
const CONNECT_TIMEOUT_MS = 15_000
/** A connection on which nothing was said so long is dead; streams of models and slow mirrors stay below it. */
const IDLE_MS = 5 * 60_000
/** Headers that belong to one hop. */
const HOP = ['connection', 'proxy-connection', 'proxy-authorization', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']

const systemLookup: Lookup = async (host) => (await dnsLookup(host, { all: true, verbatim: false })).map(({ address }) => address)

/** Opens a gate. Throws what the system says when its socket cannot be made. */
export async function openGate(options: GateOptions): Promise<Gate> {
  const seen = new Seen(options.onBlocked)
  const open = new Set<Duplex>()
  const server = createServer({ maxHeaderSize: 32 * 1024, keepAliveTimeout: 30_000, requestTimeout: 0 })
  server.maxConnections = MAX_CONNECTIONS
  server.on('connection', (socket) => keep(open, socket))
  const passage = { ...options, lookup: options.lookup ?? systemLookup, seen, open }
  server.on('request', (request, response) => void passRequest(passage, request, response).catch(() => response.destroy()))
  server.on('connect', (request, socket, head) => void passTunnel(passage, request, socket, head).catch(() => socket.destroy()))
  server.on('clientError', (_error, socket) => void socket.destroy())
  const socket = join(options.directory, `net-${randomBytes(6).toString('hex')}`)
  await listen(server, options.directory, socket)
  return {
    socket,
    close: async () => {
      for (const each of open) each.destroy()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
      rmSync(socket, { force: true })
      return { reached: seen.reached, blocked: seen.blocked }
    },
  }
}

type Passage = GateOptions & { readonly lookup: Lookup; readonly seen: Seen; readonly open: Set<Duplex> }

class Seen {
  readonly reached: HostPort[] = []
  readonly blocked: Blocked[] = []
  readonly #onBlocked: ((blocked: Blocked) => void) | undefined

  constructor(onBlocked: ((blocked: Blocked) => void) | undefined) {
    this.#onBlocked = onBlocked
  }

  pass({ host, port }: HostPort): void {
    if (this.reached.length < MAX_REMEMBERED && !this.reached.some((each) => sameHost(each, { host, port }))) this.reached.push({ host, port })
  }

  stop(blocked: Blocked): void {
    if (this.blocked.length >= MAX_REMEMBERED || this.blocked.some((each) => sameHost(each, blocked))) return
    this.blocked.push(blocked)
    this.#onBlocked?.(blocked)
  }
}

/** A socket's path may have 107 bytes, LUGH_HOME more: it is bound relative to its directory, held open for that moment. */
async function listen(server: Server, directory: string, path: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const held = openSync(directory, 'r')
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(`/proc/self/fd/${held}/${path.slice(directory.length + 1)}`, resolve)
    })
  } finally {
    closeSync(held)
  }
}

function keep(open: Set<Duplex>, socket: Duplex): void {
  open.add(socket)
  socket.on('error', () => socket.destroy()).once('close', () => open.delete(socket))
}

/** `GET http://host/path`: passed on as one request, with a Host header that cannot differ from where it goes. */
async function passRequest(p: Passage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = URL.parse(request.url ?? '')
  if (url === null || url.protocol !== 'http:' || url.username !== '' || url.password !== '')
    return say(response, 400, 'This is a proxy: name the whole address, beginning with http://.')
  const target = { host: canonicalHost(url.hostname), port: url.port === '' ? 80 : Number(url.port) }
  const internal = target.port === 80 ? p.internal.get(target.host) : undefined
  if (internal !== undefined) {
    request.url = url.pathname + url.search
    return internal(request, response)
  }
  const way = await decideWay(target, p.rules, p.lookup)
  if ('blocked' in way) {
    p.seen.stop(way.blocked)
    return say(response, 403, wordsFor(way.blocked))
  }
  const socket = await connectFirst(way.to, target.port)
  if (socket === undefined) return say(response, 502, `${showHost(target)} does not answer.`)
  keep(p.open, socket)
  p.seen.pass(target)
  const onward = httpRequest({
    createConnection: () => socket,
    method: request.method,
    path: url.pathname + url.search,
    setHost: false,
    headers: { ...withoutHops(request.headers), host: url.host, connection: 'close' },
  })
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers))
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  response.once('close', () => socket.destroy())
  request.pipe(onward)
}

function withoutHops(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/u)
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.includes(name) && !named.includes(name)))
}

/** `CONNECT host:port`: bytes both ways, once the place is allowed. TLS inside must ask for the same name: who serves many would answer as any of them. */
async function passTunnel(p: Passage, request: IncomingMessage, inside: Duplex, head: Buffer): Promise<void> {
  keep(p.open, inside)
  const target = parseHostPort(request.url ?? '')
  if (target === undefined) return refuse(inside, '400 Bad Request', 'CONNECT wants host:port.')
  const internal = p.internal.get(target.host)
  if (internal !== undefined && target.port === 80) return talkInTunnel(internal, inside, head)
  if (internal !== undefined) return refuse(inside, '400 Bad Request', `${target.host} is asked by plain http://.`)
  const way = await decideWay(target, p.rules, p.lookup)
  if ('blocked' in way) {
    p.seen.stop(way.blocked)
    return refuse(inside, '403 Forbidden', wordsFor(way.blocked))
  }
  const outside = await connectFirst(way.to, target.port)
  if (outside === undefined) return refuse(inside, '502 Bad Gateway', `${showHost(target)} does not answer.`)
  keep(p.open, outside)
  if (inside.destroyed) return void outside.destroy()
  p.seen.pass(target)
  inside.write('HTTP/1.1 200 Connection established\r\n\r\n')
  outside.pipe(inside)
  passOnceJudged(p, target, { inside, outside, head })
  inside.once('close', () => outside.destroy())
  outside.once('close', () => inside.destroy())
}

/** Node's own `fetch` tunnels plain HTTP too: what comes through is taken as requests to Lugh's own handler. */
function talkInTunnel(internal: InternalHost, inside: Duplex, head: Buffer): void {
  const server = createServer({ maxHeaderSize: 32 * 1024, keepAliveTimeout: 30_000, requestTimeout: 0 }, internal)
  server.on('clientError', (_error, socket) => void socket.destroy())
  inside.write('HTTP/1.1 200 Connection established\r\n\r\n')
  if (head.length > 0) inside.unshift(head)
  server.emit('connection', inside)
}

/** Holds back what comes from inside until it is known whom it asks for. What the other side says first comes through meanwhile. */
function passOnceJudged(p: Passage, target: HostPort, { inside, outside, head }: { inside: Duplex; outside: Socket; head: Buffer }): void {
  let held = head
  let passed = false
  const pass = (): void => {
    passed = true
    inside.off('data', look)
    outside.write(held)
    inside.pipe(outside)
  }
  const look = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk])
    const hello = readHello(held)
    if (hello.kind === 'more') return
    const other = hello.kind === 'tls' ? hello.names.find((name) => parseHostPort(name, target.port)?.host !== target.host) : undefined
    if (hello.kind !== 'broken' && other === undefined) return pass()
    p.seen.stop({ host: (other ?? target.host).slice(0, MAX_NAME), port: target.port, reason: 'other-name' })
    inside.destroy()
    outside.destroy()
  }
  inside.on('data', look)
  inside.once('end', () => {
    if (!passed) outside.end(held)
  })
  if (head.length > 0) look(Buffer.alloc(0))
}

function wordsFor({ host, port, reason, address }: Blocked): string {
  const place = showHost({ host, port })
  if (reason === 'unknown-name') return `${place} has no address.`
  if (reason === 'other-name') return `${place} was asked for inside a tunnel that was opened to another name.`
  if (reason === 'never') return `${place} is never reachable from here.`
  if (reason === 'private') return `${place} is in the machine's own network (${address ?? host}), which nobody has allowed.`
  return `${place} is not among the hosts this project may reach.`
}

function say(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-lugh': 'blocked', connection: 'close' }).end(`Lugh: ${words}\n`)
}

function refuse(socket: Duplex, status: string, words: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nX-Lugh: blocked\r\nConnection: close\r\n\r\nLugh: ${words}\n`)
}

/** Tries the addresses in turn. Undefined when none answers. */
async function connectFirst(addresses: readonly string[], port: number): Promise<Socket | undefined> {
  for (const host of addresses) {
    const socket = await connectTo(host, port)
    if (socket !== undefined) return socket
  }
  return undefined
}

function connectTo(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const fail = (): void => {
      socket.destroy()
      resolve(undefined)
    }
    socket.setTimeout(CONNECT_TIMEOUT_MS, fail)
    socket.once('error', fail)
    socket.once('connect', () => {
      socket.removeListener('error', fail)
      socket.setTimeout(IDLE_MS, () => socket.destroy())
      resolve(socket)
    })
  })
}
