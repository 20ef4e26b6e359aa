import { LughError } from '#core'
import { appendEvent, changeById, liveWorktree, setSavedTree, setWorktree, takeBackPart } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { supersede } from '../supersede.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

/** Takes back that hunks were left out: the whole change is proposed again, and tested again. */
export const takeAllHunks = capability({
  name: 'take_all_hunks',
  describe: 'Propose a whole change again of which hunks were left out.',
  input: ChangeBound,
  output: z.object({ task: z.number(), total: z.number() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: { verb: 'take_all_hunks', usage: 'take_all_hunks CHANGE DIGEST', parse: ([change, digest]) => ChangeBound.parse({ change, digest }) },
    mcp: { none: 'hunk by hunk is for a thumb; the tool review decides about the whole' },
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    const whole = change.part === null ? undefined : await changeById(act.tx, change.part.of)
    if (change.part === null || whole === undefined) throw new LughError('conflict', 'Nothing was left out of this change.')
    if (whole.baseCommit !== change.baseCommit)
      throw new LughError('conflict', 'The target has moved since: what was left out no longer fits as it was. ✏️ Change asks the agent for it.')
    const scope = { personId: act.caller.personId, door: act.caller.door }
    const worktree = await liveWorktree(act.tx, task.id)
    await takeBackPart(act.tx, change.id)
    await supersede(act.tx, change, `all ${change.part.total} hunks are wanted again; see the new card`)
    await setSavedTree(act.tx, task.id, whole.tree)
    if (worktree !== undefined) await setWorktree(act.tx, worktree.id, 'removing', false)
    await appendEvent(act.tx, {
      ...scope,
      taskId: task.id,
      projectId: task.projectId,
      kind: 'change.made-whole',
      data: { changeId: change.id, of: whole.id },
    })
    if ((await moveTask(act.tx, task, { to: 'queued', scope })) === undefined) throw new LughError('conflict', 'Somebody decided this a moment ago.')
    return { task: task.number, total: change.part.total }
  },
  say: () => undefined,
  toast: (o) => `All ${o.total} hunks again; a new card follows.`,
})
