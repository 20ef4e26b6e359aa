/** A private index file for one piece of work, gone when it is done. The person's and the agents' indexes are never used. */
import { randomBytes } from 'node:crypto'
import { copyFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Places } from './places.ts'

/**
 * Runs `work` with the path of an index file: a copy of `seed` where that exists, otherwise none yet. The copy keeps the
 * seed's time (rounded down): git takes files changed at or after it as racy and looks into them.
 */
export async function withIndex<T>(places: Places, seed: string | undefined, work: (index: string) => Promise<T>): Promise<T> {
  const index = join(places.scratch, `${randomBytes(6).toString('hex')}.index`)
  try {
    if (seed !== undefined) await copySeed(seed, index)
    return await work(index)
  } finally {
    for (const path of [index, `${index}.lock`]) await rm(path, { force: true })
  }
}

async function copySeed(seed: string, index: string): Promise<void> {
  const found = await stat(seed).catch(() => undefined) // absence is an answer: every file is then read
  if (found === undefined) return
  await copyFile(seed, index)
  const at = Math.floor(found.mtimeMs) / 1000
  await utimes(index, at, at)
}
