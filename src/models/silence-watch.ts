/**
 * A `fetch` that gives up on a connection which has gone silent. The provider sends pings while a model thinks, so bytes
 * are watched and not events: a long thought is not silence, a dead line is.
 */

/** Longest quiet in a stream. Pings come every few seconds; two minutes without a single byte is a dead line. */
export const SILENCE_MS = 120_000

/** Thrown inside the stream when nothing came for too long. */
class SilentStream extends Error {
  override readonly name = 'SilentStream'
}

/** Wraps a `fetch`: the body of its answers fails with `SilentStream` after `silenceMs` without a byte. */
export function watchSilence(fetcher: typeof fetch, silenceMs: number = SILENCE_MS): typeof fetch {
  return async (input, init) => {
    const response = await fetcher(input, init)
    if (response.body === null) return response
    const { status, statusText, headers } = response
    return new Response(watched(response.body, silenceMs), { status, statusText, headers })
  }
}

function watched(body: ReadableStream<Uint8Array>, silenceMs: number): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await readInTime(reader, silenceMs)
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

type Piece = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

function readInTime(reader: ReadableStreamDefaultReader<Uint8Array>, silenceMs: number): Promise<Piece> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new SilentStream(`no byte for ${silenceMs} ms`)
      reject(error)
      reader.cancel(error).catch(() => undefined)
    }, silenceMs)
    reader
      .read()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}
