import { LandingId, LughError } from '#core'
import { changeShown, decideChange, insertLanding, judgedHunks, recentEvents, setMergeAsked, touchCards, type Change } from '#db'
import { z } from 'zod'
import { capability, type Act } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { tally } from '../review/tally.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

/** `confirmed`: where the change adds what looks like a key, that it has been read (`true`), or is to be put away (`false`). */
const Input = ChangeBound.extend({ confirmed: z.boolean().optional() })

/** Decides to merge. What lands is recomputed and compared with the digest before the reference moves. */
export const mergeChange = capability({
  name: 'merge_change',
  describe: 'Merge a reviewed change into its target.',
  input: Input,
  output: z.object({ task: z.number(), asked: z.boolean(), merging: z.boolean() }),
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'merge_change',
      usage: 'merge_change CHANGE DIGEST [yes]',
      parse: ([change, digest, yes]) => Input.parse({ change, digest, ...(yes === 'yes' ? { confirmed: true } : {}) }),
    },
    mcp: { none: 'the tool review merges a change' },
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    if (change.problems.length > 0) throw new LughError('not-allowed', 'This change cannot be merged as it is: its card says why.')
    if (!(await changeShown(act.tx, change.id)) && !(await givenWhole(act, change)))
      throw new LughError('not-allowed', 'The diff has not been shown whole yet; try again when it has.')
    const { dropped, total } = tally(await judgedHunks(act.tx, change.id))
    if (dropped > 0)
      throw new LughError('conflict', `${dropped} of ${total} hunks are dropped: ✂️ leaves them out and tests the rest, ✏️ Change sends them back.`)
    if (input.confirmed === false || (change.keys.length > 0 && input.confirmed !== true)) {
      const asked = input.confirmed === undefined
      await setMergeAsked(act.tx, change.id, change.digest, asked)
      await touchCards(act.tx, { kind: 'review', subjectId: change.id })
      return { task: task.number, asked, merging: false }
    }
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
    return { task: task.number, asked: false, merging: true }
  },
  say: () => undefined,
  toast: (o) => (o.merging ? 'Merging…' : o.asked ? 'Something looks like a key: read the card, then confirm.' : 'Not merged.'),
})

/** A program has seen it when exactly this change was given to it whole: it has no phone to be shown it on. */
async function givenWhole(act: Act, change: Change): Promise<boolean> {
  const { token } = act.caller
  if (token === undefined) return false
  const shown = await recentEvents(act.tx, change.taskId, ['change.shown'], SHOWN_EVENTS)
  return shown.some(({ data }) => data['changeId'] === change.id && data['digest'] === change.digest && data['token'] === token.key)
}

const SHOWN_EVENTS = 50 // a program that asks for the diff oftener asks once more before it merges
