/** One page of a diff as a picture. Draws what was laid out and decides nothing. */
import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas'
import { apart, font, setFont } from './fonts.ts'
import { HEIGHTS, type Ink, type Page, type Row } from './lay-out.ts'
import { THEMES, type Look, type Theme } from './theme.ts'

/** Telegram shrinks photos to 1280 pixels: this is what arrives as it left. */
export const WIDTH = 1080
export const MAX_HEIGHT = 1300
/** 10 px on a phone 390 px wide, what editors show there; 57 columns. */
const SIZE = 28
const COLUMN = SIZE * 0.6
const SMALL = 21
const SMALL_COLUMN = SMALL * 0.6
const NAME_COLUMN = 26 * 0.6
const TOP = 14
const FOOT = 46
const EDGE = 14
/** The badge, and the counts at the right, of a file's first row. */
const NAME_LEFT = 66
const NAME_RIGHT = 190
/** A picture of two lines is no thin strip: Telegram refuses what is 20 times as wide as it is high, and it would look lost. */
const MIN_HEIGHT = 240

/** Where code begins, given the digits of the largest line number. */
function codeLeft(digits: number): number {
  return EDGE + digits * SMALL_COLUMN + 12 + COLUMN + 8
}

export type Frame = { readonly digits: number; readonly look: Look; /** What the foot of each page says. */ readonly foot: string }

export function columnsFor(digits: number): { code: number; name: number; note: number } {
  return {
    code: Math.floor((WIDTH - codeLeft(digits) - EDGE) / COLUMN),
    name: Math.floor((WIDTH - NAME_LEFT - NAME_RIGHT) / NAME_COLUMN),
    note: Math.floor((WIDTH - NAME_LEFT - EDGE) / (24 * 0.6)),
  }
}

/** The height that rows may take of a page. */
export const PAGE_ROOM = MAX_HEIGHT - TOP - FOOT

export function drawPage(page: Page, frame: Frame): Canvas {
  const theme = THEMES[frame.look]
  const rows = page.rows.reduce((sum, { kind }) => sum + HEIGHTS[kind], 0)
  const height = Math.max(MIN_HEIGHT, Math.min(MAX_HEIGHT, TOP + rows + FOOT))
  const canvas = createCanvas(WIDTH, height)
  const context = canvas.getContext('2d')
  context.fillStyle = theme.paper
  context.fillRect(0, 0, WIDTH, height)
  context.textBaseline = 'middle'
  let top = TOP
  for (const row of page.rows) {
    drawRow({ context, theme, top, height: HEIGHTS[row.kind], left: codeLeft(frame.digits) }, row)
    top += HEIGHTS[row.kind]
  }
  setFont(context, font(SMALL))
  context.fillStyle = theme.faint
  context.textAlign = 'right'
  context.fillText(frame.foot, WIDTH - EDGE - 4, height - FOOT / 2 + 2)
  return canvas
}

type Place = { readonly context: SKRSContext2D; readonly theme: Theme; readonly top: number; readonly height: number; readonly left: number }

function drawRow(place: Place, row: Row): void {
  if (row.kind === 'file') return drawName(place, row)
  if (row.kind === 'code') return drawCode(place, row)
  if (row.kind === 'note') return drawNote(place, row.cells)
  if (row.kind === 'hunk') return drawSection(place, row.cells)
}

function drawName(place: Place, row: Extract<Row, { kind: 'file' }>): void {
  const { context, theme, top, height } = place
  context.fillStyle = theme.bar
  context.fillRect(0, top, WIDTH, height)
  const middle = top + height / 2
  if (row.first) {
    const { status, insertions, deletions } = row.file
    context.fillStyle = theme.badge[status]
    context.beginPath()
    context.roundRect(EDGE + 4, middle - 17, 34, 34, 8)
    context.fill()
    setFont(context, font(22, 700))
    context.fillStyle = '#ffffff'
    context.textAlign = 'center'
    context.fillText(row.again ? '…' : status, EDGE + 21, middle + 1)
    setFont(context, font(22, 700))
    context.textAlign = 'right'
    const counts = row.again || insertions + deletions === 0 ? [] : [`−${deletions}`, `+${insertions}`]
    let right = WIDTH - EDGE - 4
    for (const text of counts) {
      context.fillStyle = theme.sides[text.startsWith('+') ? '+' : '-'].ink
      context.fillText(text, right, middle + 1)
      right -= context.measureText(text).width + 14
    }
  }
  drawCells(place, row.cells, { left: NAME_LEFT, size: 26, weight: 700, ink: theme.ink })
}

function drawNote(place: Place, cells: readonly Ink[]): void {
  const { context, theme, top, height } = place
  context.fillStyle = theme.note
  context.fillRect(0, top, WIDTH, height)
  drawCells(place, cells, { left: NAME_LEFT, size: 24, weight: 400, ink: theme.faint })
}

