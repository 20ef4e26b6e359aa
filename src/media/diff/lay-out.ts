/** Files and their lines → pages of rows. Every line is on a page in full or the answer says that something is missing; nothing is left out between. */
import { cellsOf, type CanDraw, type Cell } from './cells.ts'
import type { Colour, Painted } from './highlight.ts'
import type { PatchFile, PatchHunk, PatchLine } from './parse-patch.ts'
import { markWords, type Mark } from './words.ts'

/** A cell with its looks. */
export type Ink = Cell & {
  readonly colour?: string
  /** Of a word that differs. */
  readonly marked?: true
  /** A space that would not be seen: at the end of a row, or what differs. */
  readonly dotted?: true
}

export type Row =
  | { readonly kind: 'file'; readonly file: PatchFile; readonly cells: readonly Ink[]; readonly again: boolean; readonly first: boolean }
  | { readonly kind: 'note'; readonly cells: readonly Ink[] }
  | { readonly kind: 'hunk'; readonly cells: readonly Ink[] }
  | {
      readonly kind: 'code'
      readonly sign: PatchLine['sign']
      /** Of the first row of a line. */
      readonly number?: number
      /** Columns before the cells: rows that go on stand further in. */
      readonly indent: number
      readonly cells: readonly Ink[]
    }
  | { readonly kind: 'gap' }

/** Heights in pixels. */
export const HEIGHTS: Readonly<Record<Row['kind'], number>> = { file: 56, note: 40, hunk: 40, code: 38, gap: 22 }

export type Page = { readonly rows: readonly Row[] }
export type Laid = {
  readonly pages: readonly Page[]
  /** Whether every row is on a page. */
  readonly complete: boolean
}

export type Measures = {
  /** Columns of code, of a file's name, and of notes. */
  readonly columns: { readonly code: number; readonly name: number; readonly note: number }
  readonly pageHeight: number
  readonly maxPages: number
  readonly canDraw: CanDraw
}

export type PaintOf = (hunk: PatchHunk) => Painted | undefined

/** Room of a name and some lines under it: a header never stands alone at the foot of a page. */
const TOGETHER = HEIGHTS.file + HEIGHTS.note + HEIGHTS.code * 2

/** `paintOf` answers what is known of a hunk's colours. */
export function layOut(files: readonly PatchFile[], measures: Measures, paintOf: PaintOf): Laid {
  const pages: Row[][] = [[]]
  let height = 0
  const open = (): boolean => {
    if (pages.length >= measures.maxPages) return false
    pages.push([])
    height = 0
    return true
  }
  const put = (row: Row): void => {
    pages.at(-1)?.push(row)
    height += HEIGHTS[row.kind]
  }
  for (const file of files) {
    if (height > 0) {
      if (height + HEIGHTS.gap + TOGETHER > measures.pageHeight) {
        if (!open()) return { pages: toPages(pages), complete: false }
      } else put({ kind: 'gap' })
    }
    for (const row of rowsOf(file, measures, paintOf)) {
      if (height + HEIGHTS[row.kind] > measures.pageHeight) {
        if (!open()) return { pages: toPages(pages), complete: false }
        if (row.kind !== 'file') put(nameRows(file, measures, true)[0] ?? row)
      }
      put(row)
    }
  }
  return { pages: toPages(pages), complete: true }
}

function toPages(pages: readonly Row[][]): Page[] {
  return pages.map((rows) => ({ rows }))
}

/** The rows of one file in order, made as they are asked for: of a file of a million lines only what fits is ever made. */
function* rowsOf(file: PatchFile, measures: Measures, paintOf: PaintOf): Generator<Row> {
  yield* nameRows(file, measures, false)
  for (const note of file.notes)
    for (const { cells } of wrap(cellsOf(note, measures.canDraw), measures.columns.note, 0)) yield { kind: 'note', cells: dotEnds(cells) }
  if (file.hunks.length === 0 && file.notes.length === 0) yield { kind: 'note', cells: cellsOf('empty file', measures.canDraw) }
  for (const [at, hunk] of file.hunks.entries()) {
    if (at > 0 || hunk.section !== '') yield { kind: 'hunk', cells: cellsOf(hunk.section, measures.canDraw) }
    yield* rowsOfHunk(hunk, measures, paintOf(hunk))
  }
}

function nameRows(file: PatchFile, { columns, canDraw }: Measures, again: boolean): Row[] {
  const name = file.oldPath === undefined ? file.path : `${file.oldPath} → ${file.path}`
  return wrap(cellsOf(name, canDraw), columns.name, 0).map(({ cells }, at) => ({ kind: 'file', file, cells: dotEnds(cells), again, first: at === 0 }))
}

