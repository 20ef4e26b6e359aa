/** “before dark mode”: which merge a person means who names a task by what it was about. Pure. */
import { nameHidden, oneLine } from '#core'
import type { Merged } from '#db'

/** Of older merges the checkpoints have long been tidied away, unless somebody wanted them kept for ever. */
export const MERGES_LOOKED_AT = 500

const BEFORE = /^(?:before|vor)\s+(?<what>.+)$/iu
/** What every branch of Lugh's begins with names no task. */
const OWN_PREFIX = /^lugh\/t\d+-?/u
/** Words around a task's name that are none of it, in English and German. */
const AROUND = new Set(
  'the a an of for merge merged merging landing landed task was were got came come in went it der die das den dem des ein eine einen einem von vom für wurde wurden war gemergt gemerged kam reinkam aufgabe'.split(
    ' ',
  ),
)

/** The merges whose task is called so: by its number, by its whole title, or else by words that are in title or branch. In the order given. */
export function mergesMeant(words: string, merged: readonly Merged[]): Merged[] {
  const said = wordsOf(BEFORE.exec(words.trim())?.groups?.['what'] ?? '')
  const named = said.filter((word) => !AROUND.has(word))
  const number = /^t(\d{1,9})$/u.exec(named[0] ?? '')?.[1]
  if (number !== undefined && named.length === 1) return merged.filter(({ task }) => task === Number(number))
  if (named.length === 0) return []
  const called = merged.filter(({ title }) => [said, named].some((all) => all.join(' ') === wordsOf(title).join(' ')))
  if (called.length > 0) return called
  return merged.filter(({ title, branch }) => {
    const known = wordsOf(`${title} ${branch.replace(OWN_PREFIX, '')}`)
    return named.every((word) => known.some((one) => one.startsWith(word)))
  })
}

/** `C3, before T4 Dark mode (11-22 06:10)`. */
export function mergeLine({ task, title, at, checkpoint }: Merged): string {
  return `C${checkpoint ?? '?'}, before T${task} ${oneLine(nameHidden(title), 50)} (${at.toISOString().slice(5, 16).replace('T', ' ')})`
}

function wordsOf(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}
