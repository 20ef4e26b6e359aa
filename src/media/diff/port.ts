/** What is asked of the drawing of diffs, and what comes back. Imported on both sides of the thread; loads nothing. */
import type { Look } from './theme.ts'

export type DiffToDraw = {
  /** The patch or its beginning (`beginningOf`), without keys (`redactKeysByLine`). */
  readonly patch: string
  /** Whether that is all of it. */
  readonly whole: boolean
  /** At the foot of each page. */
  readonly title: string
  readonly look: Look
  readonly maxPages: number
}

export type DrawnDiff = {
  /** JPEG, 1080 wide and at most 1300 high. */
  readonly pages: readonly Uint8Array[]
  /** Whether the pages hold everything. */
  readonly whole: boolean
}

/** Without `wanted`: load what drawing needs. */
export type ToPainter = { readonly id: number; readonly wanted?: DiffToDraw }
export type FromPainter = { readonly id: number; readonly drawn?: DrawnDiff; readonly failure?: string }

export interface Painter {
  /** Draws a diff. Throws `internal` when it cannot be drawn: no canvas for this machine, no patch, too slow. */
  draw(wanted: DiffToDraw): Promise<DrawnDiff>
  /** Loads what drawing needs, in the background; a picture is wanted soon. Never throws. */
  warm(): void
  close(): Promise<void>
}
