/** The thread that draws. It holds what drawing loads (fonts, grammars, the canvas: 150 MB) and ends with it. Knows nothing but the patches it is given. */
import { parentPort } from 'node:worker_threads'
import { errorText } from '#core'
import { drawDiff, warmUp } from './draw-diff.ts'
import type { FromPainter, ToPainter } from './port.ts'

const port = parentPort
if (port === null) throw new Error('picture-worker.ts runs as a worker thread only')

port.on('message', (message: ToPainter) => void serve(message))

async function serve({ id, wanted }: ToPainter): Promise<void> {
  const answer = await work(id, wanted)
  port?.postMessage(answer)
}

async function work(id: number, wanted: ToPainter['wanted']): Promise<FromPainter> {
  try {
    if (wanted !== undefined) return { id, drawn: await drawDiff(wanted) }
    await warmUp()
    return { id }
  } catch (error) {
    return { id, failure: errorText(error) }
  }
}
