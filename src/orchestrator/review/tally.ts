/** What people have said to the pieces of a change, counted, and bound by a digest. Pure. */
import { digest } from '#core'
import type { Change, HunkPlace, JudgedHunk } from '#db'

export type Tally = { readonly total: number; readonly kept: number; readonly dropped: number; readonly comments: number }

/** What nobody has judged stays in. */
export function tally(hunks: readonly JudgedHunk[]): Tally {
  const dropped = hunks.filter(isDropped).length
  return { total: hunks.length, kept: hunks.length - dropped, dropped, comments: hunks.filter(({ comment }) => comment !== null).length }
}

export function isDropped({ verdict }: Pick<JudgedHunk, 'verdict'>): boolean {
  return verdict === 'drop'
}

/** Binds a decision to exactly which pieces of which change were dropped when it was shown. */
export function droppedDigest(change: Pick<Change, 'id' | 'digest'>, hunks: readonly JudgedHunk[]): string {
  return digest('dropped.v1', {
    change: change.id,
    digest: change.digest,
    dropped: hunks.filter(isDropped).map(({ file, hunk }) => `${file}.${hunk}`),
  })
}

export function isAt(at: HunkPlace): (hunk: HunkPlace) => boolean {
  return ({ file, hunk }) => file === at.file && hunk === at.hunk
}

export function countHunks(n: number): string {
  return n === 1 ? '1 hunk' : `${n} hunks`
}

/** As in “5 of 7 hunks: 2 dropped, 1 comment”; undefined when nobody has said anything. */
export function tallyLine({ total, kept, dropped, comments }: Tally): string | undefined {
  if (dropped === 0 && comments === 0) return undefined
  const said = [...(dropped > 0 ? [`${dropped} dropped`] : []), ...(comments > 0 ? [comments === 1 ? '1 comment' : `${comments} comments`] : [])]
  return `${kept} of ${countHunks(total)}: ${said.join(', ')}`
}

/** What a piece is, in words: where its lines stand, or what else of the file changes. */
export function nameHunk(
  change: Pick<Change, 'files'>,
  hunks: readonly HunkPlace[],
  one: HunkPlace & Pick<JudgedHunk, 'oldStart' | 'oldLines'>,
): string {
  const file = change.files[one.file]
  if (one.hunk > 0) return one.oldLines < 2 ? `line ${one.oldStart}` : `lines ${one.oldStart}–${one.oldStart + one.oldLines - 1}`
  if (!hunks.some((other) => other.file === one.file && other.hunk > 0)) return 'the whole file'
  return [file?.status === 'renamed' && 'its name', file?.oldMode !== file?.newMode && 'its mode'].filter((part) => part !== false).join(' and ')
}
