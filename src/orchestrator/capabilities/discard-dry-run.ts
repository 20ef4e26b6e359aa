import { appendEvent, decideChange } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { checkOwnWork } from '../own-work.ts'
import { parseArgs } from './continue-dry-run.ts'
import { DryRunBound, theDryRun } from './the-dry-run.ts'

/** Throws a dry run away: its worktree, its branch and its reference in the store go. */
export const discardDryRun = capability({
  name: 'discard_dry_run',
  describe: 'Throw a dry run away.',
  input: DryRunBound,
  output: z.object({ task: z.number(), of: z.number().nullable() }),
  kind: 'decide',
  may: ['owner', 'approver', 'member'],
  doors: { telegram: {}, cli: { verb: 'discard_dry_run', usage: 'discard_dry_run T12 DIGEST', parse: parseArgs }, mcp: { destroys: true } },
  act: async (act, input) => {
    const { dry, parent, change } = await theDryRun(act, input)
    checkOwnWork(act, dry)
    const { personId, door } = act.caller
    if (change !== undefined) await decideChange(act.tx, { id: change.id, digest: change.digest, from: 'proposed', to: 'discarded', by: personId })
    const data = { digest: input.digest, decision: 'discard' as const }
    await appendEvent(act.tx, { taskId: dry.id, projectId: dry.projectId, personId, door, kind: 'dryrun.decided', data })
    await moveTask(act.tx, dry, { to: 'discarded', reason: `by ${act.caller.name}`, scope: { personId, door } })
    return { task: dry.number, of: parent?.number ?? null }
  },
  say: (o) => `🗑 T${o.task} is gone.${o.of === null ? '' : ` T${o.of} is as it was.`}`,
  toast: (o) => `Discarded.${o.of === null ? '' : ` T${o.of} is as it was.`}`,
})
