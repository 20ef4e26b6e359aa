import { commentHunk as writeComment } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { afterWord, findHunk, HunkBound, HunkView, theOpenHunks } from './the-hunk.ts'

const MAX_COMMENT = 4000 // a dozen of them still fit what an agent is told at once
const Input = HunkBound.extend({ text: z.string().trim().min(1, 'Write what the agent shall hear.').max(MAX_COMMENT) })

/** Says something about one piece of a change. The agent hears it when the change goes back to it. */
export const commentHunk = capability({
  name: 'comment_hunk',
  describe: 'Say something about a hunk of a change, for its agent.',
  input: Input,
  output: HunkView,
  kind: 'decide',
  may: ['owner', 'approver'],
  doors: {
    telegram: {},
    cli: {
      verb: 'comment_hunk',
      usage: 'comment_hunk CHANGE DIGEST FILE HUNK WORDS',
      parse: ([change, digest, file, hunk, ...words]) => Input.parse({ change, digest, file, hunk, text: words.join(' ') }),
    },
    mcp: { none: 'the tool review sends a change back with a comment' },
  },
  act: async (act, input) => {
    const { change, task, hunks } = await theOpenHunks(act, input)
    const { file, hunk, text } = input
    const index = findHunk(hunks, { file, hunk })
    await writeComment(act.tx, {
      changeId: change.id,
      digest: change.digest,
      file,
      hunk,
      comment: text,
      by: act.caller.personId,
      door: act.caller.door,
    })
    return { task: task.number, ...(await afterWord(act, task, change, { file, hunk, said: 'comment' })), more: index + 1 < hunks.length }
  },
  say: (o) => `💬 Noted. ✏️ Change sends it to T${o.task}’s agent.`,
  toast: () => 'Noted.',
})
