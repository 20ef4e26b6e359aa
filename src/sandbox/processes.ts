/**
 * Who runs on this machine, and whose they are: read from /proc, or from `ps` where there is no /proc.
 * Never kills by name; only by process id, looked up a moment before.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'

export type Process = {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Dead, waiting for its parent to notice. */
  readonly zombie: boolean
  /** Clock ticks since boot at which it began: with the pid, an identity that outlives reuse of the number. */
  readonly started: number
  readonly residentBytes: number
}

/** Every process, zombies included. Empty where there is no /proc. */
export function listProcesses(): Process[] {
  return pids().flatMap((pid) => readProcess(pid) ?? [])
}

function pids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return [] // no /proc: nothing can be said about others here
  }
}

/** One process, or undefined when it is gone. */
export function readProcess(pid: number): Process | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name stands in brackets and may itself hold brackets and blanks: fields are counted after the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (field: number): number => Number(fields[field - 3])
  return {
    pid,
    parent: number(4),
    group: number(5),
    session: number(6),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    started: number(22),
    residentBytes: number(24) * pageBytes(),
  }
}

let knownPageBytes: number | undefined
function pageBytes(): number {
  knownPageBytes ??= Number(/KernelPageSize:\s+(\d+) kB/.exec(read('/proc/self/smaps') ?? '')?.[1] ?? 4) * 1024
  return knownPageBytes
}

/** The process and everything below it in the family tree. */
export function familyOf(pid: number, all: readonly Process[]): Process[] {
  const children = Map.groupBy(all, (each) => each.parent)
  const family = all.filter((each) => each.pid === pid)
  for (const member of family) family.push(...(children.get(member.pid) ?? []))
  return family
}

/** Memory of several processes with shared pages counted once (slow: the kernel walks their page tables), or undefined when it cannot be read. */
export function proportionalBytes(processes: readonly Process[]): number | undefined {
  let kilobytes = 0
  for (const { pid } of processes) {
    const rollup = read(`/proc/${pid}/smaps_rollup`)
    if (rollup === undefined) continue
    const pss = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]
    if (pss === undefined) return undefined
    kilobytes += Number(pss)
  }
  return kilobytes * 1024
}

/** Bytes a process and its waited-for children sent to storage, what was dropped again before it got there taken off. */
export function writtenBytes(pid: number): number {
  const io = read(`/proc/${pid}/io`) ?? ''
  const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1] ?? 0)
  return count('write_bytes') - count('cancelled_write_bytes')
}

export type Marked = { readonly process: Process; readonly value: string }

/**
 * Those whose environment holds `NAME=value…` with a value that begins so. Environments of other users cannot be read and are
 * skipped. `after`: a process that all of them descend from, so that on a busy machine only few have to be looked at.
 */
export function withEnvironment(name: string, valueStart: string, after?: number): Marked[] {
  const wanted = `${name}=${valueStart}`
  if (!HAS_PROC) return markedIn(listWithPs(), name, wanted)
  const young = after === undefined ? pids() : pids().filter(isYoungerThan(after))
  return young.flatMap((pid) => {
    const line = read(`/proc/${pid}/environ`)
      ?.split('\0')
      .find((each) => each.startsWith(wanted))
    const process = line === undefined ? undefined : readProcess(pid)
    return line === undefined || process === undefined || process.zombie ? [] : [{ process, value: line.slice(name.length + 1) }]
  })
}

/** Numbers are given out upwards until they start again from below: then everybody may be younger. */
function isYoungerThan(pid: number): (other: number) => boolean {
  const last = Number((read('/proc/loadavg') ?? '').trim().split(' ').at(-1))
  return (other) => other > pid || !(last >= pid)
}

const HAS_PROC = existsSync('/proc/self/stat')

function listWithPs(): string {
  try {
    return execFileSync('/bin/ps', ['-axwwE', '-o', 'pid=,ppid=,pgid=,command='], { encoding: 'utf8', env: {}, maxBuffer: 64 * 1024 * 1024 })
  } catch {
    return '' // best effort, where there is no /proc
  }
}

/** Finds marks in what `ps` says: number, parent, group, and then command and environment in one line. */
export function markedIn(listing: string, name: string, wanted: string): Marked[] {
  return listing.split('\n').flatMap((line) => {
    const value = line.split(/\s+/).find((word) => word.startsWith(wanted))
    const [pid = 0, parent = 0, group = 0] = line.trim().split(/\s+/, 3).map(Number)
    if (value === undefined || !(pid > 0)) return []
    return [{ process: { pid, parent, group, session: 0, zombie: false, started: 0, residentBytes: 0 }, value: value.slice(name.length + 1) }]
  })
}

/** Sends the signal when that very process (not another with its number) still runs. Answers whether it was sent. */
export function signalProcess(target: Process, signal: Signal): boolean {
  if (HAS_PROC && readProcess(target.pid)?.started !== target.started) return false
  return sendSignal(target.pid, signal)
}

type Signal = 'SIGTERM' | 'SIGKILL' | 'SIGSTOP'

/** Sends to a pid, or to a whole group when negative. Answers whether there was anybody to hear it. */
export function sendSignal(pid: number, signal: Signal): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false // gone already, or not ours: both mean that there is nothing to stop
  }
}

/** When memory runs out the kernel shall take this process, and what it starts from now on, before Lugh or the person's database. */
export function offerToOutOfMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '900')
  } catch {
    // gone already, or there is no /proc: the kernel chooses as ever
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // processes end while they are looked at
  }
}
