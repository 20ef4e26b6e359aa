/** Answers that stay open: when they are over, and that they do not outlive the token they were asked for with. */

/** Between two looks whether a token still is one: a revoked one hears nothing after that. */
export const LOOK_MS = 15_000

/** The same answer. `over` is called once: after its last byte, or when nobody reads it any more. */
export function whenOver(answer: Response, over: () => void): Response {
  const { body } = answer
  if (body === null) {
    over()
    return answer
  }
  let called = false
  const end = (): void => {
    if (!called) over()
    called = true
  }
  const reader = body.getReader()
  const passed = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await reader.read().catch((error: unknown) => {
        end()
        throw error
      })
      if (value !== undefined) controller.enqueue(value)
      if (!done) return
      end()
      controller.close()
    },
    cancel: async (reason) => {
      end()
      await reader.cancel(reason)
    },
  })
  return new Response(passed, { status: answer.status, headers: answer.headers })
}

/** The same answer, cut off as soon as `alive` says no. What cannot be looked at now is looked at again. */
export function whileAlive(answer: Response, alive: () => Promise<boolean>): Response {
  const { body } = answer
  if (body === null) return answer
  const reader = body.getReader()
  const look = (): void =>
    void alive().then(
      (still) => (still ? undefined : reader.cancel()),
      () => undefined,
    )
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  const passed = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await reader.read()
      if (value !== undefined) controller.enqueue(value)
      if (done) controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return whenOver(new Response(passed, { status: answer.status, headers: answer.headers }), () => clearInterval(timer))
}
