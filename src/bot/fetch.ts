/**
 * The platform's own fetch for grammY. grammY brings node-fetch 2, which waits for ever for an answer that was cut in the middle
 * (measured: until our own timeout, 20 s, with the whole chat waiting); the platform's fails at once. Holds no logic of its own.
 */
/** What grammY passes: its polyfilled signal, and a stream of Node's where it uploads a file. */
type Init = {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | AsyncIterable<Uint8Array>
  readonly signal?: { readonly aborted: boolean; addEventListener(type: 'abort', heard: () => void): void }
}

/** To be handed to grammY's client. */
export async function platformFetch(url: string | URL, { method, headers, body, signal }: Init = {}): Promise<Response> {
  const ending = new AbortController()
  if (signal?.aborted === true) ending.abort()
  signal?.addEventListener('abort', () => ending.abort())
  return fetch(url, {
    signal: ending.signal,
    duplex: 'half',
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  })
}
