/** Sends the whole diff before its review card: as pictures, with all of it as a file when they do not hold it; or as text where pictures are off. */
import { b, cut, nameHidden, pre, redactKeys, redactKeysByLine, type ChangeId, type Text } from '#core'
import type { Task, Tx } from '#db'
import type { Diff } from '#git'
import { beginningOf } from '#media'
import type { Facts } from '../capability.ts'
import { sayAbout, sendFileAbout, showPictures } from '../show.ts'

/** Two Telegram messages of code are read on a phone; more is scrolled past, so the rest goes into a file. */
const INLINE_CHARACTERS = 7000
const PREVIEW_CHARACTERS = 3000

/** Whole object names take two lines of a phone; the file has them. Content lines never begin like this: theirs begin with a space, + or −. */
const INDEX_LINE = /^index ([0-9a-f]{7})[0-9a-f]*\.\.([0-9a-f]{7})[0-9a-f]*/gmu

/** `changeId` makes the messages part of what must be shown before a merge; a second look leaves it out. */
export type ShownDiff = {
  readonly changeId?: ChangeId
  readonly key: string
  readonly number: number
  readonly diff: Diff
  readonly pictures: Facts['pictures']
}

/** Enqueues the messages in the change's name; its Merge button appears only when Telegram has accepted every one of them. */
export async function sendDiff(tx: Tx, task: Task, shown: ShownDiff): Promise<void> {
  const words = wordsOf(task, shown)
  if (shown.pictures !== 'off') return sendPictures(tx, task, { ...shown, look: shown.pictures }, words)
  const { key } = shown
  const of = shown.changeId === undefined ? {} : { changeId: shown.changeId }
  await sayAbout(tx, task, { key: `${key}:text`, text: [words.head, '\n', words.preview], ...of })
  if (words.inline) return
  const { filename, text, caption } = words
  await sendFileAbout(tx, task, { key: `${key}:file`, filename, text, caption, ...of })
}

/** What is drawn is the diff itself, hidden characters and all; the drawing names them. Only keys are taken out before. */
async function sendPictures(tx: Tx, task: Task, shown: ShownDiff & { look: 'dark' | 'light' }, words: Words): Promise<void> {
  const { patch, whole } = beginningOf(shown.diff.patch)
  await showPictures(tx, task, {
    key: `${shown.key}:pictures`,
    ...(shown.changeId === undefined ? {} : { changeId: shown.changeId }),
    pictures: {
      ...words,
      title: `T${task.number} · change ${shown.number}`,
      look: shown.look,
      beginning: Buffer.from(redactKeysByLine(patch), 'utf8').toString('base64'),
      whole,
    },
  })
}

type Words = { head: Text; preview: Text; inline: boolean; filename: string; text: string; caption: Text }

function wordsOf(task: Task, { number, diff }: ShownDiff): Words {
  const text = redactKeys(nameHidden(diff.patch)).replace(INDEX_LINE, 'index $1..$2')
  const inline = text.length <= INLINE_CHARACTERS
  return {
    head: [b(`T${task.number} · change ${number}`), ` · ${countFiles(diff.files.length)} +${diff.insertions} −${diff.deletions}`],
    preview: pre(inline ? text : `${cut(text, PREVIEW_CHARACTERS)}\n[the whole diff is in the file below]`, 'diff'),
    inline,
    filename: `T${task.number}-change-${number}.diff`,
    text,
    caption: `The whole diff of T${task.number}, change ${number}: ${diff.patchBytes} bytes.`,
  }
}

export function countFiles(n: number): string {
  return n === 1 ? '1 file' : `${n} files`
}
