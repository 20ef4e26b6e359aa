/**
 * Real pipes for a command's streams. Node gives children sockets, and a socket cannot be opened by name: `echo x > /dev/stderr`,
 * `tee /dev/stderr` and `cat /dev/stdin` fail on it ("No such device or address"), and scripts do that often. Node cannot make
 * a pipe, so named ones are made (many at once, 2 ms) and their names removed as soon as they are open.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, mkdirSync, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Socket } from 'node:net'
import { spaceError } from './view.ts'

const PREFIX = 'pipes-'

/** Two streams a command, eight commands at once. */
const BATCH = 16

export type Pipes = {
  /** `childEnd` is a descriptor to hand to the child and to close then; `ours` is read from. Undefined where none can be made: sockets must do there. */
  forOutput(): Promise<OpenPipe | undefined>
  /** A descriptor to hand to the child and to close then, from which it reads these bytes. */
  forInput(bytes: string | Uint8Array): number
  /** A descriptor to hand to the child and to close then, from which it reads what is written to `ours`. Undefined where none can be made. */
  forTalk(): Promise<TalkPipe | undefined>
  /** Removes what earlier lives left in `directory`. */
  sweep(): Promise<void>
  close(): Promise<void>
}
export type TalkPipe = { readonly childEnd: number; readonly ours: Socket }
export type OpenPipe = { readonly childEnd: number; readonly ours: Socket }

/** Pipes whose names live, for a moment, in a directory of their own below `directory`. */
export function createPipes(directory: string): Pipes {
  const own = join(directory, PREFIX + randomName())
  const names: string[] = []
  let making: Promise<boolean> | undefined
  const makeMore = async (): Promise<boolean> => {
    const made = await makeNamed(own)
    names.push(...made)
    return made.length > 0
  }
  const take = async (): Promise<string | undefined> => {
    for (let name = names.pop(); ; name = names.pop()) {
      if (name !== undefined) return name
      making ??= makeMore().finally(() => (making = undefined)) // one batch for all who wait
      if (!(await making)) return undefined
    }
  }
  return {
    forOutput: async () => {
      const name = await take()
      return name === undefined ? undefined : openOutput(name)
    },
    forTalk: async () => {
      const name = await take()
      return name === undefined ? undefined : openTalk(name)
    },
    forInput: (bytes) => {
      makeDirectory(own)
      return openInput(join(own, randomName()), bytes)
    },
    sweep: () => removeEarlier(directory, PREFIX, own),
    close: () => rm(own, { recursive: true, force: true }),
  }
}

/** Removes what earlier lives left in a directory under names that begin so; this life's own stays. */
export async function removeEarlier(directory: string, prefix: string, own: string): Promise<void> {
  const left = (await readdir(directory)).filter((name) => name.startsWith(prefix)).map((name) => join(directory, name))
  await Promise.all(left.filter((path) => path !== own).map((path) => rm(path, { recursive: true, force: true })))
}

async function makeNamed(directory: string): Promise<string[]> {
  makeDirectory(directory)
  const names = Array.from({ length: BATCH }, () => join(directory, randomName()))
  return new Promise((resolve) => {
    const environment = { PATH: '/usr/local/bin:/usr/bin:/bin' }
    // No such program, or a file system that has no pipes.
    execFile('mkfifo', ['-m', '600', ...names], { env: environment }, (error) => resolve(error === null ? names : []))
  })
}

function randomName(): string {
  return randomBytes(6).toString('hex')
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw spaceError(error) ?? error
  }
}

/**
 * A pipe opens only when both ends are wanted, so the reading end is opened first without waiting. The child's end must be a
 * waiting one (programs do not expect EAGAIN), which is a property of the opening, not of the pipe.
 */
function openOutput(name: string): OpenPipe {
  try {
    const ours = new Socket({ fd: openSync(name, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
    return { childEnd: openSync(name, constants.O_WRONLY), ours }
  } finally {
    unlinkSync(name)
  }
}

/** As above, the other way round: a writing end opens without waiting only when somebody reads, so a reader is there for that moment. */
function openTalk(name: string): TalkPipe {
  try {
    const first = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK)
    const ours = new Socket({ fd: openSync(name, constants.O_WRONLY | constants.O_NONBLOCK), readable: false, writable: true })
    const childEnd = openSync(name, constants.O_RDONLY)
    closeSync(first)
    return { childEnd, ours }
  } finally {
    unlinkSync(name)
  }
}

/** A nameless file with these bytes, opened for reading from its start. Not a pipe: a named one cannot be opened again once its writer is done. */
function openInput(name: string, bytes: string | Uint8Array): number {
  try {
    writeFileSync(name, bytes, { mode: 0o600 })
    return openSync(name, constants.O_RDONLY)
  } catch (error) {
    throw spaceError(error) ?? error
  } finally {
    rmSync(name, { force: true })
  }
}