function* rowsOfHunk(hunk: PatchHunk, { columns, canDraw }: Measures, painted: Painted | undefined): Generator<Row> {
  const marks = marksOf(hunk.lines)
  let [old, fresh] = [0, 0]
  for (const [at, line] of hunk.lines.entries()) {
    const colours = line.sign === '-' ? painted?.old[old] : painted?.fresh[fresh]
    if (line.sign !== '+') old += 1
    if (line.sign !== '-') fresh += 1
    const cells = ink(cellsOf(line.text, canDraw), line, marks.get(at) ?? [], colours ?? [])
    for (const [part, row] of wrap(cells, columns.code, indentOf(line.text, columns.code)).entries())
      yield {
        kind: 'code',
        sign: line.sign,
        ...(part === 0 ? { number: line.number } : {}),
        indent: row.indent,
        cells: line.sign === ' ' ? row.cells : dotEnds(row.cells),
      }
    if (line.open) yield { kind: 'note', cells: cellsOf(`${line.sign === ' ' ? '' : `${line.sign} `}no line feed at the end of the file`, canDraw) }
  }
}

/** Lines are compared each with each while they are so few; more at once are a new piece of code. */
const MAX_PAIRS = 400

/** Marks of the lines that were changed: each that went with the next that is like it among those that came in their place. */
function marksOf(lines: readonly PatchLine[]): Map<number, readonly Mark[]> {
  const marks = new Map<number, readonly Mark[]>()
  for (let at = 0; at < lines.length;) {
    const gone = run(lines, at, '-')
    const come = run(lines, at + gone, '+')
    if (gone * come <= MAX_PAIRS) markPairs(lines, { at, gone, come }, marks)
    at += Math.max(1, gone + come)
  }
  return marks
}

function markPairs(lines: readonly PatchLine[], block: { at: number; gone: number; come: number }, marks: Map<number, readonly Mark[]>): void {
  const end = block.at + block.gone + block.come
  let next = block.at + block.gone
  for (let old = block.at; old < block.at + block.gone; old += 1)
    for (let fresh = next; fresh < end; fresh += 1) {
      const found = markWords(lines[old]?.text ?? '', lines[fresh]?.text ?? '')
      if (found === undefined) continue
      marks.set(old, found.old)
      marks.set(fresh, found.fresh)
      next = fresh + 1
      break
    }
}

function run(lines: readonly PatchLine[], from: number, sign: PatchLine['sign']): number {
  let to = from
  while (lines[to]?.sign === sign) to += 1
  return to - from
}

function ink(cells: readonly Cell[], line: PatchLine, marks: readonly Mark[], colours: readonly Colour[]): Ink[] {
  let next = 0
  let colour: string | undefined
  const end = line.text.trimEnd().length
  return cells.map((cell, index) => {
    const to = cells[index + 1]?.at ?? line.text.length
    while (next < colours.length && (colours[next]?.from ?? Infinity) <= cell.at) colour = colours[next++]?.colour
    const marked = marks.some((mark) => mark.from < to && mark.to > cell.at)
    const dotted = cell.kind === 'space' && (marked || (line.sign !== ' ' && cell.at >= end))
    return { ...cell, ...(colour === undefined ? {} : { colour }), ...(marked ? { marked } : {}), ...(dotted ? { dotted } : {}) }
  })
}

/** Spaces at the end of a row cannot be counted unless they are shown. */
function dotEnds(cells: readonly Ink[]): readonly Ink[] {
  const last = cells.findLastIndex(({ kind }) => kind !== 'space')
  if (last === cells.length - 1) return cells
  return cells.map((cell, at) => (at > last ? { ...cell, dotted: true } : cell))
}

/** A break is made behind a space or sign if there is one in this many last columns. */
const SOFT_COLUMNS = 14
const BREAKABLE = /[\s,;:(){}[\]=+|&./-]/u

type Part = { readonly indent: number; readonly cells: readonly Ink[] }

/** Cuts cells into rows of at most `columns`; rows that go on stand `further` columns in. A row has at least one cell. */
export function wrap(cells: readonly Ink[], columns: number, further: number): Part[] {
  const parts: Part[] = []
  let from = 0
  do {
    const indent = parts.length === 0 ? 0 : further
    const to = breakAt(cells, from, columns - indent)
    parts.push({ indent, cells: cells.slice(from, to) })
    from = to
  } while (from < cells.length)
  return parts
}

function breakAt(cells: readonly Ink[], from: number, room: number): number {
  let to = from
  let used = 0
  while (to < cells.length && (to === from || used + (cells[to]?.width ?? 0) <= room)) used += cells[to++]?.width ?? 0
  if (to >= cells.length) return to
  for (let soft = to; soft > Math.max(from + 1, to - SOFT_COLUMNS); soft -= 1) if (BREAKABLE.test(cells[soft - 1]?.text ?? '')) return soft
  return to
}

/** What goes on stands under the line's own beginning, two columns in; never so far that little room is left. */
function indentOf(text: string, columns: number): number {
  const spaces = /^[ \t]*/u.exec(text)?.[0] ?? ''
  const wide = Array.from(spaces).reduce((sum, char) => sum + (char === '\t' ? 4 : 1), 0)
  return Math.min(wide + 2, Math.floor(columns / 3))
}
