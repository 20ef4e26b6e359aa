/** Exact replacements in a text. Pure; refuses what is not there or there more than once, and says where the nearest place is. */
import { cut } from '#core'

export type Edit = { readonly old_text: string; readonly new_text: string; readonly replace_all: boolean }

/** Lines compared when looking for the nearest place; enough for any source file. */
const COMPARED_MAX = 20_000
/** Lines of the nearest place shown. */
const SHOWN_LINES = 12

/** Applies the edits one after the other. Answers the new text, or in `say` what is wrong with which edit; then nothing counts as applied. */
export function applyEdits(text: string, edits: readonly Edit[]): { readonly text: string } | { readonly say: string } {
  let now = text
  for (const [index, given] of edits.entries()) {
    const which = edits.length === 1 ? 'The edit' : `Edit ${index + 1} of ${edits.length}`
    const edit = withLineEnds(now, given)
    const say = problem(now, edit)
    if (say !== undefined) return { say: `${which} ${say} Nothing was changed.` }
    now = now.replaceAll(edit.old_text, () => edit.new_text)
  }
  return now === text ? { say: 'The edits leave the file as it is.' } : { text: now }
}

function problem(text: string, { old_text: old, new_text: fresh, replace_all: all }: Edit): string | undefined {
  if (old === '') return 'has an empty old_text: use write_file for a new file, or name the line beside which to insert.'
  if (old === fresh) return 'has the same old_text and new_text.'
  const places = placesOf(text, old)
  if (places.length === 0) return `does not fit: its old_text is not in the file. ${nearest(text, old)}`
  if (places.length > 1 && !all)
    return `does not fit: its old_text is there ${places.length} times (lines ${places
      .slice(0, 8)
      .map((at) => lineAt(text, at))
      .join(', ')}). Take more lines around it, or set replace_all.`
  return undefined
}

/** Models write line feeds; a file with CRLF keeps its own ends. */
function withLineEnds(text: string, edit: Edit): Edit {
  if (!text.includes('\r\n') || text.includes(edit.old_text) || edit.old_text.includes('\r')) return edit
  const crlf = (part: string): string => part.replace(/\r?\n/g, '\r\n')
  return { ...edit, old_text: crlf(edit.old_text), new_text: crlf(edit.new_text) }
}

function placesOf(text: string, old: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(old); at >= 0; at = text.indexOf(old, at + old.length)) places.push(at)
  return places
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/** The place in the file most like the first telling line of `old`, as it stands there. */
function nearest(text: string, old: string): string {
  const wanted = old.split('\n').map((row) => row.trim())
  const first = Math.max(
    0,
    wanted.findIndex((row) => row !== ''),
  )
  const lines = text.split('\n').slice(0, COMPARED_MAX)
  let best = { at: -1, score: 0.4 }
  for (const [at, row] of lines.entries()) {
    const score = likeness(row.trim(), wanted[first] ?? '')
    if (score > best.score) best = { at, score }
  }
  if (best.at < 0) return 'Nothing like it was found: read the file again.'
  const from = Math.max(0, best.at - first)
  const shown = lines.slice(from, from + Math.min(wanted.length, SHOWN_LINES)).map((row) => cut(row, 200))
  return `${best.score === 1 ? 'It differs in white space or in later lines from' : 'The nearest is'} line ${from + 1}:\n${shown.join('\n')}\n`
}

/** Share of letter pairs two lines have in common (Dice), 1 when equal. */
function likeness(a: string, b: string): number {
  if (a === b) return 1
  const pairsOf = (row: string): string[] => Array.from({ length: Math.max(0, Math.min(row.length, 200) - 1) }, (_, at) => row.slice(at, at + 2))
  const pairs = new Set(pairsOf(a))
  const others = pairsOf(b)
  const total = pairs.size + others.length
  return total === 0 ? 0 : Math.min(0.99, (2 * others.filter((pair) => pairs.has(pair)).length) / total)
}
