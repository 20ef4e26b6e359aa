/**
 * The drawing of diffs, on a thread of its own that begins with the first picture and ends some minutes after the last: a start and an idle Lugh
 * pay nothing for it, and a picture holds up nobody. Loads nothing heavy itself.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { LughError, errorText } from '#core'
import type { DiffToDraw, DrawnDiff, FromPainter, Painter, ToPainter } from './port.ts'

/** The same file as `.ts` in the sources and as `.js` in the published package. */
const WORKER = new URL(`./picture-worker${extname(import.meta.url)}`, import.meta.url)

/** The thread holds about 150 MB; a review a person is at work on brings the next picture sooner than this. */
const IDLE_MS = 5 * 60_000
/** Four pages take half a second on a busy machine, the first ones two; whatever takes longer is stuck. */
const DRAW_MS = 20_000

type Waiting = { readonly resolve: (answer: FromPainter) => void; readonly reject: (error: Error) => void; readonly timer: NodeJS.Timeout }

export function createPainter(options: { idleMs?: number; drawMs?: number } = {}): Painter {
  const { idleMs = IDLE_MS, drawMs = DRAW_MS } = options
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0
  let closed = false
  const waiting = new Map<number, Waiting>()

  const end = async (why: string): Promise<void> => {
    const ended = thread
    thread = undefined
    clearTimeout(idle)
    for (const [id, { reject, timer }] of waiting) {
      waiting.delete(id)
      clearTimeout(timer)
      reject(new Error(why))
    }
    await ended?.terminate()
  }
  const open = (): Worker => {
    if (thread !== undefined) return thread
    // No environment and no flags of the process: the thread needs none, and secrets have no business there.
    const made = new Worker(WORKER, { env: {}, execArgv: [], name: 'lugh-pictures' })
    const lost = (why: string): void => {
      if (thread === made) void end(why)
    }
    made.on('message', (answer: FromPainter) => {
      const waits = waiting.get(answer.id)
      waiting.delete(answer.id)
      clearTimeout(waits?.timer)
      if (waiting.size === 0) {
        made.unref()
        idle = setTimeout(() => void end('idle'), idleMs).unref()
      }
      waits?.resolve(answer)
    })
    made.on('error', (error) => lost(errorText(error)))
    made.on('exit', () => lost('the thread of pictures has ended'))
    thread = made
    return made
  }
  const ask = (wanted?: DiffToDraw): Promise<FromPainter> => {
    if (closed) return Promise.reject(new Error('the drawing of pictures is closed'))
    const worker = open()
    clearTimeout(idle)
    worker.ref() // what was asked for is waited for; an idle thread keeps no process alive
    const id = ++lastId
    const message: ToPainter = wanted === undefined ? { id } : { id, wanted }
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject, timer: setTimeout(() => void end(`no picture within ${drawMs} ms`), drawMs).unref() })
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, no window
      worker.postMessage(message)
    })
  }
  return {
    async draw(wanted): Promise<DrawnDiff> {
      const answer = await ask(wanted).catch((cause: unknown): FromPainter => ({ id: 0, failure: errorText(cause) }))
      if (answer.drawn !== undefined) return answer.drawn
      throw new LughError('internal', 'The picture could not be drawn.', { detail: answer.failure ?? 'no reason given' })
    },
    warm() {
      ask().catch(() => undefined)
    },
    async close() {
      closed = true
      await end('closing')
    },
  }
}
