/**
 * Searches files for a regular expression, in a thread of its own: a pattern that never ends (they come from a model) then hangs
 * this thread alone, which is ended from outside. Where there is much to read it asks outside, once, which files are worth it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { globTest } from './glob.ts'
import { textOf } from './text-files.ts'
import { walk } from './walk.ts'
import { errorCode } from './file-errors.ts'
import { readBytes } from './worktree-files.ts'

/** Larger files are data or generated; a search through them shows nothing a person would want to read. */
const SEARCHED_MAX_BYTES = 1024 * 1024
/** Files read before it is asked which others are worth reading: asking costs about as much as reading so many. */
export const READ_FIRST = 300
/** Characters shown of a matching line. */
const SHOWN_MAX = 240

export const SearchOrder = z.object({
  worktree: z.string(),
  path: z.string(),
  pattern: z.string(),
  flags: z.string(),
  glob: z.string().optional(),
  max: z.number(),
  /** Whether it can be told which files hold what every match holds. */
  narrows: z.boolean(),
})
export type SearchOrder = z.infer<typeof SearchOrder>
export const SearchFound = z.object({ lines: z.array(z.string()), more: z.boolean() })
export type SearchFound = z.infer<typeof SearchFound>

/** Which files hold what every match holds; null: that is not known. */
const Narrowed = z.object({ files: z.array(z.string()).nullable() })
export type Narrowed = z.infer<typeof Narrowed>

/** Goes through the files and collects matching lines as `path:line: text`. */
async function search(order: SearchOrder, narrow: () => Promise<Narrowed>): Promise<SearchFound> {
  const expression = new RegExp(order.pattern, order.flags)
  const wanted = order.glob === undefined ? () => true : (globTest(order.glob) ?? (() => false))
  const lines: string[] = []
  let read = 0
  let worth: ReadonlySet<string> | undefined
  for await (const path of filesUnder(order)) {
    if (!wanted(path) || worth?.has(path) === false) continue
    const text = await readQuietly(order.worktree, path)
    if (++read === READ_FIRST && order.narrows) {
      const { files } = await narrow()
      if (files !== null) worth = new Set(files)
    }
    if (text === undefined) continue
    for (const [index, line] of text.split('\n').entries()) {
      if (!expression.test(line)) continue
      if (lines.length === order.max) return { lines, more: true }
      lines.push(`${path}:${index + 1}: ${line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX).toWellFormed()}…` : line.replace(/\r$/, '')}`)
    }
  }
  return { lines, more: false }
}

/** `path` may be a file as well. */
async function* filesUnder({ worktree, path }: SearchOrder): AsyncGenerator<string> {
  try {
    for await (const visit of walk(worktree, path, 64)) if (visit.kind === 'file') yield visit.path
  } catch (error) {
    if (errorCode(error) !== 'ENOTDIR') throw error
    yield path
  }
}

async function readQuietly(worktree: string, path: string): Promise<string | undefined> {
  try {
    return textOf(await readBytes(worktree, path, SEARCHED_MAX_BYTES))
  } catch {
    return undefined // gone, unreadable or too large: the search goes on without it
  }
}

/** What the thread says: what it found, the system's code of what went wrong, or that it wants to know which files are worth reading. */
export const SearchAnswer = z.union([SearchFound, z.object({ code: z.string(), message: z.string() }), z.object({ narrow: z.literal(true) })])

const order = SearchOrder.safeParse(workerData)
if (parentPort !== null && order.success) {
  const port = parentPort
  const narrow = (): Promise<Narrowed> =>
    new Promise((resolve) => {
      port.once('message', (answer: unknown) => resolve(Narrowed.parse(answer)))
      port.postMessage({ narrow: true })
    })
  search(order.data, narrow).then(
    (found) => port.postMessage(found),
    (error: unknown) => port.postMessage({ code: errorCode(error) ?? '', message: error instanceof Error ? error.message : String(error) }),
  )
}
