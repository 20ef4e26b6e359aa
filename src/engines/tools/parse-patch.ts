/** Reads a patch in the form models write it (`*** Begin Patch`, `*** Update File: …`). Pure: it looks at no file. */

export type Hunk = {
  /** A line above the change, to find the right one of several like places. */
  readonly below: string | undefined
  readonly old: readonly string[]
  readonly fresh: readonly string[]
  /** It stands at the end of the file. */
  readonly atEnd: boolean
}
export type FilePatch =
  | { readonly kind: 'add'; readonly path: string; readonly text: string }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'update'; readonly path: string; readonly moveTo: string | undefined; readonly hunks: readonly Hunk[] }

const HEAD = /^\*\*\* (Add|Update|Delete) File: (.+)$/
const FORM = 'A patch is: *** Begin Patch, then for each file *** Add File: PATH, *** Update File: PATH or *** Delete File: PATH, then *** End Patch.'

/** The files of a patch in order, or in `say` what is wrong with it. */
export function parsePatch(patch: string): { readonly files: readonly FilePatch[] } | { readonly say: string } {
  const lines = patch.replace(/\r\n/g, '\n').trim().split('\n')
  if (lines[0]?.trim() !== '*** Begin Patch' || lines.at(-1)?.trim() !== '*** End Patch') return { say: FORM }
  const files: FilePatch[] = []
  let at = 1
  while (at < lines.length - 1) {
    const head = HEAD.exec(lines[at] ?? '')
    if (head?.[1] === undefined || head[2] === undefined) return { say: `Line ${at + 1} of the patch begins no file. ${FORM}` }
    let end = at + 1
    while (end < lines.length - 1 && !HEAD.test(lines[end] ?? '')) end++
    const file = parseFile(head[1], head[2].trim(), lines.slice(at + 1, end))
    if ('say' in file) return file
    files.push(file)
    at = end
  }
  return files.length === 0 ? { say: `The patch names no file. ${FORM}` } : { files }
}

function parseFile(verb: string, path: string, body: readonly string[]): FilePatch | { say: string } {
  if (verb === 'Delete') return { kind: 'delete', path }
  if (verb === 'Add') {
    const odd = body.find((line) => !line.startsWith('+'))
    if (odd !== undefined) return { say: `Every line of the new file ${path} begins with +; this one does not: ${odd.slice(0, 80)}` }
    return { kind: 'add', path, text: body.map((line) => `${line.slice(1)}\n`).join('') }
  }
  const move = /^\*\*\* Move to: (.+)$/.exec(body[0] ?? '')?.[1]?.trim()
  const hunks = parseHunks(path, move === undefined ? body : body.slice(1))
  return 'say' in hunks ? hunks : { kind: 'update', path, moveTo: move, hunks: hunks.hunks }
}

type Growing = { below: string | undefined; old: string[]; fresh: string[]; atEnd: boolean }

function parseHunks(path: string, body: readonly string[]): { hunks: Hunk[] } | { say: string } {
  const hunks: Growing[] = []
  for (const line of body) {
    const open = hunks.at(-1)
    if (line.startsWith('@@')) hunks.push({ below: line.slice(2).trim() || undefined, old: [], fresh: [], atEnd: false })
    else if (line === '*** End of File') {
      if (open !== undefined) open.atEnd = true
    } else {
      const hunk = open ?? { below: undefined, old: [], fresh: [], atEnd: false }
      if (open === undefined) hunks.push(hunk)
      const sign = line === '' ? ' ' : line[0]
      if (sign !== ' ' && sign !== '+' && sign !== '-')
        return { say: `In the patch of ${path} a line begins with neither a space, + nor -: ${line.slice(0, 80)}` }
      if (sign !== '+') hunk.old.push(line.slice(1))
      if (sign !== '-') hunk.fresh.push(line.slice(1))
    }
  }
  const changed = hunks.filter((hunk) => hunk.old.length + hunk.fresh.length > 0)
  return { hunks: changed }
}

/** The text with the hunks applied, each below the one before; or in `say` which one does not fit. */
export function applyHunks(text: string, hunks: readonly Hunk[]): { readonly text: string } | { readonly say: string } {
  const crlf = text.includes('\r\n')
  const whole = crlf ? text.replaceAll('\r\n', '\n') : text
  const ended = whole.endsWith('\n') || whole === ''
  const lines = whole.split('\n')
  if (ended) lines.pop()
  const out: string[] = []
  let from = 0
  for (const [n, hunk] of hunks.entries()) {
    const at = placeOf(lines, hunk, from)
    if (at === undefined)
      return {
        say: `Hunk ${n + 1} of ${hunks.length} does not fit: ${firstLine(hunk)} is not there${from > 0 ? ' below the hunk before' : ''}. Read the file again.`,
      }
    out.push(...lines.slice(from, at), ...hunk.fresh)
    from = at + hunk.old.length
  }
  const joined = [...out, ...lines.slice(from)].map((line) => `${line}\n`).join('')
  const patched = ended ? joined : joined.slice(0, -1)
  return { text: crlf ? patched.replaceAll('\n', '\r\n') : patched }
}

/** Where a hunk's old lines stand, white space at line ends aside when nothing fits exactly. */
function placeOf(lines: readonly string[], hunk: Hunk, from: number): number | undefined {
  const start = hunk.below === undefined ? from : lines.findIndex((line, at) => at >= from && line.trim() === hunk.below) + 1
  if (hunk.below !== undefined && start === 0) return undefined
  if (hunk.old.length === 0) return hunk.below === undefined || hunk.atEnd ? lines.length : start
  for (const same of [(a: string, b: string): boolean => a === b, (a: string, b: string): boolean => a.trimEnd() === b.trimEnd()]) {
    const last = lines.length - hunk.old.length
    for (let at = hunk.atEnd ? Math.max(start, last) : start; at <= last; at++)
      if (hunk.old.every((line, n) => same(lines[at + n] ?? '', line))) return at
  }
  return undefined
}

function firstLine(hunk: Hunk): string {
  return `“${(hunk.old.find((line) => line.trim() !== '') ?? hunk.below ?? '').trim().slice(0, 80)}”`
}
