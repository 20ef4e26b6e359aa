/** Why an engine that is a program of its own did not come to its end, for a phone. */
import { LughError, oneLine, withoutTerminalCodes } from '#core'
import type { Finished } from '#sandbox'
import { z } from 'zod'

const QUOTE_MAX = 300

/** What was thrown, where it says anything; JSON-RPC puts the cause into `data`. */
const Said = z.object({ message: z.string(), data: z.object({ details: z.string() }).nullish().catch(undefined) })

/** Of an engine that is talked with: its own words, or how its program ended where that was why. */
export function gaveUp(what: string, failure: unknown, finished: Finished | undefined): LughError {
  if (failure instanceof LughError) return failure
  if (finished !== undefined && finished.endedBy !== 'abort' && finished.exitCode !== 0) return ended(what, { ...finished, stdout: '' })
  const said = Said.safeParse(failure).data
  const words = [said?.message, said?.data?.details].filter((word) => word !== undefined && word !== '').join(': ')
  return new LughError('engine.failed', `${what} gave up: ${oneLine(words === '' ? 'it did not say why' : words, QUOTE_MAX)}`, { cause: failure })
}

/** How a program of an engine ended badly, for a phone. */
export function ended(
  what: string,
  finished: { exitCode: number | null; endedBy: string | null; limit?: string; stderr: string; stdout: string },
): LughError {
  const last = oneLine(
    withoutTerminalCodes(finished.stderr.trim() === '' ? finished.stdout : finished.stderr)
      .trim()
      .slice(-QUOTE_MAX),
    QUOTE_MAX,
  )
  const how =
    finished.endedBy === 'timeout'
      ? 'took too long and was ended'
      : finished.endedBy === 'limit'
        ? `was ended: ${finished.limit ?? 'it used too much'}`
        : finished.exitCode === 127
          ? 'was not found inside the sandbox'
          : `ended with exit code ${finished.exitCode ?? 'unknown'}`
  return new LughError('engine.failed', `${what} ${how}${last === '' ? '.' : `: ${last}`}`)
}
