import { LughError } from '#core'
import { judgeHunks } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { afterWord, findHunk, HunkBound, HunkView, stepTo, theOpenHunks } from './the-hunk.ts'

const Input = HunkBound.extend({ hunk: HunkBound.shape.hunk.optional(), verdict: z.enum(['keep', 'drop']) })

/** Keeps or drops one piece of a change, or (without a hunk) all of a file. Nothing is merged or sent by it. */
export const judgeHunk = capability({
  name: 'judge_hunk',
  describe: 'Keep or drop a hunk, or a whole file, of a change.',
  input: Input,
  output: HunkView,
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'judge_hunk',
      usage: 'judge_hunk CHANGE DIGEST FILE HUNK|all keep|drop',
      parse: ([change, digest, file, hunk, verdict]) => Input.parse({ change, digest, file, verdict, ...(hunk === 'all' ? {} : { hunk }) }),
    },
    mcp: { none: 'hunk by hunk is for a thumb; the tool review decides about the whole' },
  },
  act: async (act, input) => {
    const { change, task, hunks } = await theOpenHunks(act, input)
    const { file, hunk = null, verdict } = input
    const index = hunk === null ? hunks.findLastIndex((one) => one.file === file) : findHunk(hunks, { file, hunk })
    if (index < 0) throw new LughError('not-found', 'The change has no such file. list_hunks names those it has.')
    await judgeHunks(act.tx, { changeId: change.id, digest: change.digest, file, hunk, verdict, by: act.caller.personId, door: act.caller.door })
    const next = hunks[index + 1]
    await stepTo(act, change, next)
    return { task: task.number, ...(await afterWord(act, task, change, { file, hunk, said: verdict })), more: next !== undefined }
  },
  say: (o) => `T${o.task}: ${o.kept} of ${o.total} hunks kept, ${o.dropped} dropped.`,
  toast: (o) => `${o.kept} kept, ${o.dropped} dropped.${o.more ? '' : ' That was the last one.'}`,
})
