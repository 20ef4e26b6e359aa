/**
 * The launcher itself: a small process beside Lugh that starts processes, passes on what they say and reports their end. It is never
 * busy, so it is also the one that counts them and ends a crowd (crowd.ts). Decides nothing else and loads nothing; it ends the moment Lugh does, which takes everything behind walls with it.
 */
import { constants, openSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { watchCrowds } from './crowd.ts'
import { FRAME, type Frame, frame, frameReader, LAUNCHER_LINE, readOrder } from './frames.ts'
import { LAUNCHER_NICENESS } from './limits.ts'
import { sendSignal } from './processes.ts'
import { type Child, closeAll, startHere } from './start-process.ts'

/** More than this waiting for Lugh to read: the command waits too. */
const WAITING_BYTES = 1024 * 1024

/** How long what is behind walls may outlive Lugh if its socket does not tell: below the two seconds that are promised. */
const LOOK_EVERY_MS = 1_000

/** Whom the kernel prefers where it shares the processor among sessions first; a session of its own begins as everybody's equal. */
const OWN_SESSION = '/proc/self/autogroup'

const lugh = process.ppid
goFirst()
/** Behind walls and still running. Bubblewrap ends with this process by itself, but only once it has got as far as asking the kernel for it. */
const walled = new Set<number>()
const crowds = watchCrowds()
const line = new Socket({ fd: LAUNCHER_LINE, readable: true, writable: true })
/** What arrived for an order before the order itself. */
const inputs = new Map<number, Buffer>()
const letters = new Map<number, Buffer[]>()

line.on('data', frameReader(heard))
for (const over of ['end', 'error', 'close'] as const) line.on(over, leave)
// A socket tells at once. This is for the day it does not.
setInterval(() => (process.ppid === lugh ? undefined : leave()), LOOK_EVERY_MS)
// A terminal's Ctrl-C reaches the whole group; Lugh decides when its commands end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

/**
 * To count it needs its turn, also beside a bomb. Each command has a session of its own (`detached`), so none inherits this, and where it is
 * refused (nobody but root may, and not every kernel has it) the launcher counts as everybody's equal.
 */
function goFirst(): void {
  try {
    writeFileSync(OWN_SESSION, String(LAUNCHER_NICENESS))
  } catch {
    // it counts in any case
  }
}

function heard({ kind, job, body }: Frame): void {
  if (kind === FRAME.input) inputs.set(job, Buffer.from(body))
  else if (kind === FRAME.letter) letters.set(job, [...(letters.get(job) ?? []), Buffer.from(body)])
  else if (kind === FRAME.order) void launch(job, body)
}

async function launch(job: number, body: Buffer): Promise<void> {
  const opened: number[] = []
  /** Lugh's own descriptor, opened a second time by its name: descriptors cannot be sent over a socket from Node. */
  const borrowed = (descriptor: number | undefined, flags: number): number | undefined => {
    if (descriptor === undefined) return undefined
    const mine = openSync(`/proc/${lugh}/fd/${descriptor}`, flags)
    opened.push(mine)
    return mine
  }
  try {
    const order = readOrder(body)
    const child = await startHere({
      ...order,
      stdin: inputs.get(job) ?? borrowed(order.stdin, constants.O_RDONLY),
      stdout: borrowed(order.stdout, constants.O_WRONLY),
      stderr: borrowed(order.stderr, constants.O_WRONLY),
      letters: order.lettered ? (letters.get(job) ?? []) : undefined,
    })
    if (order.lettered && child.pid !== undefined) guard(child.pid, child.exited)
    attend(job, child)
    if (order.confinement !== undefined && child.pid !== undefined) count(job, child.pid, order.confinement.processes, child.exited)
  } catch (error) {
    refuse(job, error)
  } finally {
    closeAll(opened)
    inputs.delete(job)
    letters.delete(job)
  }
}

function guard(pid: number, exited: Promise<unknown>): void {
  walled.add(pid)
  const gone = (): void => void walled.delete(pid)
  exited.then(gone, gone)
}

function count(job: number, pid: number, processes: number, exited: Promise<unknown>): void {
  const enough = crowds.watch(pid, processes, () => line.write(frame(FRAME.crowded, job)))
  exited.then(enough, enough)
}

/** Ends, and with it all that runs behind walls. Lugh's own git is left to finish: it may be in the middle of the person's files. */
function leave(): void {
  for (const pid of walled) sendSignal(-pid, 'SIGKILL')
  process.exit(0)
}

function attend(job: number, child: Child): void {
  if (child.pid !== undefined) line.write(frame(FRAME.started, job, String(child.pid)))
  passOn(job, FRAME.stdout, child.stdout)
  passOn(job, FRAME.stderr, child.stderr)
  passOn(job, FRAME.status, child.status)
  child.exited.then(
    ({ code, signal }) => line.write(frame(FRAME.exit, job, `${code ?? ''}\0${signal ?? ''}`)),
    (error: unknown) => refuse(job, error),
  )
}

function passOn(job: number, kind: number, stream: Readable | null): void {
  if (stream === null) return
  stream.on('data', (chunk: Buffer) => {
    line.write(frame(kind, job, chunk))
    if (line.writableLength <= WAITING_BYTES) return
    stream.pause()
    line.once('drain', () => stream.resume())
  })
  stream.once('close', () => line.write(frame(FRAME.end, job, String(kind))))
}

function refuse(job: number, error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  line.write(frame(FRAME.refused, job, `${code}\0${error instanceof Error ? error.message : String(error)}`))
}
