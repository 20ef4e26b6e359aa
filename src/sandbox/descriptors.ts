/**
 * Descriptors that this process was itself started with and would hand on to every child. One that leads to a directory of
 * the host is a hole in any wall (`openat`). Node marks the first sixteen as its own; whoever started Lugh may have left higher ones.
 */
import { openSync, readdirSync, readFileSync } from 'node:fs'

const O_CLOEXEC = 0o2000000

/** The numbers above 2 that children would inherit. Empty where there is no /proc. */
export function inheritable(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo').map(Number).filter(isInherited)
  } catch {
    return [] // no /proc to ask
  }
}

function isInherited(descriptor: number): boolean {
  if (descriptor <= 2) return false
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0
  } catch {
    return false // the one that listed the directory is closed again
  }
}

let plugs: readonly (readonly [number, number])[] | undefined

/** For `spawn`: the streams, and /dev/null in the place of everything else a child would inherit. Looked up once: what Node opens later is never inherited. */
export function withNothingInherited<S>(streams: readonly S[]): (S | number | 'ignore')[] {
  plugs ??= inheritable().map((descriptor) => [descriptor, openSync('/dev/null', 'r')] as const)
  const all: (S | number | 'ignore')[] = [...streams]
  for (const [descriptor, nothing] of plugs) {
    while (all.length <= descriptor) all.push('ignore')
    if (descriptor >= streams.length) all[descriptor] = nothing
  }
  return all
}
