/** A patch → pages as JPEG, all on the thread that calls. Loads the canvas and shiki; only the thread of pictures may import it. */
import { canDraw, loadFonts } from './fonts.ts'
import { columnsFor, drawPage, PAGE_ROOM } from './draw-page.ts'
import { createHighlight, type Highlight } from './highlight.ts'
import { layOut, type Painted } from './lay-out.ts'
import { parsePatch, type PatchFile, type PatchHunk } from './parse-patch.ts'
import type { DrawnDiff, DiffToDraw } from './port.ts'

/** Telegram makes a JPEG of every photo, so a PNG would arrive no better; it takes 55 ms a page to make, this 18. */
const QUALITY = 95

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
      return drawPage(page, { digits, look: wanted.look, foot: `${wanted.title}${number}${more}` }).encode('jpeg', QUALITY)
    }),
  )
  return { pages: drawn, whole }
}

/** Colours hunk by hunk, each side by itself: a comment that was opened in a removed line colours nothing that came. */
async function paint(files: readonly PatchFile[], { look }: DiffToDraw): Promise<Map<PatchHunk, Painted>> {
  highlight ??= createHighlight()
  const colour = await highlight
  const painted = new Map<PatchHunk, Painted>()
  for (const { path, oldPath, hunks } of files)
    for (const hunk of hunks) {
      const side = (sign: '+' | '-'): string[] => hunk.lines.filter((line) => line.sign === sign || line.sign === ' ').map(({ text }) => text)
      const isGone = hunk.lines.some(({ sign }) => sign === '-')
      painted.set(hunk, { old: isGone ? await colour(oldPath ?? path, side('-'), look) : [], fresh: await colour(path, side('+'), look) })
    }
  return painted
}
