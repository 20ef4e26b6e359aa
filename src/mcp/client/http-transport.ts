/** A server at an address, over Streamable HTTP: no redirects to elsewhere, and every answer counted before it is parsed. */
import { StreamableHTTPClientTransport, type FetchLike, type Transport } from '@modelcontextprotocol/client'
import { createGuard } from './guard.ts'

export type Reaching = { readonly transport: Transport; readonly over: () => { readonly why: string } | undefined }

export function httpTransport(url: string, headers: Readonly<Record<string, string>>): Reaching {
  let over: { why: string } | undefined
  const closing = new AbortController()
  const guarded: FetchLike = async (to, init) => {
    if (over !== undefined) throw new Error(over.why)
    const signal = init?.signal == null ? closing.signal : AbortSignal.any([init.signal, closing.signal])
    const response = await fetch(to, { ...init, redirect: 'error', signal })
    if (response.body === null) return response
    const guard = createGuard({ lines: response.headers.get('content-type')?.includes('event-stream') === true })
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        const much = guard.feed(bytes)
        if (much === undefined) return controller.enqueue(bytes)
        over = { why: much }
        controller.error(new Error(much))
        closing.abort(new Error(much))
      },
    })
    return new Response(response.body.pipeThrough(counted), { status: response.status, statusText: response.statusText, headers: response.headers })
  }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: guarded,
    requestInit: { headers, redirect: 'error' },
    onInsufficientScope: 'throw',
    reconnectionOptions: { initialReconnectionDelay: 1000, maxReconnectionDelay: 10_000, reconnectionDelayGrowFactor: 2, maxRetries: 1 },
  })
  return { transport, over: () => over }
}
