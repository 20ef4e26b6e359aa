import { setShownHunk, touchCards } from '#db'
import { z } from 'zod'
import { capability } from '../capability.ts'
import { ChangeBound } from './the-change.ts'
import { findHunk, theOpenHunks } from './the-hunk.ts'

const Place = z.number().int().min(0)
const Input = ChangeBound.extend({ file: Place.optional(), hunk: Place.optional() })

/** Turns the review card to one piece of the change; without a piece, back to the whole. Judges nothing. */
export const stepFiles = capability({
  name: 'step_files',
  describe: 'Go through the files of a change on its review card.',
  input: Input,
  output: z.object({ task: z.number() }),
  kind: 'request',
  may: ['owner', 'approver', 'member'],
  doors: {
    telegram: {},
    cli: { none: 'a terminal has no card to turn; list_hunks names every piece' },
    mcp: { none: 'it turns a card on the phone' },
  },
  act: async (act, input) => {
    const { change, task, hunks } = await theOpenHunks(act, input)
    const at = input.file === undefined ? undefined : hunks[findHunk(hunks, { file: input.file, hunk: input.hunk ?? 0 })]
    await setShownHunk(act.tx, change.id, at ?? null)
    await touchCards(act.tx, { kind: 'review', subjectId: change.id })
    return { task: task.number }
  },
  say: () => undefined,
  toast: () => '',
})
