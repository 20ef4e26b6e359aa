/** What processes take from the machine, read from the kernel. */
import { readdirSync, readFileSync } from 'node:fs'

/** `bytes`: its proportional set, in which a page that several processes share counts once over all of them. */
type Seen = Readonly<{ pid: number; parent: number; bytes: number }>

function seenProcess(pid: string): Seen[] {
  try {
    const field = (file: string, name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1] ?? 0)
    return [{ pid: Number(pid), parent: field('status', 'PPid'), bytes: field('smaps_rollup', 'Pss') * 1024 }]
  } catch {
    return [] // gone meanwhile
  }
}

/** Of a process and all its descendants, in MB (2^20). */
export function megabytesOf(pid: number): number {
  const all = everyProcess()
  return (bytesOf(all, pid) + bytesBelow(all, pid)) / 2 ** 20
}

/** Of all its descendants without itself, in MB. */
export function megabytesBelow(pid: number): number {
  return bytesBelow(everyProcess(), pid) / 2 ** 20
}

function everyProcess(): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(seenProcess)
}

function bytesOf(all: readonly Seen[], wanted: number): number {
  return all.filter(({ pid }) => pid === wanted).reduce((total, { bytes }) => total + bytes, 0)
}

function bytesBelow(all: readonly Seen[], wanted: number): number {
  return all.filter(({ parent }) => parent === wanted).reduce((total, { pid, bytes }) => total + bytes + bytesBelow(all, pid), 0)
}
