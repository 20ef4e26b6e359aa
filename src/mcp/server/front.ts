/** What a request must be before anything of it is read: called by a name of this machine, from no foreign page, not too often. */
import type { Principal } from './principal.ts'

/** Wishes of 50,000 characters in four-byte letters, with room: more is no call of a tool. */
export const MAX_BODY_BYTES = 1024 * 1024

const LOCAL = ['localhost', '127.0.0.1', '[::1]', '::1']

/** The name without its port; undefined for what is none. */
function hostname(host: string): string | undefined {
  const match = /^(\[[0-9a-f:]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/iu.exec(host)
  return match?.[1]?.toLowerCase()
}

/** Refuses names and pages that are not ours (DNS rebinding). No header of a proxy is believed. Undefined: nothing against it. */
export function refuseForeign(headers: Headers, hosts: readonly string[]): Response | undefined {
  const known = [...LOCAL, ...hosts.map((host) => host.toLowerCase())]
  const host = hostname(headers.get('host') ?? '')
  if (host === undefined || !known.includes(host)) return refusal(403, -32_000, 'This Lugh is not called by that name. LUGH_PUBLIC_URL names it.')
  const origin = headers.get('origin')
  if (origin === null) return undefined
  const page = URL.canParse(origin) ? new URL(origin) : undefined
  const web = page !== undefined && ['http:', 'https:'].includes(page.protocol) && page.origin === origin
  return web && known.includes(page.hostname.toLowerCase()) ? undefined : refusal(403, -32_000, 'No page of that origin may speak to this Lugh.')
}

/** An error in the protocol's own form, with its HTTP status. */
export function refusal(status: number, code: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ jsonrpc: '2.0', id: null, error: { code, message } }, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

/** The sentence for a token that was refused for `seconds`. */
export function tooMany({ perMinute }: Pick<Principal, 'perMinute'>, seconds: number): string {
  return `Too many calls: this token has ${perMinute} a minute. Try again in ${seconds} s.`
}

const MINUTE_MS = 60_000
/** Tokens that called lately; a row in the table each, so there are few. */
const MAX_BUCKETS = 10_000

export type Pace = (who: Pick<Principal, 'key' | 'perMinute'>, messages?: number) => number | undefined

/** Counts messages of each token. Answers the seconds to wait, or undefined while there is room. In memory: a restart is generous. */
export function createPace(now: () => number): Pace {
  const buckets = new Map<string, { left: number; at: number }>()
  return ({ key, perMinute }, messages = 1) => {
    const at = now()
    const bucket = buckets.get(key) ?? { left: perMinute, at }
    const left = Math.min(perMinute, bucket.left + ((at - bucket.at) / MINUTE_MS) * perMinute)
    if (buckets.size >= MAX_BUCKETS) buckets.clear()
    buckets.set(key, { left: left < messages ? left : left - messages, at })
    return left < messages ? Math.ceil(((messages - left) / perMinute) * (MINUTE_MS / 1000)) : undefined
  }
}
