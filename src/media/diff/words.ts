/** Which words of a changed line differ from the line it replaces. Says nothing when little is left of the old line: everything is new then. */
import { diffChars, diffWordsWithSpace } from 'diff'

export type Mark = { readonly from: number; readonly to: number }
export type Marked = { readonly old: readonly Mark[]; readonly fresh: readonly Mark[] }

/** Words are compared pair by pair; longer lines take seconds, and nobody reads marks in them. */
const MAX_CHARACTERS = 2000
const MAX_EDITS = 200
/** Scripts without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u
/** Below this share of what stayed, marks would be everywhere. */
const MIN_SAME = 0.35

/** The differing parts of two lines, in UTF-16 units of each; undefined for lines that have little in common. */
export function markWords(old: string, fresh: string): Marked | undefined {
  if (old.length > MAX_CHARACTERS || fresh.length > MAX_CHARACTERS) return undefined
  const compare = UNSPACED.test(old) || UNSPACED.test(fresh) ? diffChars : diffWordsWithSpace
  const parts = compare(old, fresh, { maxEditLength: MAX_EDITS })
  if (parts === undefined) return undefined
  const marks: { old: Mark[]; fresh: Mark[] } = { old: [], fresh: [] }
  const at = { old: 0, fresh: 0 }
  let same = 0
  for (const { value, added, removed } of parts) {
    if (!added && !removed) same += value.trim().length
    if (!added) at.old = advance(removed ? marks.old : undefined, at.old, value)
    if (!removed) at.fresh = advance(added ? marks.fresh : undefined, at.fresh, value)
  }
  const longest = Math.max(old.trim().length, fresh.trim().length)
  return longest === 0 || same >= longest * MIN_SAME ? marks : undefined
}

function advance(marks: Mark[] | undefined, from: number, value: string): number {
  const to = from + value.length
  marks?.push({ from, to })
  return to
}
