/**
 * Fetches one page for an agent, from Lugh's own process: only from places that are allowed, each redirect decided anew, and only from
 * addresses that were checked. What lies in the machine's own network is out of reach whatever the rules say, since Lugh stands outside the
 * walls. Sends no cookie, no credential and no body.
 */
import { lookup as dnsLookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type Blocked, decideWay, type Lookup } from './decide.ts'
import { canonicalHost, type HostPort, type HostRule } from './host.ts'

/** A page; a browser gives up at 20. */
const REDIRECTS_MAX = 5
/** All of it, redirects included: an agent waits for it, and a person for the agent. */
const FETCH_MS = 30_000
/** Documentation and logs stay far below; more is a download, which a command can do. */
const BODY_MAX_BYTES = 5 * 1024 * 1024
const HEADERS_MAX_BYTES = 32 * 1024
const REDIRECTS: readonly (number | undefined)[] = [301, 302, 303, 307, 308]

export type FetchRequest = {
  readonly url: string
  readonly rules: readonly HostRule[]
  readonly signal: AbortSignal
  readonly lookup?: Lookup
  /** For tests: where the checked address is really found. */
  readonly dial?: (address: string) => string
}

/** `refused`: it is no address to fetch, or the server did not behave; in words. `truncated`: there was more than is kept. */
export type Fetched =
  | {
      readonly kind: 'page'
      readonly url: string
      readonly status: number
      readonly type: string
      readonly body: Buffer
      readonly truncated: boolean
    }
  | { readonly kind: 'blocked'; readonly blocked: Blocked; readonly from?: string }
  | { readonly kind: 'refused'; readonly why: string }

type Answer = Extract<Fetched, { kind: 'page' }> | { readonly kind: 'moved'; readonly to: string }

/** Fetches with GET. Throws the signal's reason when it is aborted, nothing else. */
export async function fetchUrl(request: FetchRequest): Promise<Fetched> {
  const lookup = request.lookup ?? systemLookup
  const rules = request.rules.filter((rule) => rule.private !== true)
  const late = AbortSignal.timeout(FETCH_MS)
  const signal = AbortSignal.any([request.signal, late])
  let at = request.url
  for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
    const url = fetchable(at)
    if (typeof url === 'string') return { kind: 'refused', why: url }
    try {
      const way = await within(decideWay(placeOf(url), rules, lookup), signal)
      if ('blocked' in way) return { kind: 'blocked', blocked: way.blocked, ...(hop === 0 ? {} : { from: request.url }) }
      const answer = await ask(url, way.to.map(request.dial ?? ((address) => address)), signal)
      if (answer.kind === 'page') return answer
      at = answer.to
    } catch (error) {
      request.signal.throwIfAborted()
      return {
        kind: 'refused',
        why: late.aborted ? `it took longer than ${FETCH_MS / 1000} s` : error instanceof Error ? error.message : 'it failed',
      }
    }
  }
  return { kind: 'refused', why: `it leads from one address to the next more than ${REDIRECTS_MAX} times` }
}

const systemLookup: Lookup = async (host) => (await dnsLookup(host, { all: true, verbatim: false })).map(({ address }) => address)

/** The address, or why it cannot be fetched. */
function fetchable(text: string): URL | string {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return 'only whole addresses that begin with http:// or https:// can be fetched'
  if (url.username !== '' || url.password !== '') return 'the address holds a name or a password; those are never sent'
  return url
}

function placeOf(url: URL): HostPort {
  const usual = url.protocol === 'https:' ? 443 : 80
  return { host: canonicalHost(url.hostname), port: url.port === '' ? usual : Number(url.port) }
}

/** A name server that does not answer must not hold an agent for longer than a page would. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function ask(url: URL, addresses: readonly string[], signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const options = {
    method: 'GET',
    signal,
    agent: false,
    lookup: only(addresses),
    maxHeaderSize: HEADERS_MAX_BYTES,
    headers: { 'user-agent': 'Lugh', accept: 'text/html, text/*, application/json, */*;q=0.5', 'accept-encoding': 'identity' },
  }
  const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options)
  request.once('error', reject)
  request.once('response', (response) => {
    read(url, response)
      .then(resolve, reject)
      .finally(() => request.destroy())
  })
  request.end()
  return promise
}

/** The addresses that were checked and no other, whatever the name leads to by now. */
function only(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, options, done) => {
    const [first] = found
    if (options.all === true) done(null, found)
    else if (first === undefined) done(new Error('it has no address'), '', 4)
    else done(null, first.address, first.family)
  }
}

async function read(url: URL, response: IncomingMessage): Promise<Answer> {
  const { location } = response.headers
  if (REDIRECTS.includes(response.statusCode) && location !== undefined) {
    const to = URL.parse(location, url.href)
    if (to === null) throw new Error('it leads on to something that is no address')
    return { kind: 'moved', to: to.href }
  }
  const coding = response.headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity') throw new Error(`it answers compressed (${coding.slice(0, 20)}) although that was not asked for`)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    chunks.push(chunk)
    size += chunk.length
    if (size > BODY_MAX_BYTES) break
  }
  return {
    kind: 'page',
    url: url.href,
    status: response.statusCode ?? 0,
    type: response.headers['content-type'] ?? '',
    body: Buffer.concat(chunks).subarray(0, BODY_MAX_BYTES),
    truncated: size > BODY_MAX_BYTES,
  }
}
