/** A memory disk of a few megabytes that a test fills to the brim and empties again. */
import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this process may mount: only root may, and not in every container. */
export const canMount = ((): boolean => {
  const at = mkdtempSync(join(tmpdir(), 'lugh-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' })
    execFileSync('umount', [at], { stdio: 'ignore' })
    return true
  } catch {
    return false
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
})()

export type SmallDisk = {
  /** Fills it but for `leave` bytes. */
  readonly fill: (leave: number) => void
  readonly free: () => void
  readonly [Symbol.dispose]: () => void
}

/** Mounts one of `size` (as tmpfs takes it) at `path`, until it is disposed of. */
export function mountSmallDisk(path: string, size: string): SmallDisk {
  mkdirSync(path, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path])
  const filler = join(path, '.filler')
  return {
    fill: (leave) => {
      const file = openSync(filler, 'w')
      try {
        const { bavail, bsize } = statfsSync(path)
        const bytes = Buffer.alloc(Math.max(0, bavail * bsize - leave))
        ftruncateSync(file, 0)
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      } catch (error) {
        // Whoever is watched here may write at the same time: full is full.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.dispose]: () => void execFileSync('umount', ['-l', path]),
  }
}
