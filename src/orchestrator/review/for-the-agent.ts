/** What an agent is told of a review by hunk: what was dropped and what was said, with the lines it is about. */
import { cut, type ChangeId, type TaskId } from '#core'
import { changeById, hunkText, judgedHunks, untoldPart, type Change, type JudgedHunk, type Sql } from '#db'
import { isDropped, nameHunk } from './tally.ts'

/** Of each piece: the agent has the files and needs to know which lines are meant. */
const HUNK_CHARACTERS = 1200
/** Pieces told with their lines; of more, places alone. */
const WITH_LINES = 12
/** Beside a person's own words this fits what an agent is told at once. */
const MAX_WORDS = 18_000

/** The dropped pieces and all comments, or undefined when there are none. */
export async function reviewForAgent(sql: Sql, change: Change): Promise<string | undefined> {
  const hunks = await judgedHunks(sql, change.id)
  const said = hunks.filter((hunk) => isDropped(hunk) || hunk.comment !== null)
  if (said.length === 0) return undefined
  const parts = [
    `Your change was read piece by piece. ${said.some(isDropped) ? 'What is dropped must not be in your next proposal as it is: do it as the comment says, or not at all.' : 'Take up the comments.'} What is not named here may stay.`,
  ]
  for (const [index, hunk] of said.entries()) parts.push(await onePiece(sql, change, hunks, hunk, index < WITH_LINES))
  return cut(parts.join('\n\n'), MAX_WORDS)
}

async function onePiece(sql: Sql, change: Change, hunks: readonly JudgedHunk[], hunk: JudgedHunk, withLines: boolean): Promise<string> {
  const head = `${isDropped(hunk) ? 'Dropped' : 'Comment'}: ${change.files[hunk.file]?.path ?? '?'}, ${nameHunk(change, hunks, hunk)} (as it was before your change)`
  const text = withLines ? await hunkText(sql, change.id, hunk) : undefined
  return [head, ...(text === undefined ? [] : [cut(text, HUNK_CHARACTERS)]), ...(hunk.comment === null ? [] : [`They say: ${hunk.comment}`])].join(
    '\n',
  )
}

/** What a person left out of the files since the agent last worked; it is told before anything else. */
export async function leftOutForAgent(sql: Sql, taskId: TaskId): Promise<string | undefined> {
  const part = (await untoldPart(sql, taskId))?.part
  return part === undefined || part === null ? undefined : leftOutOf(sql, part.of)
}

/** Which pieces of a change its task's files no longer hold. */
export async function leftOutOf(sql: Sql, id: ChangeId): Promise<string | undefined> {
  const [change, hunks] = [await changeById(sql, id), await judgedHunks(sql, id)]
  const out = hunks.filter(isDropped)
  if (change === undefined || out.length === 0) return undefined
  const lines = out.map((hunk) => {
    const said = hunk.comment === null ? '' : `: ${hunk.comment}`
    return `- ${change.files[hunk.file]?.path ?? '?'}, ${nameHunk(change, hunks, hunk)}${said}`
  })
  const what = `${out.length} of ${hunks.length} pieces`
  return cut(`The person left ${what} out of your change; the files no longer hold them, and they are to stay out:\n${lines.join('\n')}`, MAX_WORDS)
}
