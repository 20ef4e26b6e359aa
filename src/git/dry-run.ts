/** What a dry run has in the store: one reference of its own, which goes with it. No other reference is ever touched for it. */
import { existsSync } from 'node:fs'
import { ObjectName, type TaskId } from '#core'
import { own } from './command.ts'
import type { Context } from './command.ts'
import { placesOf } from './places.ts'
import type { Repository } from './port.ts'
import { keepObject } from './keep-object.ts'

function refOf(dryRun: TaskId): string {
  return `refs/lugh/dry/${dryRun}`
}

/** See `Git.keepForDryRun`. */
export async function keepForDryRun(context: Context, repository: Repository, dryRun: TaskId, tree: ObjectName): Promise<void> {
  await own(context, placesOf(context.home, repository.projectId).store, ['update-ref', refOf(dryRun), tree])
}

/** See `Git.endDryRun`. */
export async function endDryRun(context: Context, repository: Repository, dryRun: TaskId, adopted: boolean): Promise<void> {
  const places = placesOf(context.home, repository.projectId)
  if (!existsSync(places.store)) return
  const found = await own(context, places.store, ['rev-parse', '--verify', '--quiet', refOf(dryRun)], { answers: [1] })
  if (found.exitCode !== 0) return
  if (adopted) await keepObject(context, places, 'trees', ObjectName.parse(found.stdout.trim()))
  await own(context, places.store, ['update-ref', '-d', refOf(dryRun)])
}
