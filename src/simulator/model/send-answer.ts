/** Writes one answer to a caller, whole or misbehaving as told. Ends quietly when the caller goes away. */
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { AnswerMessage } from './answer.ts'
import { refusalBody, type RefusalType } from './api-refusal.ts'
import type { Fault } from './fault.ts'
import { eventsOf, wholeMessage, type StreamEvent } from './stream-events.ts'

export type Reply = { readonly response: ServerResponse; readonly requestId: string; readonly gone: AbortSignal }

/** The API's type of an HTTP status. */
function typeOf(status: number): RefusalType {
  if (status === 401) return 'authentication_error'
  if (status === 402) return 'billing_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 413) return 'request_too_large'
  if (status === 429) return 'rate_limit_error'
  if (status === 529) return 'overloaded_error'
  return status >= 500 ? 'api_error' : 'invalid_request_error'
}

const WORDS: Readonly<Record<number, string>> = {
  429: 'This request would exceed the rate limit for your organization',
  500: 'Internal server error',
  529: 'Overloaded',
}

/** A refusal in the API's shape. */
export function sendRefusal(
  { response, requestId }: Reply,
  status: number,
  type: RefusalType,
  message: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': requestId, ...headers })
  response.end(JSON.stringify(refusalBody(type, message, requestId)))
}

/** Plays a fault that comes before any answer; answers whether it did. */
export async function playEarlyFault(reply: Reply, fault: Fault): Promise<boolean> {
  if (fault.kind === 'reset') reply.response.destroy()
  else if (fault.kind === 'hang' && fault.begun !== true) await untilGone(reply.gone)
  else if (fault.kind === 'status') sendStatus(reply, fault)
  else return false
  return true
}

function sendStatus(reply: Reply, fault: Extract<Fault, { kind: 'status' }>): void {
  const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
  if (fault.body === undefined)
    return sendRefusal(reply, fault.status, typeOf(fault.status), fault.message ?? WORDS[fault.status] ?? 'Error', headers)
  reply.response.writeHead(fault.status, { 'content-type': 'text/html', ...headers })
  reply.response.end(fault.body)
}

/** The message as one body. */
export function sendWhole({ response, requestId }: Reply, message: AnswerMessage): void {
  response.writeHead(200, { 'content-type': 'application/json', 'request-id': requestId })
  response.end(JSON.stringify(wholeMessage(message)))
}

/** The message as a stream of events, with the fault that belongs to it, if any. */
export async function sendStream(reply: Reply, message: AnswerMessage, fault: Fault | undefined): Promise<void> {
  const { response, requestId, gone } = reply
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'request-id': requestId })
  const events = eventsOf(message, fault?.kind === 'broken-json')
  for (const [n, event] of events.entries()) {
    if (gone.aborted) return
    if (fault?.kind === 'cut' && n === fault.afterEvents) return fault.clean === true ? void response.end() : void response.destroy()
    if (n === 1 && fault?.kind === 'hang') return untilGone(gone)
    if (n === 1 && fault?.kind === 'error-event')
      return void response.end(frameOf({ type: 'error', error: { type: fault.type ?? 'overloaded_error', message: 'Overloaded' } }))
    await write(response, Buffer.from(frameOf(event)), fault?.kind === 'trickle' ? fault.bytes : undefined)
  }
  response.end()
}

function frameOf(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}

async function write(response: ServerResponse, bytes: Buffer, pieceBytes: number | undefined): Promise<void> {
  if (pieceBytes === undefined) {
    response.write(bytes)
    return
  }
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    response.write(bytes.subarray(at, at + pieceBytes))
    await nextTick()
  }
}

function untilGone(gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve()
    else gone.addEventListener('abort', () => resolve(), { once: true })
  })
}
