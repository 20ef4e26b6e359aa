/**
 * Lugh's end of the launcher: processes are started by a small process beside this one, since starting them from a large one
 * stands still for its whole page table (measured: 24 ms at 260 MB, 57 ms at 900 MB, 1 ms through the launcher) and a task takes fifty.
 * Never a wall: it runs as Lugh, knows no command from another, and where it cannot be had Lugh starts processes itself.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { getCompileCacheDir } from 'node:module'
import { Duplex, PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { withNothingInherited } from './descriptors.ts'
import { FRAME, type Frame, frame, frameReader, writeOrder } from './frames.ts'
import { type Child, type Exit, type Order, type Start, startHere } from './start-process.ts'

export type Launcher = {
  readonly start: Start
  /** Ends it. Whoever still waits for a command hears that it was killed. */
  close(): Promise<void>
}

/** Its own file, whether run from source or as published. */
const PROGRAM = fileURLToPath(new URL(`./launcher-process${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))
/** It holds a few open pipes and short strings. */
const SMALL = ['--max-old-space-size=64', '--max-semi-space-size=1']

/** Answers a launcher, running beside this process from now on; when it was killed the next start of a process brings it back. */
export function createLauncher(): Launcher {
  // Descriptors are handed over by their names in /proc.
  if (!existsSync('/proc/self/fd')) return { start: startHere, close: () => Promise.resolve() }
  let line = openLine()
  let closed = false
  return {
    start: async (order) => {
      if (closed) return startHere(order)
      if (line.over()) line = openLine()
      return line.start(order)
    },
    close: async () => {
      closed = true
      await line.close()
    },
  }
}

type Line = { start: Start; over(): boolean; close(): Promise<void> }

function openLine(): Line {
  const cache = getCompileCacheDir()
  const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }
  const child = spawn(process.execPath, [...SMALL, PROGRAM], {
    cwd: '/',
    env,
    detached: true, // a terminal's Ctrl-C is Lugh's to answer
    stdio: withNothingInherited(['ignore', 'ignore', 'ignore', 'pipe']),
  })
  const socket = child.stdio[3]
  if (!(socket instanceof Duplex)) throw new Error('the launcher has no line')
  const jobs = new Map<number, Waiting>()
  let count = 0
  let over = false
  const ended = endOf(child)
  void ended.then(() => {
    over = true
    for (const waiting of jobs.values()) waiting.lost()
    jobs.clear()
  })
  socket.on('error', () => undefined) // its end says everything
  socket.on(
    'data',
    frameReader((said) => {
      const waiting = jobs.get(said.job)
      if (waiting?.hear(said) === 'over') jobs.delete(said.job)
    }),
  )
  return {
    start: (order) => {
      count += 1
      const waiting = new Waiting(order)
      const { stdin } = order
      const written = writeOrder({ ...order, stdin: typeof stdin === 'number' ? stdin : undefined, lettered: order.letters !== undefined })
      jobs.set(count, waiting)
      if (stdin !== undefined && typeof stdin !== 'number') socket.write(frame(FRAME.input, count, stdin))
      for (const letter of order.letters ?? []) socket.write(frame(FRAME.letter, count, letter))
      socket.write(frame(FRAME.order, count, written))
      return waiting.started
    },
    over: () => over,
    close: async () => {
      socket.destroy()
      await ended
    },
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}

/** One ordered process, as far as it is known. */
class Waiting {
  readonly started: Promise<Child>
  readonly #exit = Promise.withResolvers<Exit>()
  readonly #start = Promise.withResolvers<Child>()
  readonly #crowded = Promise.withResolvers<void>()
  readonly #streams: Readonly<Record<number, PassThrough | null>>
  #open: number
  #pid: number | undefined
  #ended = false

  constructor(order: Order) {
    this.started = this.#start.promise
    this.#exit.promise.catch(() => undefined) // whoever awaits it is told; until then nobody may be listening
    this.#streams = {
      [FRAME.stdout]: order.stdout === undefined ? new PassThrough() : null,
      [FRAME.stderr]: order.stderr === undefined ? new PassThrough() : null,
      [FRAME.status]: order.letters === undefined ? null : new PassThrough(),
    }
    this.#open = Object.values(this.#streams).filter((stream) => stream !== null).length
  }

  /** Answers `over` after the last frame of this process. */
  hear({ kind, body }: Frame): 'over' | 'more' {
    if (kind === FRAME.started) this.#begin(Number(body.toString()))
    else if (kind === FRAME.refused) this.#refused(body.toString())
    else if (kind === FRAME.exit) this.#exited(body.toString())
    else if (kind === FRAME.crowded) this.#crowded.resolve()
    else if (kind === FRAME.end) this.#close(Number(body.toString()))
    else this.#streams[kind]?.write(Buffer.from(body))
    return this.#ended && this.#open === 0 ? 'over' : 'more'
  }

  /** The launcher is gone, and with it what it had started: as if the command had been killed. */
  lost(): void {
    if (this.#pid === undefined) this.#start.reject(new Error('the launcher ended'))
    this.#exit.resolve({ code: null, signal: 'SIGKILL' })
    for (const stream of Object.values(this.#streams)) stream?.end()
  }

  #begin(pid: number | undefined): void {
    this.#pid = pid
    const stream = (kind: number): PassThrough | null => this.#streams[kind] ?? null
    this.#start.resolve({
      pid,
      stdout: stream(FRAME.stdout),
      stderr: stream(FRAME.stderr),
      status: stream(FRAME.status),
      exited: this.#exit.promise,
      crowded: this.#crowded.promise,
    })
  }

  #refused(said: string): void {
    const [code = '', message = ''] = said.split('\0')
    this.#exit.reject(Object.assign(new Error(message), { code }))
    for (const kind of Object.keys(this.#streams)) this.#close(Number(kind))
    this.#ended = true
    this.#begin(undefined)
  }

  #exited(said: string): void {
    const [code = '', signal = ''] = said.split('\0')
    this.#ended = true
    this.#exit.resolve({ code: code === '' ? null : Number(code), signal: signal === '' ? null : signal })
  }

  #close(kind: number): void {
    const stream = this.#streams[kind]
    if (stream === undefined || stream === null || stream.writableEnded) return
    stream.end()
    this.#open -= 1
  }
}
