/**
 * A server at an address, over Streamable HTTP: no redirects, and every answer counted before it is parsed. What a server says about its own
 * login is a word in a sentence and nothing that is fetched.
 */
import { StreamableHTTPClientTransport, type FetchLike, type Transport } from '@modelcontextprotocol/client'
import { oneLine, sleep } from '#core'
import { AGAIN_MS, GOODBYE_MS, LATEST_AGAIN_MS, MAX_CONNECTION_BYTES } from './caps.ts'
import { createGuard } from './guard.ts'

/** Characters of an address in a sentence. */
const ADDRESS_MAX = 100

export type Reaching = {
  readonly transport: Transport
  readonly over: () => { readonly why: string } | undefined
  /** Why the newest answer was none, where Lugh knows better than the library: it wants a login, or sends elsewhere. */
  readonly refused: () => { readonly why: string; readonly login: boolean } | undefined
  /** Ends the session at the server, for as long as it makes no difference to anybody. */
  readonly goodbye: () => Promise<void>
}

/** `headers`: with the secrets in them, by which the sentence about a login tells a missing token from a wrong one. */
export function httpTransport(url: string, headers: Readonly<Record<string, string>>): Reaching {
  let over: { why: string } | undefined
  let refused: { why: string; login: boolean } | undefined
  let heard = 0
  const closing = new AbortController()
  const guarded: FetchLike = async (to, init) => {
    if (over !== undefined) throw new Error(over.why)
    const signal = init?.signal == null ? closing.signal : AbortSignal.any([init.signal, closing.signal])
    const response = await fetch(to, { ...init, redirect: 'manual', signal })
    refused = refusalOf(response, url, headers)
    if (refused !== undefined && !refused.login) {
      await response.body?.cancel()
      throw new Error(refused.why)
    }
    if (response.body === null) return response
    const guard = createGuard(response.headers.get('content-type')?.includes('event-stream') === true ? 'events' : 'one')
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        heard += bytes.length
        const much = heard > MAX_CONNECTION_BYTES ? `it said more than ${MAX_CONNECTION_BYTES / 1024 / 1024} MB in all` : guard.feed(bytes)
        if (much === undefined) return controller.enqueue(bytes)
        over = { why: much }
        controller.error(new Error(much))
        closing.abort(new Error(much))
        // A stream that broke would be waited for; who waits for an answer is told now.
        void transport.close().catch(() => undefined)
      },
    })
    return new Response(response.body.pipeThrough(counted), { status: response.status, statusText: response.statusText, headers: response.headers })
  }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: guarded,
    requestInit: { headers, redirect: 'manual' },
    onInsufficientScope: 'throw',
    reconnectionOptions: {
      initialReconnectionDelay: AGAIN_MS,
      maxReconnectionDelay: LATEST_AGAIN_MS,
      reconnectionDelayGrowFactor: 2,
      maxRetries: 1,
    },
    // A server says when it wants to be asked again, and could say: at once, for ever.
    reconnectionScheduler: (reconnect, wished) => {
      const timer = setTimeout(reconnect, Math.min(LATEST_AGAIN_MS, Math.max(AGAIN_MS, wished)))
      return () => clearTimeout(timer)
    },
  })
  const goodbye = async (): Promise<void> => {
    if (over !== undefined) return
    const enough = new AbortController()
    await Promise.race([transport.terminateSession().catch(() => undefined), sleep(GOODBYE_MS, enough.signal).catch(() => undefined)])
    enough.abort()
  }
  return { transport, over: () => over, refused: () => refused, goodbye }
}

function refusalOf({ status, headers: said }: Response, url: string, given: Readonly<Record<string, string>>): ReturnType<Reaching['refused']> {
  if (status === 401 || status === 403) return { why: loginWords(status, said.get('www-authenticate') ?? '', Object.keys(given)), login: true }
  if (status < 300 || status >= 400) return undefined
  const to = URL.parse(said.get('location') ?? '', url)
  const where = to === null ? 'elsewhere' : oneLine(`${to.origin}${to.pathname}`, ADDRESS_MAX)
  return { why: `it sends on to ${where}, and Lugh follows no redirect: if that is its address, connect that one`, login: false }
}

/** What is missing, and the way out, which is a token: Lugh signs in nowhere by itself. */
function loginWords(status: number, challenge: string, given: readonly string[]): string {
  const token = 'put a token into the .env of LUGH_HOME and name it, as in Authorization=env:NAME'
  if (given.length > 0)
    return status === 403
      ? `it does not let in what it is given as ${given.join(', ')} (HTTP 403): the token lacks a right, so ${token.replace('a token', 'one that has it')}`
      : `it does not take what it is given as ${given.join(', ')} (HTTP 401): the token is wrong or has expired, so ${token.replace('a token', 'a new one')}`
  const oauth = /resource_metadata|scope=/iu.test(challenge)
    ? '; it offers a sign-in by OAuth, which Lugh does not do, so take a personal or service token from its own pages'
    : ''
  return `it wants a login (HTTP ${status}): ${token}${oauth}`
}
