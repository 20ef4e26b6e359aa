/** Removes what Lugh keeps of a project: worktrees, workshop, store and base. Never anything of the person's repository. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Context } from './command.ts'
import { placesOf } from './places.ts'
import type { Repository } from './port.ts'
import { takeAway } from './worktree.ts'
import { emptyHostile } from './workshop.ts'
import { readRecords } from './worktree-record.ts'

/** See `Git.removeRepository`. The workshop is emptied inside the sandbox: an agent may have closed folders in it to their owner. */
export async function removeRepository(context: Context, repository: Repository): Promise<void> {
  const places = placesOf(context.home, repository.projectId)
  await context.oneAtATime(places.workshop, async () => {
    if (existsSync(places.worktrees) && existsSync(places.base))
      for (const record of await readRecords(places)) await takeAway(context, places, record)
    if (existsSync(places.workshop) && existsSync(places.base)) await emptyHostile(context, places, places.workshop)
    await rm(places.root, { recursive: true, force: true, maxRetries: 3 })
  })
}
