import { LandingId, LughError } from '#core'
import { changeShown, decideChange, insertLanding } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

/** Decides to merge. What lands is recomputed and compared with the digest before the reference moves. */
export const mergeChange = capability({
  name: 'merge_change',
  describe: 'Merge a reviewed change into its target.',
  input: ChangeBound,
  output: z.object({ task: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'merge_change', usage: 'merge_change CHANGE DIGEST', parse: ([change, digest]) => ChangeBound.parse({ change, digest }) },
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    if (change.problems.length > 0) throw new LughError('not-allowed', 'This change cannot be merged as it is: its card says why.')
    if (!(await changeShown(act.tx, change.id))) throw new LughError('not-allowed', 'The diff has not been shown whole yet; try again when it has.')
    const decided = await decideChange(act.tx, { id: change.id, digest: input.digest, from: 'proposed', to: 'landing', by: act.caller.personId })
    const landing = await insertLanding(act.tx, {
      id: LandingId.parse(act.ids.uuid()),
      taskId: task.id,
      changeId: change.id,
      kind: 'merge',
      ref: change.targetRef,
      how: change.landingPlan.how,
      personId: act.caller.personId,
      door: act.caller.door,
    })
    const moved = await moveTask(act.tx, task, { to: 'landing', scope: { personId: act.caller.personId, door: act.caller.door } })
    if (decided === undefined || landing === undefined || moved === undefined) throw new LughError('conflict', 'Somebody decided this a moment ago.')
    return { task: task.number }
  },
  say: () => undefined,
  toast: () => 'Merging…',
})
