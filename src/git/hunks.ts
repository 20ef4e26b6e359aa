/**
 * A change in the pieces a person can keep or drop. Pure: what git printed goes in, places of lines come out. Content is only ever told
 * from headers by git's own counts, so no line can pass for one.
 */
import { readableName } from './bytes.ts'
import type { Counted } from './changed-files.ts'
import type { Hunk } from './port.ts'

/** More pieces than these nobody steps through on a phone; then each file is one. */
export const MAX_HUNKS = 1000

const HEADER = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/
const TEXT_MODES = ['100644', '100755']

type Ranges = Pick<Hunk, 'oldStart' | 'oldLines' | 'newStart' | 'newLines'>
type Printed = { readonly ranges: Ranges; readonly lines: readonly string[] }

/**
 * The pieces in order, by file. `patch`: the whole output of `diff-tree -r -M --patch` of the same trees as `changes`; undefined where it
 * was too long to be had whole: there are no pieces then. `note`: what stands for a file without printed lines.
 */
export function hunksOf(patch: Uint8Array | undefined, changes: readonly Counted[], note: (change: Counted) => string): Hunk[] {
  if (patch === undefined) return []
  const printed = readPatch(Buffer.from(patch.buffer, patch.byteOffset, patch.byteLength).toString('latin1').split('\n'), changes)
  const fine = changes.flatMap((change, file) => piecesOf(change, file, printed?.[file] ?? [], note))
  if (fine.length <= MAX_HUNKS) return fine
  const coarse = changes.map((change, file) => wholeFile(change, file, printed?.[file] ?? [], note))
  return coarse.length <= MAX_HUNKS ? coarse : []
}

/** The hunks that were printed for each change; undefined when git's patch is not laid out as known. */
function readPatch(lines: readonly string[], changes: readonly Counted[]): Printed[][] | undefined {
  let at = 0
  const files: Printed[][] = []
  for (const change of changes) {
    const hunks: Printed[] = []
    // A file that became a link is printed as a deletion and an addition.
    for (let entry = change.status === 'type-changed' ? 2 : 1; entry > 0; entry--) {
      if (lines[at]?.startsWith('diff --git ') !== true) return undefined
      at++
      while (at < lines.length && lines[at]?.startsWith('diff --git ') !== true && !HEADER.test(lines[at] ?? '')) at++
      for (let header = HEADER.exec(lines[at] ?? ''); header !== null; header = HEADER.exec(lines[at] ?? '')) {
        const ranges = rangesOf(header)
        const end = endOf(lines, at + 1, ranges)
        hunks.push({ ranges, lines: lines.slice(at, end) })
        at = end
      }
    }
    files.push(hunks)
  }
  return at >= lines.length - 1 ? files : undefined
}

function rangesOf([, oldStart, oldLines = '1', newStart, newLines = '1']: RegExpExecArray): Ranges {
  return { oldStart: Number(oldStart), oldLines: Number(oldLines), newStart: Number(newStart), newLines: Number(newLines) }
}

/** Where a hunk ends, by the counts of its header. `\ No newline at end of file` counts on neither side. */
function endOf(lines: readonly string[], from: number, { oldLines, newLines }: Ranges): number {
  let [left, right, at] = [oldLines, newLines, from]
  for (; at < lines.length && (left > 0 || right > 0 || lines[at]?.startsWith('\\') === true); at++) {
    const sign = lines[at]?.[0]
    if (sign !== '+' && sign !== '\\') left--
    if (sign !== '-' && sign !== '\\') right--
  }
  return at
}

function piecesOf(change: Counted, file: number, printed: readonly Printed[], note: (change: Counted) => string): Hunk[] {
  if (!isInParts(change) || printed.length === 0) return [wholeFile(change, file, printed, note)]
  const head = headOf(change)
  const hunks = printed.map(({ ranges, lines }, index) => ({ file, hunk: index + 1, ...ranges, ...counted(lines) }))
  return head === undefined ? hunks : [{ file, hunk: 0, ...NOWHERE, insertions: 0, deletions: 0, text: head }, ...hunks]
}

/** Only lines of a text file that is there before and after can be taken by themselves. */
function isInParts({ status, binary, oldMode, newMode }: Counted): boolean {
  return !binary && (status === 'modified' || status === 'renamed') && TEXT_MODES.includes(oldMode) && TEXT_MODES.includes(newMode)
}

const NOWHERE: Ranges = { oldStart: 0, oldLines: 0, newStart: 0, newLines: 0 }

/** What changes of a file beside its lines. */
function headOf({ status, path, oldPath, oldMode, newMode }: Counted): string | undefined {
  const lines = [
    ...(status === 'renamed' ? [`rename from ${readableName(oldPath ?? '')}`, `rename to ${readableName(path)}`] : []),
    ...(oldMode === newMode || status === 'added' || status === 'deleted' ? [] : [`old mode ${oldMode}`, `new mode ${newMode}`]),
  ]
  return lines.length === 0 ? undefined : lines.join('\n')
}

function wholeFile(change: Counted, file: number, printed: readonly Printed[], note: (change: Counted) => string): Hunk {
  const { text, insertions, deletions } = counted(printed.flatMap(({ lines }) => lines))
  const shown = [headOf(change), text === '' && change.oldObject !== change.newObject ? note(change) : text]
  return { file, hunk: 0, ...NOWHERE, insertions, deletions, text: shown.filter((part) => part !== undefined && part !== '').join('\n') }
}

function counted(lines: readonly string[]): Pick<Hunk, 'text' | 'insertions' | 'deletions'> {
  const count = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length
  return { insertions: count('+'), deletions: count('-'), text: readableName(lines.join('\n')) }
}

type Named = { readonly path: string; readonly oldPath?: string | undefined; readonly status: string }

/**
 * Why these pieces cannot be left out by themselves, or undefined: a file that would stay where one that comes needs a folder, or the other
 * way round. `isDropped` says which are left out.
 */
export function clashOf(
  files: readonly Named[],
  hunks: readonly Pick<Hunk, 'file' | 'hunk'>[],
  isDropped: (hunk: Pick<Hunk, 'file' | 'hunk'>) => boolean,
): string | undefined {
  const heads = hunks.filter(({ hunk }) => hunk === 0).flatMap((head) => ({ file: files[head.file], dropped: isDropped(head) }))
  const stays = heads.flatMap(({ file, dropped }) => (!dropped || file === undefined ? [] : (leaves(file) ?? [])))
  const comes = heads.flatMap(({ file, dropped }) => (dropped || file === undefined ? [] : (arrives(file) ?? [])))
  const under = (inner: string, outer: string): boolean => inner.startsWith(`${outer}/`)
  for (const stay of stays) {
    const come = comes.find((path) => under(path, stay) || under(stay, path))
    if (come !== undefined) return `${stay} would stay and ${come} come, and one needs a folder where the other is a file: keep both or drop both.`
  }
  return undefined
}

function leaves({ status, path, oldPath }: Named): string | undefined {
  return status === 'deleted' ? path : status === 'renamed' ? oldPath : undefined
}

function arrives({ status, path }: Named): string | undefined {
  return status === 'added' || status === 'renamed' || status === 'copied' ? path : undefined
}
