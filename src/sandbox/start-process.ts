/**
 * Starts one process and answers its streams, in this very process. Knows nothing of walls, limits or burials.
 * `fork` copies the page tables of whoever starts: 24 ms of standstill at 260 MB on two cores, below 1 ms in a small process (see launcher.ts).
 */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { closeSync, writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import { Duplex, Readable, Writable } from 'node:stream'
import { withNothingInherited } from './descriptors.ts'
import { NICENESS } from './limits.ts'

/** Of a control group: a process whose number is written here belongs to it from then on. */
export const MEMBERS = 'cgroup.procs'

export type Order = {
  readonly argv: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** A descriptor to read from, or the bytes themselves; absent: nothing to read. */
  readonly stdin?: number | string | Uint8Array | undefined
  /** Descriptors to write to; absent: a stream of `Child`. */
  readonly stdout?: number | undefined
  readonly stderr?: number | undefined
  /** Written to descriptors 4, 5 and so on; descriptor 3 is then `Child.status`. */
  readonly letters?: readonly (string | Uint8Array)[] | undefined
  /** For commands of others. */
  readonly confinement?: Confinement | undefined
}

export type Confinement = {
  /** How many processes it may be, with all that it starts; the launcher counts. */
  readonly processes: number
  /** The directory of its control group, where it has one. */
  readonly group?: string | undefined
}

export type Child = {
  /** Undefined when it could not be started: `exited` then says why. */
  readonly pid: number | undefined
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly status: Readable | null
  readonly exited: Promise<Exit>
  /** Resolves when the launcher has ended it for having become too many. */
  readonly crowded?: Promise<void>
}
export type Exit = { readonly code: number | null; readonly signal: string | null }

/** How a process is started: here or by the launcher. Descriptors of the order stay the caller's, to close once it is answered. */
export type Start = (order: Order) => Promise<Child>

/** Starts the order from this process, in a process group of its own. Throws what `spawn` throws (E2BIG, EAGAIN, EMFILE). */
export const startHere: Start = (order) => {
  const [file, ...args] = order.argv
  const { stdin, stdout, stderr, letters } = order
  const input = stdin === undefined ? 'ignore' : typeof stdin === 'number' ? stdin : 'pipe'
  const posts = letters === undefined ? [] : ['pipe' as const, ...letters.map(() => 'pipe' as const)]
  const stdio: StdioOptions = withNothingInherited([input, stdout ?? 'pipe', stderr ?? 'pipe', ...posts])
  // `detached`: its own process group, so that one signal reaches them all.
  const child = spawn(file, args, { cwd: order.cwd, env: order.env, detached: true, stdio })
  // Before its letters are sent: bubblewrap reads its arguments from one, so it cannot have started anything yet.
  if (order.confinement !== undefined && child.pid !== undefined) confine(child.pid, order.confinement)
  const gone = exitOf(child)
  gone.catch(() => undefined) // whoever awaits it is told; until then nobody may be listening
  if (child.stdin !== null && typeof stdin !== 'number') send(child.stdin, stdin ?? '')
  const [incoming, ...outgoing] = letters === undefined ? [] : child.stdio.slice(3)
  for (const [i, letter] of (letters ?? []).entries()) {
    const stream = outgoing[i]
    if (stream instanceof Writable || stream instanceof Duplex) send(stream, letter)
  }
  const status = incoming instanceof Readable ? incoming : null
  for (const stream of [child.stdout, child.stderr, status]) stream?.on('error', ignoreBrokenPipe)
  return Promise.resolve({ pid: child.pid, stdout: child.stdout, stderr: child.stderr, status, exited: gone })
}

/** What it starts inherits both. Either may be refused (it ended already, the group was removed): the other limits hold without. */
function confine(pid: number, { group }: Confinement): void {
  const steps = [
    () => (group === undefined ? undefined : writeFileSync(join(group, MEMBERS), String(pid))),
    () => setPriority(pid, Math.min(constants.priority.PRIORITY_LOW, getPriority() + NICENESS)),
  ]
  for (const step of steps) {
    try {
      step()
    } catch {
      // the launcher counts in any case
    }
  }
}

/** Closes descriptors; for callers that have handed them on. */
export function closeAll(descriptors: readonly (number | undefined)[]): void {
  for (const descriptor of descriptors) if (descriptor !== undefined) closeSync(descriptor)
}

function send(stream: Writable, bytes: string | Uint8Array): void {
  stream.on('error', ignoreBrokenPipe).end(bytes)
}

/** A command may end without reading what it was sent, or be killed while it speaks; its exit code tells what matters. */
export function ignoreBrokenPipe(): void {
  // the end of the process is reported by its exit
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', (error) => (child.pid === undefined ? reject(error) : undefined))
  })
}
