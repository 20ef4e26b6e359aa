import { LughError, join, oneLine } from '#core'
import { judgedHunks, latestChange } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { droppedDigest, nameHunk } from '../review/tally.ts'
import { OptionalTask, taskWord, theTask } from './words.ts'

const Piece = z.object({
  file: z.number(),
  hunk: z.number(),
  path: z.string(),
  what: z.string(),
  insertions: z.number(),
  deletions: z.number(),
  verdict: z.enum(['keep', 'drop']).nullable(),
  comment: z.string().nullable(),
})

/** Every piece of a task's newest change, with what was said to it and what a verdict is bound to. */
export const listHunks = capability({
  name: 'list_hunks',
  describe: 'The hunks of a task’s newest change, with verdicts and comments.',
  input: OptionalTask,
  output: z.object({ task: z.number(), change: z.string(), digest: z.string(), dropped: z.string(), hunks: z.array(Piece) }),
  kind: 'read',
  may: ['owner', 'approver', 'member', 'viewer'],
  doors: {
    telegram: { none: '🗂 Files on the review card goes through them one by one' },
    cli: { verb: 'list_hunks', usage: 'list_hunks [T12]', parse: (argv) => ({ task: taskWord(argv.join(' ')) }) },
    mcp: {},
  },
  act: async (act, input) => {
    const task = await theTask(act, input.task, (candidate) => candidate.state === 'review', 'with a change to review')
    const change = await latestChange(act.tx, task.id)
    if (change === undefined) throw new LughError('not-found', `T${task.number} has no change yet; it is ${task.state}.`)
    const hunks = await judgedHunks(act.tx, change.id)
    return {
      task: task.number,
      change: change.id,
      digest: change.digest,
      dropped: droppedDigest(change, hunks),
      hunks: hunks.map((one) => {
        const { file, hunk, insertions, deletions, verdict, comment } = one
        return { file, hunk, path: change.files[file]?.path ?? '?', what: nameHunk(change, hunks, one), insertions, deletions, verdict, comment }
      }),
    }
  },
  say: (o) =>
    join([
      `T${o.task}, change ${o.change}, digest ${o.digest}, dropped ${o.dropped}`,
      ...o.hunks.map((one) => {
        const said = [one.verdict ?? '-', one.comment === null ? '' : `“${oneLine(one.comment, 80)}”`].filter((word) => word !== '').join(' ')
        return `${one.file} ${one.hunk}  ${oneLine(one.path, 80)}, ${one.what}  +${one.insertions} −${one.deletions}  ${said}`
      }),
    ]),
})
