/**
 * Commands an agent lets run while it goes on. They live in this process for one stretch of work: when the run parks, finishes or is
 * stopped they are ended, so that nothing runs on that no card shows.
 */
import { sleep } from '#core'
import type { BackgroundCommands, ToolOutcome } from '#engines'
import type { Finished } from '#sandbox'

/** Runs of one stretch at once; each may hold as much memory as a test run. */
const RUNNING_MAX = 4
/** Characters kept between two looks; the newest stay. */
const KEPT_MAX = 30_000

type Running = {
  readonly callId: string
  readonly abort: AbortController
  readonly ended: Promise<string>
  end: string | undefined
  fresh: string
}
type Runner = (signal: AbortSignal, onOutput: (text: string) => void) => Promise<Finished>

export type Background = Pick<BackgroundCommands, 'look' | 'stop'> & {
  /** Lets a command run; answers its name. */
  begin(run: Runner, callId: string): ToolOutcome
  /** The call that began it; undefined when there is no such command. */
  callOf(id: string): string | undefined
  endAll(): Promise<void>
}

/** `describe`: how an end is told to a model. */
export function createBackground(describe: (finished: Finished) => string): Background {
  const all = new Map<string, Running>()

  const begin = (run: Runner, callId: string): ToolOutcome => {
    const busy = [...all.values()].filter(({ end }) => end === undefined)
    if (busy.length >= RUNNING_MAX)
      return { output: `${RUNNING_MAX} commands run in the background already: end one with check_command first.`, isError: true }
    const id = `bg${all.size + 1}`
    const abort = new AbortController()
    const entry: Running = { callId, abort, end: undefined, fresh: '', ended: Promise.resolve('') }
    const hear = (text: string): void => {
      entry.fresh = (entry.fresh + text).slice(-KEPT_MAX)
    }
    const ended = run(abort.signal, hear)
      .then(describe, (error: unknown) => (abort.signal.aborted ? 'ended' : error instanceof Error ? error.message : 'could not be run'))
      .then((end) => (entry.end = end.split('\n')[0] ?? 'ended'))
    all.set(id, Object.assign(entry, { ended }))
    return { output: `Runs in the background as ${id}. Look at it with check_command. Other commands cannot reach its ports.`, isError: false }
  }

  const look = async (id: string, waitMs: number): Promise<ToolOutcome> => {
    const entry = all.get(id)
    if (entry === undefined) return unknown(id)
    if (entry.end === undefined && waitMs > 0) await Promise.race([entry.ended, sleep(waitMs)])
    const { fresh, end } = entry
    entry.fresh = ''
    return {
      output: `${id} ${end === undefined ? 'still runs' : `has ended: ${end}`}\n${fresh === '' ? '(nothing new printed)' : fresh}`,
      isError: false,
    }
  }

  return {
    begin,
    look,
    callOf: (id) => all.get(id)?.callId,
    stop: async (id) => {
      const entry = all.get(id)
      if (entry === undefined) return unknown(id)
      entry.abort.abort()
      await entry.ended
      return look(id, 0)
    },
    endAll: async () => {
      for (const { abort } of all.values()) abort.abort()
      await Promise.all([...all.values()].map(({ ended }) => ended))
    },
  }
}

function unknown(id: string): ToolOutcome {
  return {
    output: `No command ${id} runs: it ended when you finished, waited for the person, or Lugh was restarted. Start it again if you need it.`,
    isError: true,
  }
}
