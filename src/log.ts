/** The log: events with ids as JSON lines in LUGH_HOME, warnings on the console too. No secret passes it, whatever it is given. */
import { existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { errorText, redactKeys } from '#core'
import pino, { type Logger } from 'pino'

/** Two files of this size are kept: enough for weeks of events, small enough to send. */
const MAX_LOG_BYTES = 20 * 1024 * 1024

export type LogOptions = {
  readonly home: string
  readonly level: string
  readonly console: (line: string) => void
}

/** Opens the log; the previous file is kept as `lugh.log.1` when it has grown too large. */
export function openLog(options: LogOptions): Logger {
  const folder = join(options.home, 'log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'lugh.log')
  if (existsSync(path) && statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`)
  const file = openSync(path, 'a', 0o600)
  let refused = false
  const write = (line: string): void => {
    const clean = redactKeys(line)
    // A full disk takes no line of the log, and that must not take Lugh: what went wrong is said where it went wrong.
    try {
      writeSync(file, clean)
      refused = false
    } catch (error) {
      if (!refused) options.console(`The log cannot be written, and goes on when it can: ${errorText(error)}`)
      refused = true
    }
    if (LEVEL.exec(clean)?.[1] === 'warn' || LEVEL.exec(clean)?.[1] === 'error') options.console(clean.trimEnd())
  }
  return pino(
    { level: options.level, base: {}, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    { write },
  )
}

const LEVEL = /"level":"(\w+)"/u
