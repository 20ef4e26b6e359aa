import { appendEvent, decideChange, setAsking, touchCards } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { checkOwnWork } from '../own-work.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

const Input = ChangeBound.extend({ confirmed: z.boolean().optional() })

/** Drops a change. Asks once: only `confirmed: true` drops it, `false` takes the question back. */
export const discardChange = capability({
  name: 'discard_change',
  describe: 'Drop a change; asks once.',
  input: Input,
  output: z.object({ task: z.number(), discarded: z.boolean(), asked: z.boolean() }),
  kind: 'decide',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: {
      verb: 'discard_change',
      usage: 'discard_change CHANGE DIGEST [yes]',
      parse: ([change, digest, yes]) => Input.parse({ change, digest, ...(yes === 'yes' ? { confirmed: true } : {}) }),
    },
    mcp: { none: 'the tool review discards a change' },
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    checkOwnWork(act, task)
    if (input.confirmed !== true) {
      await setAsking(act.tx, change.id, change.digest, input.confirmed === undefined)
      await touchCards(act.tx, { kind: 'review', subjectId: change.id })
      return { task: task.number, discarded: false, asked: input.confirmed === undefined }
    }
    const scope = { personId: act.caller.personId, door: act.caller.door }
    await decideChange(act.tx, { id: change.id, digest: input.digest, from: 'proposed', to: 'discarded', by: act.caller.personId })
    await appendEvent(act.tx, { ...scope, taskId: task.id, kind: 'change.discarded', data: { changeId: change.id } })
    await moveTask(act.tx, task, { to: 'discarded', scope })
    return { task: task.number, discarded: true, asked: false }
  },
  say: () => undefined,
  toast: (o) => (o.discarded ? 'Discarded.' : o.asked ? 'Really? Confirm on the card.' : 'Kept.'),
})
