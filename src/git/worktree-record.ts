/**
 * Lugh's own note of each worktree, out of every agent's reach: written before the worktree is made and again when it is
 * whole, so that after a kill nobody has to believe what lies in the workshop.
 */
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ObjectName } from '#core'
import { z } from 'zod'
import { worktreeName } from './places.ts'
import type { Places } from './places.ts'

export const WorktreeRecord = z.object({
  path: z.string(),
  branch: z.string(),
  base: ObjectName,
  tree: ObjectName.optional(),
  head: ObjectName.optional(),
  index: ObjectName.optional(),
  raw: z.literal(true).optional(),
  /** `unfinished`: being made or being removed. Only of a ready one do the files count. */
  state: z.enum(['unfinished', 'ready']),
})
export type WorktreeRecord = z.infer<typeof WorktreeRecord>

/** Where the index lies that Lugh's own checkout wrote, before any agent ran: its stat data can be trusted. */
export function seedIndex(places: Places, path: string): string {
  return join(places.worktrees, `${worktreeName(path)}.index`)
}

/** Where the index of the last byte-for-byte copy lies, so that the next one reads only what changed. */
export function rawIndex(places: Places, path: string): string {
  return join(places.worktrees, `${worktreeName(path)}.raw-index`)
}

/** The record of the worktree at `path`, or undefined. One that cannot be read counts as none: the worktree is then made anew. */
export async function readRecord(places: Places, path: string): Promise<WorktreeRecord | undefined> {
  return parseRecord(join(places.worktrees, `${worktreeName(path)}.json`))
}

/** All records of the project. */
export async function readRecords(places: Places): Promise<WorktreeRecord[]> {
  const names = (await readdir(places.worktrees)).filter((name) => name.endsWith('.json'))
  const records = await Promise.all(names.map((name) => parseRecord(join(places.worktrees, name))))
  return records.filter((record) => record !== undefined)
}

/** Writes a record, whole or not at all. */
export async function writeRecord(places: Places, record: WorktreeRecord): Promise<void> {
  const file = join(places.worktrees, `${worktreeName(record.path)}.json`)
  await writeFile(`${file}.new`, JSON.stringify(record), { flush: true })
  await rename(`${file}.new`, file)
}

/** Forgets a worktree. */
export async function dropRecord(places: Places, path: string): Promise<void> {
  for (const index of [seedIndex(places, path), rawIndex(places, path)]) await rm(index, { force: true })
  await rm(join(places.worktrees, `${worktreeName(path)}.json`), { force: true })
}

async function parseRecord(file: string): Promise<WorktreeRecord | undefined> {
  try {
    return WorktreeRecord.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return undefined
  }
}
