/** Writing a wish down in WISHES.md: what the scripted model does with words it cannot act on. */
import { oneLine } from '#core'
import { call } from '../script.ts'
import type { Facts } from './facts.ts'
import { HONESTY, look, type Job, type Step } from './flow.ts'

const FILE = 'WISHES.md'
/** A line in a file, not a novel. */
const NOTE_MAX = 400

/** Steps that read WISHES.md, if there is one, and write it with the notes added. */
export function noteSteps(part: number, notes: (facts: Facts) => readonly string[]): Step[] {
  const fresh = (facts: Facts): string[] =>
    notes(facts)
      .map((note) => oneLine(note, NOTE_MAX))
      .filter((note) => note !== '')
  return [
    { part, calls: (facts) => [fresh(facts).length > 0 && facts.files?.includes(FILE) === true ? call('read_file', { path: FILE }) : undefined] },
    {
      part,
      calls: (facts) => {
        const lines = fresh(facts).map((note) => `- ${note}\n`)
        const before = facts.files?.includes(FILE) === true ? facts.text(FILE) : '# Wishes\n\n'
        return [lines.length === 0 || before === undefined ? undefined : call('write_file', { path: FILE, content: before + lines.join('') })]
      },
    },
  ]
}

/** Whether the notes were written. */
export function noted(facts: Facts): boolean {
  return facts.now.calls.some(({ name, input, isError }) => name === 'write_file' && input['path'] === FILE && !isError)
}

/** Any wish without a script of its own. */
export const freeWish: Job = {
  plan: ['Look at the project', `Write the wish down in ${FILE}`],
  steps: [look, ...noteSteps(1, ({ now }) => [now.request, ...now.steers])],
  summary: (facts) =>
    noted(facts)
      ? `I cannot do this: I play scripts and have none for it. I looked at the project (${facts.files?.length ?? 0} files) and wrote the wish down in ${FILE}, so that you can see a change land.\n${HONESTY}`
      : `I cannot do this: I play scripts and have none for it, and ${FILE} could not be written either. Nothing was changed.\n${HONESTY}`,
}
