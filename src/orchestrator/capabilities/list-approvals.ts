import { b, join, oneLine } from '#core'
import { decidableFor } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { WaitingView, viewWaiting } from './task-detail.ts'
import { TaskNumber, taskWord, theTask } from './words.ts'

/** Everything that waits for a person: commands, hosts, questions, plans, changes. With the digests that answers are bound to. */
export const listApprovals = capability({
  name: 'list_approvals',
  describe: 'What waits for a decision: commands, hosts, questions, plans and changes.',
  input: z.object({ task: TaskNumber.optional() }),
  output: z.object({ waiting: z.array(WaitingView) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { none: 'each has a card of its own' },
    cli: { verb: 'list_approvals', usage: 'list_approvals [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: { example: { task: 12 }, note: 'Each entry names the tools that answer it, and the digest they ask for.' },
  },
  act: async (act, input) => {
    const task = input.task === undefined ? undefined : await theTask(act, input.task, () => true, 'yet')
    const { projects } = act.caller.token ?? {}
    const filter = { ...(task === undefined ? {} : { taskId: task.id }), ...(projects === undefined ? {} : { projects }) }
    return { waiting: (await decidableFor(act.tx, filter)).map(viewWaiting) }
  },
  say: (o) =>
    o.waiting.length === 0
      ? 'Nothing waits for a decision.'
      : join([b('Waiting'), ...o.waiting.map((one) => `T${one.task} ${one.kind} ${one.id} ${one.digest ?? ''} · ${oneLine(one.what, 120)}`)]),
})
