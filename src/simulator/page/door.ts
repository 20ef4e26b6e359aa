/**
 * Who may see the page. The printed key opens it for one browser: the key can be exchanged for a cookie until the first cookie
 * opens the event stream; from then on only that cookie counts. So a link scanner or `curl` does not use the link up, a
 * reload works, and a key found later in a history, log or process list opens nothing. Never compares secrets in varying time.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** 128 bits in base64url: what cannot be guessed. */
const MIN_KEY_LENGTH = 22
/** Exchanges before the page is open; a client that keeps no cookies must not grow this without end. */
const MAX_PENDING = 32
/** A week: closing the browser must not lock the person out. The session itself ends with this process. */
const COOKIE_SECONDS = 604_800
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/

/** Takes the one-time key of the URL (at least 22 characters) and the port that Host must name. */
export function createDoor(key: string, port: () => number) {
  if (key.length < MIN_KEY_LENGTH) throw new RangeError(`The page's key needs at least ${MIN_KEY_LENGTH} characters.`)
  // Cookies are shared by all ports of a host: the name keeps two simulators apart.
  const name = `lugh_page_${hash(key).toString('hex').slice(0, 12)}`
  const pending = new Set<string>()
  let holder: string | undefined

  /** Whether the request names this machine: a page elsewhere can point its name here, but not change what the browser sends. */
  function isLocal(request: IncomingMessage): boolean {
    const match = LOOPBACK.exec(request.headers.host ?? '')
    return match !== null && Number(match[1] ?? 80) === port()
  }

  /** Whether the request was made by this very page: `post` must name its Origin, a `GET` may leave it out. */
  function isOwn(request: IncomingMessage, post: boolean): boolean {
    const { origin } = request.headers
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && (post || site !== 'none')) return false
    return origin === undefined ? !post : origin === `http://${request.headers.host ?? ''}`
  }

  /** The cookie header for a right key that may still be used, `undefined` for any other. */
  function exchange(given: string): string | undefined {
    if (!same(given, key) || holder !== undefined || pending.size >= MAX_PENDING) return undefined
    const session = randomBytes(24).toString('base64url')
    pending.add(session)
    return `${name}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE_SECONDS}`
  }

  function sessionOf(request: IncomingMessage): string | undefined {
    const given = (request.headers.cookie ?? '')
      .split(/;\s*/)
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1)
    if (given === undefined) return undefined
    const open = holder === undefined ? [...pending] : [holder]
    return open.find((session) => same(given, session))
  }

  /** Whether the request carries a cookie that counts. */
  function knows(request: IncomingMessage): boolean {
    return sessionOf(request) !== undefined
  }

  /** As `knows`, and from now on this is the only cookie that counts. */
  function take(request: IncomingMessage): boolean {
    const session = sessionOf(request)
    if (session === undefined) return false
    holder = session
    pending.clear()
    return true
  }

  return { isLocal, isOwn, exchange, knows, take }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(hash(a), hash(b))
}
