/**
 * What a command printed, kept for the person who wants to see all of it: a model and a card are shown less. Known secrets and what looks
 * like a key are taken out before it is written, also where the middle was cut.
 */
import { errorText, nameHidden, withoutTerminalCodes, type TaskId } from '#core'
import { insertLog } from '#db'
import { CappedOutput } from '#sandbox'
import type { Machinery } from './machinery.ts'

/** Of one command, half from its start and half from its end: a test run of 10,000 lines, and one answer to a program. */
export const LOG_BYTES = 1_000_000
/** More than the longest key with its first and last line: a cut through one would leave a half that nobody knows as one. */
const SEAM = 9000

/** Hears a command; never holds much more than is kept. */
export function newLog(): CappedOutput {
  return new CappedOutput(LOG_BYTES)
}

export type Printed = { readonly taskId: TaskId; readonly callId: string; readonly heard: CappedOutput }

/**
 * Writes what was heard if it is more than the `elsewhere` bytes that another row holds; answers whether it did. Not under the claim: what was
 * printed stays true when the task has moved on. A log that cannot be written is worth a warning, not the step.
 */
export async function keepLog(m: Pick<Machinery, 'db' | 'redact' | 'log'>, { taskId, callId, heard }: Printed, elsewhere = 0): Promise<boolean> {
  if (heard.total <= elsewhere) return false
  try {
    await insertLog(m.db, { taskId, callId, text: logText(heard, m.redact), printed: heard.total })
    return true
  } catch (error) {
    m.log.warn({ task: taskId, error: errorText(error) }, 'log.not-kept')
    return false
  }
}

/** Without keys, also those that are coloured in part; the colours stay where they hide none. */
function withoutKeys(text: string, redact: (text: string) => string): string {
  const clean = redact(text)
  const plain = withoutTerminalCodes(clean)
  const cleaner = redact(plain)
  return cleaner === plain ? clean : cleaner
}

/** All of it, or its head and tail with how much is missing between them. */
export function logText(heard: CappedOutput, redact: (text: string) => string): string {
  if (!heard.truncated) return withoutKeys(heard.text(), redact)
  const ends = heard.ends()
  const [head, tail] = [withoutKeys(ends.head, redact), withoutKeys(ends.tail, redact)]
  const [to, from] = [endOfLine(head, head.length - SEAM), startOfLine(tail, SEAM)]
  const left = ends.missing + Buffer.byteLength(head.slice(to)) + Buffer.byteLength(tail.slice(0, from))
  return `${head.slice(0, to)}\n… ${left} bytes left out …\n${tail.slice(from)}`
}

/** The end of the last line before `at`; `at` itself where there is none near. */
function endOfLine(text: string, at: number): number {
  const end = text.lastIndexOf('\n', at)
  return end > at - SEAM && end >= 0 ? end : Math.max(0, at)
}

/** The start of the first line from `at` on; `at` itself where there is none near. */
function startOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end >= 0 && end < at + SEAM ? end + 1 : at
}

/** What a terminal would show of it: colours left out, of a line that was drawn over its last state. Other hidden characters are named. */
export function shownLog(text: string): string {
  const lines = withoutTerminalCodes(text).split('\n')
  const drawn = lines.map((line) => line.replace(/\r$/u, '')).map((line) => line.slice(line.lastIndexOf('\r') + 1))
  return nameHidden(drawn.join('\n').toWellFormed()).trimEnd()
}
