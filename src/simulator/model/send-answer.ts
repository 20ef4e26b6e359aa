/** Writes one answer to a caller, whole or misbehaving as told. Ends quietly when the caller goes away. */
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { AnswerMessage } from './answer.ts'
import type { ApiRefusal } from './api-refusal.ts'
import type { Dialect } from './dialect.ts'
import type { Fault } from './fault.ts'

export type Reply = { readonly response: ServerResponse; readonly requestId: string; readonly gone: AbortSignal; readonly dialect: Dialect }

/** A refusal in the API's shape. */
export function sendRefusal({ response, requestId, dialect }: Reply, refusal: ApiRefusal, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(refusal.status, { 'content-type': 'application/json', 'request-id': requestId, ...headers })
  response.end(JSON.stringify(dialect.refusalBody(refusal, requestId)))
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
  if (fault.body === undefined) return sendRefusal(reply, reply.dialect.statusRefusal(fault), headers)
  reply.response.writeHead(fault.status, { 'content-type': 'text/html', ...headers })
  reply.response.end(fault.body)
}

/** The message as one body. */
export function sendWhole({ response, requestId, dialect }: Reply, message: AnswerMessage): void {
  response.writeHead(200, { 'content-type': 'application/json', 'request-id': requestId })
  response.end(JSON.stringify(dialect.whole(message)))
}

/** The message as a stream of events, with the fault that belongs to it, if any. */
export async function sendStream(reply: Reply, message: AnswerMessage, fault: Fault | undefined): Promise<void> {
  const { response, requestId, gone, dialect } = reply
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'request-id': requestId })
  const frames = dialect.frames(message, fault?.kind === 'broken-json')
  for (const [n, frame] of frames.entries()) {
    if (gone.aborted) return
    if (fault?.kind === 'cut' && n === fault.afterEvents) return fault.clean === true ? void response.end() : void response.destroy()
    if (n === 1 && fault?.kind === 'hang') return untilGone(gone)
    if (n === 1 && fault?.kind === 'error-event') return void response.end(dialect.errorFrame(fault))
    await write(response, Buffer.from(frame), fault?.kind === 'trickle' ? fault.bytes : undefined)
  }
  response.end()
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
