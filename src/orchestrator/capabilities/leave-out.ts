import { LughError } from '#core'
import { appendEvent, insertSelection, setShownHunk } from '#db'
import { clashOf } from '#git'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { droppedDigest, isAt, isDropped, tally } from '../review/tally.ts'
import { ChangeBound } from './the-change.ts'
import { theOpenHunks } from './the-hunk.ts'

const Input = ChangeBound.extend({
  /** Of the pieces that were dropped when this was shown. */
  dropped: z.string(),
})

/** Leaves the dropped pieces out: what is kept becomes a change of its own, tested and shown before it can be merged. */
export const leaveOut = capability({
  name: 'leave_out',
  describe: 'Leave the dropped hunks out of a change and test what is kept.',
  input: Input,
  output: z.object({ task: z.number(), kept: z.number(), total: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'leave_out',
      usage: 'leave_out CHANGE DIGEST DROPPED',
      parse: ([change, digest, dropped]) => Input.parse({ change, digest, dropped }),
    },
    mcp: { none: 'what a person dropped hunk by hunk, they leave out themselves' },
  },
  act: async (act, input) => {
    const { change, task, hunks } = await theOpenHunks(act, input)
    const { total, kept, dropped } = tally(hunks)
    if (dropped === 0) throw new LughError('conflict', 'Nothing is dropped. ✅ Merge takes all of it.')
    if (kept === 0) throw new LughError('conflict', 'Nothing would be left of it: 🗑 Discard drops it, ✏️ Change sends it back.')
    if (input.dropped !== droppedDigest(change, hunks)) throw new LughError('conflict', 'Something else is dropped by now. Look at the card again.')
    const clash = clashOf(change.files, hunks, (hunk) => hunks.some((one) => isAt(hunk)(one) && isDropped(one)))
    if (clash !== undefined) throw new LughError('conflict', clash)
    const scope = { personId: act.caller.personId, door: act.caller.door }
    await insertSelection(act.tx, { ...scope, changeId: change.id, digest: change.digest, kept, total, taskId: task.id })
    await setShownHunk(act.tx, change.id, null)
    await appendEvent(act.tx, {
      ...scope,
      taskId: task.id,
      projectId: task.projectId,
      kind: 'change.parted',
      data: { changeId: change.id, digest: change.digest, kept, total },
    })
    if ((await moveTask(act.tx, task, { to: 'proposing', scope })) === undefined)
      throw new LughError('conflict', 'Somebody decided this a moment ago.')
    return { task: task.number, kept, total }
  },
  say: (o) => `✂️ T${o.task}: ${o.kept} of ${o.total} hunks are kept; the tests run on them, then a new card can be merged.`,
  toast: (o) => `${o.kept} of ${o.total} hunks: the tests run on them, a new card follows.`,
})
