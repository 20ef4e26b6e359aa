/** Sends the whole diff before its review card: as highlighted text when it is short, else a beginning as text and all of it as a file. */
import { b, cut, nameHidden, pre, redactKeys, type ChangeId, type Text } from '#core'
import type { Task, Tx } from '#db'
import type { Diff } from '#git'
import { sayAbout, sendFileAbout } from '../show.ts'

/** Two Telegram messages of code are read on a phone; more is scrolled past, so the rest goes into a file. */
const INLINE_CHARACTERS = 7000
const PREVIEW_CHARACTERS = 3000

/** Whole object names take two lines of a phone; the file has them. Content lines never begin like this: theirs begin with a space, + or −. */
const INDEX_LINE = /^index ([0-9a-f]{7})[0-9a-f]*\.\.([0-9a-f]{7})[0-9a-f]*/gmu

/** `changeId` makes the messages part of what must be shown before a merge; a second look leaves it out. */
export type ShownDiff = { readonly changeId?: ChangeId; readonly key: string; readonly number: number; readonly diff: Diff }

/** Enqueues the messages in the change's name; its Merge button appears only when Telegram has accepted every one of them. */
export async function sendDiff(tx: Tx, task: Task, shown: ShownDiff): Promise<void> {
  const { key } = shown
  const of = shown.changeId === undefined ? {} : { changeId: shown.changeId }
  const patch = redactKeys(nameHidden(shown.diff.patch)).replace(INDEX_LINE, 'index $1..$2')
  const head: Text = [
    b(`T${task.number} · change ${shown.number}`),
    ` · ${countFiles(shown.diff.files.length)} +${shown.diff.insertions} −${shown.diff.deletions}\n`,
  ]
  const inline = patch.length <= INLINE_CHARACTERS
  const body = inline ? patch : `${cut(patch, PREVIEW_CHARACTERS)}\n[the whole diff is in the file below]`
  await sayAbout(tx, task, { key: `${key}:text`, text: [head, pre(body, 'diff')], ...of })
  if (inline) return
  await sendFileAbout(tx, task, {
    key: `${key}:file`,
    filename: `T${task.number}-change-${shown.number}.diff`,
    text: patch,
    caption: `The whole diff of T${task.number}, change ${shown.number}: ${shown.diff.patchBytes} bytes.`,
    ...of,
  })
}

export function countFiles(n: number): string {
  return n === 1 ? '1 file' : `${n} files`
}
