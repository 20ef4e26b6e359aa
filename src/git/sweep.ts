/** Clears a project of what an earlier life left: at boot, when nothing of it runs. Touches nothing of the person's. */
import { existsSync, rmSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './command.ts'
import { makeWorkshop } from './own-repositories.ts'
import { placesOf } from './places.ts'
import type { Places } from './places.ts'
import type { Repository } from './port.ts'
import { bornAt } from './this-life.ts'
import { repairWorktree, takeAway } from './worktree.ts'
import { emptyHostile, sweepWorkshop } from './workshop.ts'
import { readRecords } from './worktree-record.ts'

/** See `Git.sweep`. */
export async function sweep(context: Context, repository: Repository, live: readonly string[]): Promise<readonly string[]> {
  const places = placesOf(context.home, repository.projectId)
  if (!existsSync(places.base)) return []
  return context.oneAtATime(places.workshop, async () => {
    await makeWorkshop(context, places)
    return [
      ...(await sweepScratch(context, places)),
      ...(await sweepOwn(context, places.base)),
      ...(await sweepOwn(context, places.store, places.raw)),
      ...(await sweepWorktrees(context, places, live)),
      ...(await sweepWorkshop(context, places, live)),
    ]
  })
}

async function sweepWorktrees(context: Context, places: Places, live: readonly string[]): Promise<string[]> {
  const did: string[] = []
  for (const record of await readRecords(places)) {
    if (!live.includes(record.path)) {
      await takeAway(context, places, record)
      did.push(`removed worktree ${record.path}`)
    } else if (await repairWorktree(context, places, record)) did.push(`repaired worktree ${record.path}`)
  }
  return did
}

/** Half-built repositories, broken workshops and private indexes. All work that uses them is done or dead by now, but for what is young. */
async function sweepScratch(context: Context, places: Places): Promise<string[]> {
  const did: string[] = []
  for (const name of await readdir(places.scratch)) {
    const path = join(places.scratch, name)
    if (!(await isOld(path))) continue
    if (name.startsWith('broken-')) await emptyHostile(context, places, path)
    await rm(path, { recursive: true, force: true })
    did.push(`removed ${name}`)
  }
  return did
}

/** What git writes aside, and what it leaves when it fails. */
const LEFT_NAMES = ['tmp_', 'shallow-', 'fast_import_crash_']

/**
 * Locks and half-written objects in Lugh's own repositories. Only this process works in them, so while it runs no command
 * there, whatever is left is an earlier life's; `alias`: another
 * git directory with the same objects. Looked up and removed without a pause, so that none can begin in between.
 */
async function sweepOwn(context: Context, gitDir: string, alias = gitDir): Promise<string[]> {
  const did: string[] = []
  for (const entry of await readdir(gitDir, { recursive: true, withFileTypes: true })) {
    const isLeft = entry.name.endsWith('.lock') || LEFT_NAMES.some((start) => entry.name.startsWith(start))
    const isUsed = [gitDir, alias].some((one) => (context.running.get(one) ?? 0) > 0)
    if (!entry.isFile() || !isLeft || isUsed) continue
    rmSync(join(entry.parentPath, entry.name), { force: true })
    did.push(`removed ${entry.name}`)
  }
  return did
}

/** A private index lives for seconds; one that is older than a minute, or than this process, has lost its owner. */
const YOUNG_MS = 60_000

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined) // gone meanwhile
  return found !== undefined && (Date.now() - found.mtimeMs > YOUNG_MS || found.mtimeMs < bornAt())
}
