/** A word about a piece of a change: the change must be open and the one that was shown, and the piece must be one of its own. */
import { LughError } from '#core'
import { appendEvent, judgedHunks, setShownHunk, touchCards, type Change, type JudgedHunk, type Task } from '#db'
import { z } from 'zod'
import type { Act } from '../capability.ts'
import { isAt, tally, type Tally } from '../review/tally.ts'
import { ChangeBound, theOpenChange } from './the-change.ts'

const Place = z.coerce.number().int().min(0).max(1_000_000)
export const HunkBound = ChangeBound.extend({ file: Place, hunk: Place })

/** What a card says after a word about a piece. */
export const HunkView = z.object({
  task: z.number(),
  total: z.number(),
  kept: z.number(),
  dropped: z.number(),
  comments: z.number(),
  /** There is a piece behind this one. */
  more: z.boolean(),
})
export type HunkView = z.infer<typeof HunkView>

/** The open change with its pieces. Throws a LughError that says what became of it, or that it is not read in pieces. */
export async function theOpenHunks(act: Act, bound: z.infer<typeof ChangeBound>): Promise<{ change: Change; task: Task; hunks: JudgedHunk[] }> {
  const { change, task } = await theOpenChange(act, bound)
  const hunks = await judgedHunks(act.tx, change.id)
  if (hunks.length === 0) throw new LughError('not-found', 'This change has too many pieces to go through them here. 👁 Diff shows all of it.')
  return { change, task, hunks }
}

/** The place in the list of pieces. Throws `not-found`. */
export function findHunk(hunks: readonly JudgedHunk[], at: { file: number; hunk: number }): number {
  const index = hunks.findIndex(isAt(at))
  if (index < 0) throw new LughError('not-found', 'The change has no such hunk. list_hunks names those it has.')
  return index
}

/** Writes down that something was said, brings the card up to date, and answers how the change stands. */
export async function afterWord(
  act: Act,
  task: Task,
  change: Change,
  word: { file: number; hunk: number | null; said: 'keep' | 'drop' | 'comment' },
): Promise<Tally> {
  const { personId, door } = act.caller
  await appendEvent(act.tx, {
    taskId: task.id,
    projectId: task.projectId,
    personId,
    door,
    kind: 'change.judged',
    data: { changeId: change.id, digest: change.digest, ...word },
  })
  await touchCards(act.tx, { kind: 'review', subjectId: change.id })
  return tally(await judgedHunks(act.tx, change.id))
}

/** Moves the card on, if it shows pieces now. */
export async function stepTo(act: Act, change: Change, next: JudgedHunk | undefined): Promise<void> {
  if (change.atFile !== null && next !== undefined) await setShownHunk(act.tx, change.id, next)
}
