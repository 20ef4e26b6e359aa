/** A patch → pages as JPEG, all on the thread that calls. Loads the canvas and shiki; only the thread of pictures may import it. */
import type { Canvas } from '@napi-rs/canvas'
import sharp from 'sharp'
import { canDraw, loadFonts } from './fonts.ts'
import { columnsFor, drawPage, PAGE_ROOM } from './draw-page.ts'
import { createHighlight, type Highlight, type Painted } from './highlight.ts'
import { layOut } from './lay-out.ts'
import { parsePatch, type PatchFile, type PatchHunk } from './parse-patch.ts'
import type { DrawnDiff, DiffToDraw } from './port.ts'

/** Telegram makes a JPEG of every photo, so a PNG would arrive no better and takes three times as long. */
const QUALITY = 95
/** Every page has a thread of the library's pool, so a page needs no more than one. */
sharp.concurrency(1)

let highlight: Promise<Highlight> | undefined

/** Loads fonts and the highlighter, so that the first picture does not wait for them. */
export async function warmUp(): Promise<void> {
  loadFonts('')
  highlight ??= createHighlight()
  await highlight
}

/** Draws the patch. Throws when it is none. */
export async function drawDiff(wanted: DiffToDraw): Promise<DrawnDiff> {
  loadFonts(wanted.patch)
  const files = parsePatch(wanted.patch)
  const numbers = files.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines.map(({ number }) => number)))
  const digits = String(numbers.reduce((most, number) => Math.max(most, number), 100)).length
  const painted = await paint(files, wanted)
  const measures = { columns: columnsFor(digits), pageHeight: PAGE_ROOM, maxPages: wanted.maxPages, canDraw }
  const { pages, complete } = layOut(files, measures, (hunk) => painted.get(hunk))
  const whole = complete && wanted.whole
  const drawn = await Promise.all(
    pages.map((page, at) => {
      const number = pages.length === 1 && whole ? '' : ` · page ${at + 1} of ${pages.length}`
      const more = at === pages.length - 1 && !whole ? ' · the rest is in the file' : ''
      return encode(drawPage(page, { digits, look: wanted.look, foot: `${wanted.title}${number}${more}` }))
    }),
  )
  return { pages: drawn, whole }
}

/**
 * A page as JPEG, on a thread of the pool while the next one is drawn. The canvas would make the same pixels, but goes over each page twice to make
 * its file a tenth smaller: 22 ms of processor time a page, this 13.
 */
function encode(canvas: Canvas): Promise<Buffer> {
  const { width, height } = canvas
  return sharp(Buffer.from(canvas.data()), { raw: { width, height, channels: 4 } })
    .jpeg({ quality: QUALITY, optimiseCoding: false })
    .toBuffer()
}

async function paint(files: readonly PatchFile[], { look }: DiffToDraw): Promise<Map<PatchHunk, Painted>> {
  highlight ??= createHighlight()
  const colour = await highlight
  const painted = new Map<PatchHunk, Painted>()
  for (const { path, oldPath, hunks } of files)
    for (const hunk of hunks) painted.set(hunk, await colour({ old: oldPath ?? path, fresh: path }, hunk.lines, look))
  return painted
}
