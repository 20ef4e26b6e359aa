/** Fork bombs for tests, and a machine that has no time. A bomb burns out by itself at 2,047 processes, should nothing hold it. */
import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { once } from 'node:events'

/** More than any limit of a test, few enough for the machine that runs it. */
const DEPTH = 10

/** A machine with forty times as much to do as it has cores needs seconds for a hundred processes. */
const STILL_MS = 15_000

/** A line for bash: each process writes one byte to `tally` and then stays, so that the file's size is how many there were at once. */
export function bomb(tally: string): string {
  return `b() { printf x >> '${tally}'; if [ $1 -gt 0 ]; then b $(($1-1)) & b $(($1-1)) & wait; fi; sleep 30; }; b ${DEPTH}`
}

/** How many processes there were. */
export function tallied(tally: string): number {
  return statSync(tally, { throwIfNoEntry: false })?.size ?? 0
}

/** Stands still, as Lugh does when it draws a large diff: at least so long, and then on until it is so, but not for ever. */
export function standStill(ms: number, until: () => boolean = () => true): void {
  const begun = performance.now()
  do Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  while (!until() && performance.now() - begun < STILL_MS)
}

/** Runs `act` while eight loops take every core. */
export async function underLoad<T>(act: () => Promise<T>): Promise<T> {
  const loops = Array.from({ length: 8 }, () => spawn('/bin/sh', ['-c', 'while :; do :; done'], { stdio: 'ignore', env: {} }))
  try {
    return await act()
  } finally {
    const ended = loops.map((loop) => once(loop, 'exit'))
    for (const loop of loops) loop.kill('SIGKILL')
    await Promise.all(ended)
  }
}
