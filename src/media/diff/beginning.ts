/** The beginning of a patch, as much as pictures can show: itself a patch, its last hunk counted anew. Never takes a line of content for a header. */

/** Four pages hold about 120 lines; what git says of a file around its hunks takes up to eight lines and is drawn in two. */
const MAX_LINES = 800
/** Four pages hold about 7,000 columns; a combined character may take several units. */
const MAX_CHARACTERS = 64_000

export type Beginning = {
  readonly patch: string
  /** Whether that is all of it. */
  readonly whole: boolean
}

/** A hunk while it is read: how many lines of each side came, and how many are still to come. */
export type OpenHunk = {
  readonly header: number
  readonly oldStart: string
  readonly newStart: string
  readonly rest: string
  used: Sides
  left: Sides
}
type Sides = { old: number; fresh: number }

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/u

/** Cuts a patch as git writes it (`--unified`, line feeds) to what can be drawn. */
export function beginningOf(patch: string): Beginning {
  const lines: string[] = []
  let hunk: OpenHunk | undefined
  let from = 0
  while (from < patch.length) {
    const end = patch.indexOf('\n', from)
    const to = end < 0 ? patch.length : end
    const room = MAX_CHARACTERS - from
    if (lines.length >= MAX_LINES || room <= 0) return cutOff(lines, hunk)
    const isLong = to - from > room
    const line = patch.slice(from, isLong ? from + room : to).toWellFormed()
    hunk = readLine(line, lines.length, hunk)
    lines.push(line)
    if (isLong) return cutOff(lines, hunk)
    from = to + 1
  }
  return { patch, whole: true }
}

/** The hunk this line is of, or opens; undefined outside of hunks. `at`: which line of the patch it is. */
export function readLine(line: string, at: number, hunk: OpenHunk | undefined): OpenHunk | undefined {
  if (hunk !== undefined && (hunk.left.old > 0 || hunk.left.fresh > 0)) {
    const sign = line.slice(0, 1)
    if (sign !== '+' && sign !== '\\') count(hunk, 'old')
    if (sign !== '-' && sign !== '\\') count(hunk, 'fresh')
    return hunk
  }
  const found = HUNK.exec(line)
  if (found === null) return line.startsWith('\\') ? hunk : undefined
  const [, oldStart = '', oldLines = '1', newStart = '', newLines = '1', rest = ''] = found
  return { header: at, oldStart, newStart, rest, used: { old: 0, fresh: 0 }, left: { old: Number(oldLines), fresh: Number(newLines) } }
}

function count(hunk: OpenHunk, side: keyof Sides): void {
  hunk.used[side] += 1
  hunk.left[side] -= 1
}

function cutOff(lines: string[], hunk: OpenHunk | undefined): Beginning {
  if (hunk !== undefined) {
    const { header, oldStart, newStart, rest, used } = hunk
    if (lines.length === header + 1) lines.pop()
    else lines[header] = `@@ -${oldStart},${used.old} +${newStart},${used.fresh} @@${rest}`
  }
  return { patch: `${lines.join('\n')}\n`, whole: false }
}
