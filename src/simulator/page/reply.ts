/** How the page's server answers: every answer carries the same strict headers, whatever it holds. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Only this origin's own scripts and styles; no markup from strings even by a slip of the page's own code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(self), geolocation=()',
  'cache-control': 'no-store',
}

/** Ends the response. `headers` win over the common ones. */
export function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type, 'content-length': String(Buffer.byteLength(body)), ...headers })
  response.end(body)
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(value))
}

/** Starts an event stream; the caller writes to the response. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
  response.flushHeaders()
}

/** The body as text, or undefined when it is longer than `max` bytes. */
export async function readBody(request: IncomingMessage, max: number): Promise<string | undefined> {
  return (await readBytes(request, max))?.toString('utf8')
}

/** The body as it is, or undefined when it is longer than `max` bytes. */
export async function readBytes(request: IncomingMessage, max: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    length += bytes.byteLength
    if (length > max) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