function drawSection(place: Place, cells: readonly Ink[]): void {
  const { context, theme, top, height } = place
  context.fillStyle = theme.note
  context.fillRect(0, top, WIDTH, height)
  setFont(context, font(SMALL, 700))
  context.fillStyle = theme.faint
  context.textAlign = 'left'
  context.fillText('⋯', EDGE + 10, top + height / 2)
  apart(context, () => {
    context.beginPath()
    context.rect(0, top, WIDTH - EDGE, height)
    context.clip()
    drawCells(place, cells, { left: place.left, size: 22, weight: 400, ink: theme.faint })
  })
}

function drawCode(place: Place, row: Extract<Row, { kind: 'code' }>): void {
  const { context, theme, top, height, left } = place
  const side = row.sign === ' ' ? undefined : theme.sides[row.sign]
  const gutter = left - COLUMN - 8
  if (side !== undefined) {
    context.fillStyle = side.row
    context.fillRect(gutter, top, WIDTH - gutter, height)
    context.fillStyle = side.gutter
    context.fillRect(0, top, gutter, height)
  }
  const middle = top + height / 2 + 1
  setFont(context, font(SMALL))
  context.textAlign = 'right'
  context.fillStyle = side?.ink ?? theme.faint
  context.fillText(row.number === undefined ? '↳' : String(row.number), gutter - 8, middle)
  if (side !== undefined && row.number !== undefined) {
    setFont(context, font(SIZE, 700))
    context.textAlign = 'left'
    context.fillText(row.sign === '-' ? '−' : '+', gutter + 4, middle)
  }
  drawCells(place, row.cells, {
    left: left + row.indent * COLUMN,
    size: SIZE,
    weight: 400,
    ink: theme.ink,
    ...(side === undefined ? {} : { word: side.word }),
  })
}

type Style = { readonly left: number; readonly size: number; readonly weight: 400 | 700; readonly ink: string; readonly word?: string }

function drawCells(place: Place, cells: readonly Ink[], style: Style): void {
  const { context, theme, top, height } = place
  const column = style.size * 0.6
  drawGrounds(place, cells, style)
  context.textAlign = 'left'
  setFont(context, font(style.size, style.weight))
  const middle = top + height / 2 + 1
  let x = style.left
  for (let at = 0; at < cells.length;) {
    const cell = cells[at]
    if (cell === undefined) break
    const run = runFrom(cells, at)
    if (run.text !== '') {
      context.fillStyle = cell.colour ?? style.ink
      context.fillText(run.text, x, middle)
      x += run.columns * column
      at = run.to
      continue
    }
    const width = cell.width * column
    if (cell.kind === 'text') {
      context.fillStyle = cell.colour ?? style.ink
      context.textAlign = 'center'
      context.fillText(cell.text, x + width / 2, middle, width)
      context.textAlign = 'left'
    } else if (cell.kind === 'tab' || cell.dotted === true) {
      context.fillStyle = theme.faint
      context.fillText(cell.kind === 'tab' ? '→' : '·', x, middle, column)
    } else if (cell.kind === 'box') {
      drawBox(place, cell.text, x, width)
      setFont(context, font(style.size, style.weight))
      context.textAlign = 'left'
    }
    x += width
    at += 1
  }
}

const PLAIN = /^[!-~]$/u

/** Neighbours that one call can draw: plain characters of one colour, each a column wide, with the spaces between them. */
function runFrom(cells: readonly Ink[], from: number): { text: string; columns: number; to: number } {
  const colour = cells[from]?.colour
  let text = ''
  let to = from
  for (; to < cells.length; to += 1) {
    const cell = cells[to]
    const isPlain = cell !== undefined && ((cell.kind === 'text' && PLAIN.test(cell.text)) || (cell.kind === 'space' && cell.dotted !== true))
    if (!isPlain || (cell.kind === 'text' && cell.colour !== colour)) break
    text += cell.text
  }
  return { text, columns: to - from, to }
}

/** What lies under words that differ and under letters in disguise. */
function drawGrounds({ context, theme, top, height }: Place, cells: readonly Ink[], { left, size, word }: Style): void {
  let x = left
  let begun: { x: number; colour: string } | undefined
  const end = (): void => {
    if (begun === undefined) return
    context.fillStyle = begun.colour
    context.beginPath()
    context.roundRect(begun.x - 1, top + 3, x - begun.x + 2, height - 6, 6)
    context.fill()
    begun = undefined
  }
  for (const cell of cells) {
    const colour = cell.disguised === true ? theme.disguise : cell.marked === true ? word : undefined
    if (begun?.colour !== colour) end()
    if (colour !== undefined) begun ??= { x, colour }
    x += cell.width * size * 0.6
  }
  end()
}

/** A name where a character shows nothing, or something else than it is. */
function drawBox({ context, theme, top, height }: Place, text: string, x: number, width: number): void {
  context.fillStyle = theme.box.paper
  context.strokeStyle = theme.box.frame
  context.lineWidth = 2
  context.beginPath()
  context.roundRect(x + 2, top + 5, width - 4, height - 10, 6)
  context.fill()
  context.stroke()
  setFont(context, font(17, 700))
  context.fillStyle = theme.box.ink
  context.textAlign = 'center'
  context.fillText(text, x + width / 2, top + height / 2 + 1, width - 8)
}
