import { LughError } from '#core'
import { appendEvent, insertSteer } from '#db'
import { z } from 'zod'
import { capability, saidIn } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { leftOutForAgent, reviewForAgent } from '../review/for-the-agent.ts'
import { supersede } from '../supersede.ts'
import { checkOwnWork } from '../own-work.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

const MAX_REQUEST = 20_000
const Input = ChangeBound.extend({ text: z.string().trim().max(MAX_REQUEST).optional() })

/** Sends a change back to its agent with what shall be different: in words, by what was dropped and said of its hunks, or both. */
export const requestChange = capability({
  name: 'request_change',
  describe: 'Send a change back to its agent with a comment.',
  input: Input,
  output: z.object({ task: z.number() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: {
      verb: 'request_change',
      usage: 'request_change CHANGE DIGEST [WORDS]',
      parse: ([change, digest, ...words]) => Input.parse({ change, digest, ...(words.length === 0 ? {} : { text: words.join(' ') }) }),
    },
    mcp: { none: 'the tool review sends a change back' },
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    checkOwnWork(act, task)
    const review = await reviewForAgent(act.tx, change)
    const words = [input.text ?? '', review ?? ''].filter((part) => part !== '')
    if (words.length === 0) throw new LughError('input.invalid', 'Write what shall be different, or drop or comment hunks first: 🗂 Files.')
    const leftOut = await leftOutForAgent(act.tx, task.id)
    if (leftOut !== undefined) await insertSteer(act.tx, { taskId: task.id, personId: null, text: leftOut })
    const scope = { personId: act.caller.personId, door: act.caller.door }
    const steerId = await insertSteer(act.tx, {
      taskId: task.id,
      personId: act.caller.personId,
      text: words.join('\n\n'),
      ...(review === undefined ? saidIn(act) : {}),
    })
    await appendEvent(act.tx, { ...scope, taskId: task.id, kind: 'task.steered', data: { steerId } })
    await supersede(act.tx, change, 'you asked for something else; a new card follows', review === undefined ? 'stale' : 'used')
    await moveTask(act.tx, task, { to: 'queued', scope })
    return { task: task.number }
  },
  say: (o) => `✏️ T${o.task} goes back to work with that.`,
  toast: () => 'Goes back to the agent.',
})
