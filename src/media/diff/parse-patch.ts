/** A patch as git writes it → files, hunks and lines. What the library does not keep, git's own notes of binaries and moves, is added from beside the hunks. */
import { parsePatch as parse, type StructuredPatch } from 'diff'
import { readLine, type OpenHunk } from './beginning.ts'

export type PatchLine = {
  readonly sign: ' ' | '+' | '-'
  readonly text: string
  /** Its number on the side it is of; of what stayed, on the new side. */
  readonly number: number
  /** It ends the file without a line feed. */
  readonly open: boolean
}

export type PatchHunk = {
  /** What git found above it: the function or heading it is in. */
  readonly section: string
  readonly lines: readonly PatchLine[]
}

export type PatchFile = {
  readonly status: 'A' | 'M' | 'D' | 'R' | 'C'
  readonly path: string
  readonly oldPath?: string
  /** Modes, likeness, sizes and objects of binaries: a line each. */
  readonly notes: readonly string[]
  readonly hunks: readonly PatchHunk[]
  readonly insertions: number
  readonly deletions: number
}

/** Throws on what is no patch. */
export function parsePatch(patch: string): PatchFile[] {
  const headers = headersOf(patch)
  const parsed = parse(patch.replace(/\n$/u, '')).filter(({ oldFileName, newFileName }) => oldFileName !== undefined || newFileName !== undefined)
  if (parsed.length !== headers.length) throw new Error(`the patch names ${headers.length} files and has ${parsed.length}`)
  return parsed.map((file, at) => fileOf(file, headers[at] ?? { lines: [], sections: [] }))
}

type Header = { readonly lines: string[]; readonly sections: string[] }

/** Of each file: what stands outside its hunks, and what stands behind each hunk's numbers. */
function headersOf(patch: string): Header[] {
  const headers: Header[] = []
  let hunk: OpenHunk | undefined
  for (const [at, line] of patch.split('\n').entries()) {
    const before = hunk
    hunk = readLine(line, at, hunk)
    if (hunk === undefined && line.startsWith('diff --git ')) headers.push({ lines: [], sections: [] })
    else if (hunk === undefined) headers.at(-1)?.lines.push(line)
    else if (hunk !== before) headers.at(-1)?.sections.push(hunk.rest.trim())
  }
  return headers
}

function fileOf(file: StructuredPatch, header: Header): PatchFile {
  const hunks = file.hunks.map(({ oldStart, newStart, lines }, at) => ({
    section: header.sections[at] ?? '',
    lines: linesOf(lines, oldStart, newStart),
  }))
  const signs = hunks.flatMap(({ lines }) => lines.map(({ sign }) => sign))
  const oldPath = withoutPrefix(file.oldFileName, 'a/')
  const path = withoutPrefix(file.newFileName, 'b/')
  const status = statusOf(file, header.lines)
  return {
    status,
    path: status === 'D' ? oldPath : path,
    ...(status === 'R' || status === 'C' ? { oldPath } : {}),
    notes: notesOf(header.lines),
    hunks,
    insertions: signs.filter((sign) => sign === '+').length,
    deletions: signs.filter((sign) => sign === '-').length,
  }
}

function withoutPrefix(name: string | undefined, prefix: string): string {
  return name?.startsWith(prefix) === true ? name.slice(prefix.length) : (name ?? '')
}

function statusOf(file: StructuredPatch, header: readonly string[]): PatchFile['status'] {
  const says = (start: string): boolean => header.some((line) => line.startsWith(start))
  if (says('rename from ')) return 'R'
  if (says('copy from ')) return 'C'
  if (says('new file mode ') || file.oldFileName === '/dev/null') return 'A'
  return says('deleted file mode ') || file.newFileName === '/dev/null' ? 'D' : 'M'
}

const MODE_NAMES: Readonly<Record<string, string>> = { '100644': 'file', '100755': 'executable', '120000': 'symbolic link', '160000': 'submodule' }

function modeName(mode: string): string {
  const name = MODE_NAMES[mode]
  return name === undefined ? mode : `${name} (${mode})`
}

function notesOf(header: readonly string[]): string[] {
  const valueOf = (start: string): string | undefined => header.find((line) => line.startsWith(start))?.slice(start.length)
  const [oldMode, newMode] = [valueOf('old mode '), valueOf('new mode ')]
  const [made, dropped, alike] = [valueOf('new file mode '), valueOf('deleted file mode '), valueOf('similarity index ')]
  const isPlain = (mode: string): boolean => mode === '100644'
  return [
    ...(oldMode === undefined || newMode === undefined ? [] : [`${modeName(oldMode)} → ${modeName(newMode)}`]),
    ...(made === undefined || isPlain(made) ? [] : [`new ${modeName(made)}`]),
    ...(dropped === undefined || isPlain(dropped) ? [] : [`was ${modeName(dropped)}`]),
    ...(alike === undefined ? [] : [`${alike} the same`]),
    // git's note, or the one with sizes and objects; the name stands above it.
    ...header
      .filter((line) => /^Binary files? /u.test(line))
      .map((line) => line.replace(/^Binary file .* differs: (?=\d+ bytes|nothing)/u, 'binary: ')),
  ]
}

function linesOf(lines: readonly string[], oldStart: number, newStart: number): PatchLine[] {
  const made: PatchLine[] = []
  let [old, fresh] = [oldStart, newStart]
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('\\')) continue
    const sign = line.startsWith('+') ? '+' : line.startsWith('-') ? '-' : ' '
    made.push({ sign, text: line.slice(1), number: sign === '-' ? old : fresh, open: lines[at + 1]?.startsWith('\\') === true })
    if (sign !== '+') old += 1
    if (sign !== '-') fresh += 1
  }
  return made
}
