/**
 * Who may use a folder: one process at a time, held by the operating system (the file lock SQLite takes), so that `kill -9`, a reused
 * process id or two starts in the same instant can never leave it wrong. Never open or delete the lock file otherwise: closing any
 * other handle of it in this process would silently drop the lock.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LughError } from '#core'
import { z } from 'zod'

/** SQLite's result code for a lock that somebody else holds. */
const SQLITE_BUSY = 5

export type Lock = { release(): void }

/** Kept in sight of the garbage collector: collecting an open database closes it, and with it goes the lock. */
const held = new Set<DatabaseSync>()

const Holder = z.object({ pid: z.number(), since: z.string() })

/**
 * Takes `home` (made if missing, private to its owner) for this process until `release` or its death. Throws `home.locked`, and
 * `config.invalid` where the folder cannot be used at all.
 */
export function lockHome(home: string): Lock {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    chmodSync(home, 0o700)
  } catch (error) {
    throw unusable(home, error)
  }
  return lockFile(join(home, 'lock'))
}

/** Takes one lock file; who holds it stands beside it, for people only. Throws as `lockHome` does. */
export function lockFile(path: string): Lock {
  const file = openFile(path)
  try {
    file.exec('begin exclusive')
    writeFileSync(`${path}.json`, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }), { mode: 0o600 })
  } catch (error) {
    file.close()
    throw isBusy(error) ? locked(path, error) : unusable(dirname(path), error)
  }
  held.add(file)
  return {
    release: () => {
      held.delete(file)
      if (file.isOpen) file.close()
    },
  }
}

function openFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 })
  } catch (error) {
    throw unusable(dirname(path), error)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function locked(path: string, cause: unknown): LughError {
  const who = holder(path)
  const named = who === undefined ? '' : `, process ${who.pid} since ${who.since}`
  const way = who === undefined ? 'Stop that one' : `Use that one, stop it with \`kill ${who.pid}\``
  return new LughError('home.locked', `Another Lugh already runs on ${dirname(path)}${named}. ${way}, or set LUGH_HOME to another folder.`, { cause })
}

function unusable(folder: string, cause: unknown): LughError {
  const detail = cause instanceof Error ? cause.message : String(cause)
  return new LughError('config.invalid', `The folder ${folder} cannot be written; set LUGH_HOME to one that can.`, { cause, detail })
}

/** The holder writes its name just after it has the lock, so for an instant there may be none, or the last one's. */
function holder(path: string): z.output<typeof Holder> | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(`${path}.json`, 'utf8')))
  } catch {
    return undefined
  }
}
