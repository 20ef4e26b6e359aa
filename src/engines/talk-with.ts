/** A program of an engine that is talked with over its standard streams, as the two streams that protocols' own libraries want. */
import { PassThrough, type Readable, type Writable } from 'node:stream'
import type { Finished } from '#sandbox'
import { sleep } from '#core'
import type { Program, Session } from './session-port.ts'

/** How long it has to end by itself once nothing more is asked of it: it writes its conversation down meanwhile. */
const LAST_MS = 1500

export type Talking = {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Resolves when it is gone, however that came. Never rejects before `close` was asked. */
  readonly ended: Promise<Finished>
  /** How it ended, once it has by itself. */
  readonly gone: () => Finished | undefined
  /** Ends its input, waits a moment, then ends it. Resolves when nothing of it is left. */
  readonly close: () => Promise<Finished>
}

/** Starts it behind the walls of this run. What it says on stderr is kept by the sandbox for the error. */
export function talkWith(session: Pick<Session, 'launch'>, program: Omit<Program, 'talk' | 'stdin' | 'signal'>): Talking {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const stop = new AbortController()
  const ended = session
    .launch({
      ...program,
      signal: stop.signal,
      talk: { onStart: (input) => void stdin.pipe(input), onStdout: (bytes) => void stdout.write(bytes) },
    })
    .finally(() => stdout.end())
  let gone: Finished | undefined
  ended.then(
    (finished) => (gone = finished),
    () => undefined, // whoever waits for it hears of it
  )
  return {
    stdin,
    stdout,
    ended,
    gone: () => gone,
    close: async () => {
      stdin.end()
      const enough = new AbortController()
      await Promise.race([ended.catch(() => undefined), sleep(LAST_MS, enough.signal).catch(() => undefined)])
      enough.abort()
      stop.abort()
      return ended
    },
  }
}
