import { LughError } from '#core'
import { capability } from '../capability.ts'
import { moveTask } from '../move-task.ts'
import { checkOwnWork } from '../own-work.ts'
import { TaskView, viewTask } from './task-list.ts'
import { OptionalTask, taskWord, theTask } from './words.ts'

/** Lets a paused, stopped or failed task go on where it was: same transcript, same files. */
export const resumeTask = capability({
  name: 'resume_task',
  describe: 'Let a paused, stopped or failed task go on.',
  input: OptionalTask,
  output: TaskView,
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: { command: 'resume', usage: '/resume [T12]', example: '/resume T12', parse: (words) => ({ task: taskWord(words) }) },
    cli: { verb: 'resume_task', usage: 'resume_task [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: {},
  },
  act: async (act, input) => {
    const task = await theTask(
      act,
      input.task,
      (candidate) => candidate.state === 'paused' || (!candidate.dry && ['stopped', 'failed'].includes(candidate.state)),
      'to resume',
    )
    checkOwnWork(act, task)
    if (task.dry && task.state !== 'paused')
      throw new LughError('conflict', `T${task.number} was a dry run, and nothing of it is kept. /dryrun starts another.`)
    const scope = { personId: act.caller.personId, door: act.caller.door }
    const moved = await moveTask(act.tx, task, { to: 'queued', from: ['paused', 'stopped', 'failed'], scope })
    if (moved === undefined) throw new LughError('conflict', `T${task.number} cannot be resumed: it is ${task.state}.`)
    return viewTask(moved)
  },
  say: (o) => `▶️ T${o.task} goes on.`,
  toast: () => 'Goes on.',
})
