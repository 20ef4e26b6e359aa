import { appendEvent, insertSteer } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { supersede } from '../supersede.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

const MAX_REQUEST = 20_000
const Input = ChangeBound.extend({ text: z.string().trim().min(1, 'Write what shall be different.').max(MAX_REQUEST) })

/** Sends a change back to its agent with what shall be different. */
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
      usage: 'request_change CHANGE DIGEST WORDS',
      parse: ([change, digest, ...words]) => Input.parse({ change, digest, text: words.join(' ') }),
    },
  },
  act: async (act, input) => {
    const { change, task } = await theOpenChange(act, input)
    const scope = { personId: act.caller.personId, door: act.caller.door }
    const steerId = await insertSteer(act.tx, { taskId: task.id, personId: act.caller.personId, text: input.text })
    await appendEvent(act.tx, { ...scope, taskId: task.id, kind: 'task.steered', data: { steerId } })
    await supersede(act.tx, change, 'you asked for something else; a new card follows')
    await moveTask(act.tx, task, { to: 'queued', scope })
    return { task: task.number }
  },
  say: (o) => `✏️ T${o.task} goes back to work with that.`,
  toast: () => 'Goes back to the agent.',
})
