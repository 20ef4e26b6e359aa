/** How a way back reads on its card, at the console and for programs. */
import { RestoreId, b, join, nameHidden, oneLine, type Text } from '#core'
import type { Restore, RestorePreview } from '#db'
import { z } from 'zod'

const SHOWN_TASKS = 6

export const RestoreView = z.object({
  restore: RestoreId,
  state: z.string(),
  how: z.string(),
  parts: z.array(z.string()),
  digest: z.string().nullable(),
  failure: z.string().nullable(),
  preview: z.unknown(),
  made: z.array(z.number()),
})

export function viewRestore(row: Restore): z.infer<typeof RestoreView> {
  return {
    restore: row.id,
    state: row.state,
    how: row.how,
    parts: row.parts,
    digest: row.digest,
    failure: row.failure,
    preview: row.preview,
    made: row.made === null ? [] : [...row.made.tasks, ...row.made.made],
  }
}

/** What would change, line by line. */
export function previewLines(row: Restore, preview: RestorePreview): (Text | false)[] {
  const nothing = preview.targets.length === 0 && preview.tasks.length === 0
  const { said = [] } = preview
  return [
    nothing && b(said.length === 0 ? 'Nothing differs: all of it is as it was.' : 'Nothing differs but what people said since.'),
    ...preview.targets.flatMap((target) => [
      `${oneLine(target.branch, 60)}: ${files(target)}${target.commits === 0 ? '' : `, ${count(target.commits, 'commit')} since ${target.commits === 1 ? 'stays' : 'stay'} in its history`}`,
      namesLine(target),
    ]),
    ...preview.tasks.slice(0, SHOWN_TASKS).flatMap((task) => [taskLine(task, row.keepWords), namesLine(task)]),
    preview.tasks.length > SHOWN_TASKS && `… ${preview.tasks.length - SHOWN_TASKS} more tasks`,
    ...said.slice(0, SHOWN_TASKS).map(({ number, title, words }) => `T${number} ${oneLine(title, 40)}: ${saidSince(words, words, true)}`),
    !nothing &&
      `Stays as it is: ${preview.younger > 0 ? `${count(preview.younger, 'younger task')}, ` : ''}your own folder, and everything ignored or not in git`,
    ...preview.notes.map((note) => `⚠️ ${oneLine(note, 200)}`),
  ]
}

function taskLine(task: RestorePreview['tasks'][number], keepWords: boolean): string {
  const parts = [
    task.foreign === true && 'made anew',
    task.files > 0 && files(task),
    task.messages > 0 && `${count(task.messages, 'message')}${task.foreign === true ? '' : ' since'}`,
    task.words > 0 && saidSince(task.words, task.unheard ?? 0, keepWords),
    task.reworded === true && 'its title, plan or settings differ',
    task.now !== task.was && `${task.now}, was ${task.was}`,
    task.working && 'at work: paused first when it is set back',
    task.note !== undefined && `⚠️ ${task.note}`,
  ].filter((part) => part !== false)
  return `T${task.number} ${oneLine(task.title, 40)}: ${parts.join(' · ')}`
}

/** The first of the files, in a line of its own. */
function namesLine({ files: all, names = [] }: { readonly files: number; readonly names?: string[] }): Text | false {
  if (names.length === 0) return false
  const shown = names.map((name) => nameHidden(oneLine(name, 60))).join(', ')
  return `· ${shown}${all > names.length ? ` and ${all - names.length} more` : ''}`
}

/** What people said to the agent after the checkpoint, and what becomes of it: what was heard is heard again, the rest for the first time. */
function saidSince(n: number, unheard: number, keepWords: boolean): string {
  const said = n === 1 ? '1 message of a person' : `${n} messages of people`
  const waiting = unheard === 0 ? '' : unheard === n ? ', not heard yet,' : `, ${unheard} of them not heard yet,`
  const again = unheard === n ? '' : ' again'
  if (keepWords) return `${said}${waiting} ${n === 1 ? 'stays and is' : 'stay and are'} heard${again}`
  return `${said}${waiting} ${n === 1 ? 'is' : 'are'} not heard${again}`
}

function files(n: { readonly files: number; readonly insertions: number; readonly deletions: number }): string {
  return `${count(n.files, 'file')} +${n.insertions} −${n.deletions}`
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`
}

/** The whole of it, for the console. */
export function sayRestore(view: z.infer<typeof RestoreView>, row: Restore): Text {
  if (row.preview === null) return `Restore ${view.restore} is ${view.state}${view.failure === null ? '.' : `: ${view.failure}`}`
  return join([`Restore ${view.restore} is ${view.state}.`, ...previewLines(row, row.preview), view.failure !== null && `⚠️ ${view.failure}`])
}
