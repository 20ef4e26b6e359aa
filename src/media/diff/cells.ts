/**
 * A line of a file as the cells a picture has for it, so that no two lines look the same: what shows nothing, reorders or hides its neighbours, or
 * is in no font here, becomes a box with its name. Everything stands in the order of the file, whatever direction its script is read in.
 */

export type Cell = {
  /** `text`: drawn as it is. `box`: named. `tab` and `space`: drawn as signs, a space only where it matters. */
  readonly kind: 'text' | 'box' | 'tab' | 'space'
  /** What is drawn: the characters, or the name. */
  readonly text: string
  /** How many columns it takes. */
  readonly width: number
  /** Where it begins in the line, in UTF-16 units. */
  readonly at: number
  /** A letter that looks like one of another script, in a word of that other script. */
  readonly disguised?: true
}

/** Whether a font here has a picture for the text. */
export type CanDraw = (text: string) => boolean

const TAB_COLUMNS = 4

/** What programmers call them; the others by their number. */
const NAMES: Readonly<Record<string, string>> = {
  '\u0000': 'NUL',
  '\u0007': 'BEL',
  '\u0008': 'BS',
  '\u000a': 'LF',
  '\u000b': 'VT',
  '\u000c': 'FF',
  '\u000d': 'CR',
  '\u001b': 'ESC',
  '\u007f': 'DEL',
  '\u0085': 'NEL',
  '\u00a0': 'NBSP',
  '\u00ad': 'SHY',
  '\u061c': 'ALM',
  '\u200b': 'ZWSP',
  '\u200c': 'ZWNJ',
  '\u200d': 'ZWJ',
  '\u200e': 'LRM',
  '\u200f': 'RLM',
  '\u2028': 'LSEP',
  '\u2029': 'PSEP',
  '\u202a': 'LRE',
  '\u202b': 'RLE',
  '\u202c': 'PDF',
  '\u202d': 'LRO',
  '\u202e': 'RLO',
  '\u202f': 'NNBSP',
  '\u2060': 'WJ',
  '\u2066': 'LRI',
  '\u2067': 'RLI',
  '\u2068': 'FSI',
  '\u2069': 'PDI',
  '\ufe0f': 'VS16',
  '\ufeff': 'BOM',
}

/** Controls, formats, private use, unassigned, lone surrogates, every space but the plain one, and what may be left out of sight. */
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\ufffc]/u
const MARK = /\p{M}/u
/** Marks beyond these pile up over the lines around. */
const MARKS_ON_A_LETTER = 3
const EMOJI = /^\p{RGI_Emoji}$/v
const PICTOGRAPH = /\p{Extended_Pictographic}|\p{Emoji_Component}/u
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}\p{Script=Coptic}]/u
const LATIN = /\p{Script=Latin}/u
const WORD = /[\p{L}\p{M}\p{N}_]+/gu
const PLAIN = /^[\u0020-\u007e]*$/u

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The cells of one line (without its line feed). */
export function cellsOf(line: string, canDraw: CanDraw): Cell[] {
  if (PLAIN.test(line)) return Array.from(line, (text, at) => ({ kind: text === ' ' ? 'space' : 'text', text, width: 1, at }))
  const disguises = disguisedIn(line)
  const cells: Cell[] = []
  let column = 0
  const put = (cell: Cell): void => {
    cells.push(disguises.has(cell.at) ? { ...cell, disguised: true } : cell)
    column += cell.width
  }
  for (const { segment, index } of clusters.segment(line)) {
    if (segment === '\t') put({ kind: 'tab', text: '\t', width: TAB_COLUMNS - (column % TAB_COLUMNS), at: index })
    else for (const cell of cellsOfCluster(segment, index, canDraw)) put(cell)
  }
  return cells
}

function cellsOfCluster(cluster: string, at: number, canDraw: CanDraw): Cell[] {
  if (cluster === ' ') return [{ kind: 'space', text: ' ', width: 1, at }]
  if (EMOJI.test(cluster) && canDraw(cluster)) return [{ kind: 'text', text: cluster, width: 2, at }]
  if (isPlainCluster(cluster) && canDraw(cluster)) return [{ kind: 'text', text: cluster, width: WIDE.test(cluster) ? 2 : 1, at }]
  let from = at
  return Array.from(cluster, (point) => {
    const here = from
    from += point.length
    if (point === ' ') return { kind: 'space', text: ' ', width: 1, at: here }
    return isPlainCluster(point) && canDraw(point)
      ? { kind: 'text', text: point, width: WIDE.test(point) ? 2 : 1, at: here }
      : box(nameOf(point), here)
  })
}

/** Whether it shows by itself, and as itself: nothing unseen, no other spelling of the same picture, no pile of marks. */
function isPlainCluster(cluster: string): boolean {
  const points = Array.from(cluster)
  const [first = '', ...rest] = points
  if (points.some((point) => UNSEEN.test(point)) || MARK.test(first)) return false
  if (rest.length > MARKS_ON_A_LETTER || !rest.every((point) => MARK.test(point) || /\p{L}/u.test(point))) return false
  // A pictograph with a sign for another look is an emoji or nothing; each is then named apart.
  return cluster.normalize('NFC') === cluster && (rest.length === 0 || !PICTOGRAPH.test(first))
}

function nameOf(point: string): string {
  return NAMES[point] ?? `U+${(point.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** Names are written small: three letters take the room of two, and the frame half a column on each side. */
function box(text: string, at: number): Cell {
  return { kind: 'box', text, width: Math.ceil(text.length * 0.64 + 0.7), at }
}

/** Where letters stand that look like their neighbours' script and are of another. */
function disguisedIn(line: string): Set<number> {
  const found = new Set<number>()
  if (!LOOKALIKE.test(line)) return found
  for (const word of line.matchAll(WORD)) {
    if (!LATIN.test(word[0])) continue
    let at = word.index
    for (const point of word[0]) {
      if (LOOKALIKE.test(point)) found.add(at)
      at += point.length
    }
  }
  return found
}
