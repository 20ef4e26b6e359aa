/** A decision about a dry run: it must be over and wait, and be exactly what its card shows. The task it tries out is locked before it. */
import { LughError } from '#core'
import { latestRun, lockTask, openChange, taskByNumber, type Change, type Task } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'
import { dryRunDigest } from '../dry-run-digest.ts'
import { TaskNumber } from './words.ts'

export const DryRunBound = z.object({ task: TaskNumber, digest: z.string() })

export type DryRun = { readonly dry: Task; readonly parent: Task | undefined; readonly change: Change | undefined }

/** The dry run with its task, both locked. Throws a LughError that says what became of it. */
export async function theDryRun(act: Act, bound: z.infer<typeof DryRunBound>): Promise<DryRun> {
  const found = await taskByNumber(act.tx, bound.task)
  if (found === undefined) throw new LughError('not-found', `There is no T${bound.task}. /tasks lists what there is.`)
  const parent = found.parentId === null ? undefined : await lockTask(act.tx, found.parentId)
  const dry = await lockTask(act.tx, found.id)
  if (dry?.dry !== true || dry.state !== 'rehearsed')
    throw new LughError(
      'conflict',
      `Too late: T${bound.task} ${dry?.dry === true ? `is ${dry.state}` : 'is no dry run (any more)'}. Look at the newest card.`,
    )
  const change = await openChange(act.tx, dry.id)
  if (dryRunDigest({ task: dry.id, run: (await latestRun(act.tx, dry.id))?.id ?? null, change }) !== bound.digest)
    throw new LughError('conflict', 'The dry run is no longer what that card showed. Look at the newest card.')
  return { dry, parent, change }
}
