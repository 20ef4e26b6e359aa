/**
 * The difference of two trees, from objects alone: what a person approves. Nothing may be hidden from it by attributes,
 * index bits or configuration, and nothing it says is the agent's word.
 */
import type { ObjectName } from '#core'
import { readable, readableName } from './bytes.ts'
import { parseChanges } from './changed-files.ts'
import type { Counted } from './changed-files.ts'
import { own } from './command.ts'
import type { Context } from './command.ts'
import { LISTED, MAX_PATCH_BYTES, PATCH } from './diff-options.ts'
import { hunksOf } from './hunks.ts'
import { unveil } from './disguised-text.ts'
import type { Unveiled } from './disguised-text.ts'
import { readBlobs, sizesOf } from './objects.ts'
import { placesOf } from './places.ts'
import type { ChangedFile, Diff, Problem, Repository } from './port.ts'
import { MAX_LINK_BYTES, problemsOf } from './problems.ts'

const NO_OBJECT = /^0+$/

/** See `Git.diff`. */
export async function diff(context: Context, repository: Repository, baseTree: ObjectName, tree: ObjectName): Promise<Diff> {
  const { store } = placesOf(context.home, repository.projectId)
  const trees = [baseTree, tree]
  const [counted, patched] = await Promise.all([
    own(context, store, [...LISTED, ...trees]),
    own(context, store, [...PATCH, ...trees], { outputBytes: MAX_PATCH_BYTES, mayTruncate: true }),
  ])
  const parsed = parseChanges(counted.raw)
  const sizes = await sizesOf(context, store, parsed.flatMap(blobNames))
  const links = await readBlobs(
    context,
    store,
    parsed.flatMap((change) => linkName(change, sizes)),
  )
  const unveiled = await unveil(context, store, trees, parsed, sizes)
  const changes = parsed.map((change) => ({ ...change, ...shownAsText(unveiled.get(change)) }))
  const patch = noteBinaries(readable(patched.raw), parsed, sizes, unveiled)
  const patchBytes = Buffer.byteLength(patch)
  const isTooLong = patched.truncated || patchBytes > MAX_PATCH_BYTES
  const problems = [...problemsOf(changes, { sizes, links }), ...(isTooLong ? [tooLong()] : [])]
  return {
    files: changes.map((change) => changedFile(change, sizes)),
    insertions: changes.reduce((sum, change) => sum + change.insertions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    patch,
    patchBytes,
    hunks: hunksOf(patched.truncated ? undefined : patched.raw, parsed, (change) => unveiled.get(change)?.hunks ?? binaryNote(change, sizes)),
    problems,
  }
}

function blobNames(change: Counted): string[] {
  const sides = [
    { mode: change.oldMode, name: change.oldObject },
    { mode: change.newMode, name: change.newObject },
  ]
  return sides.filter(({ mode, name }) => mode !== '160000' && !NO_OBJECT.test(name)).map(({ name }) => name)
}

function linkName(change: Counted, sizes: ReadonlyMap<string, number>): string[] {
  return change.newMode === '120000' && (sizes.get(change.newObject) ?? Infinity) <= MAX_LINK_BYTES ? [change.newObject] : []
}

function changedFile(change: Counted, sizes: ReadonlyMap<string, number>): ChangedFile {
  const { status, oldMode, newMode, insertions, deletions, binary, oldObject, newObject } = change
  const oldBytes = sizes.get(oldObject)
  const newBytes = sizes.get(newObject)
  return {
    path: readableName(change.path),
    ...(change.oldPath === undefined ? {} : { oldPath: readableName(change.oldPath) }),
    status,
    oldMode,
    newMode,
    insertions,
    deletions,
    binary,
    ...(binary && oldBytes !== undefined ? { oldBytes } : {}),
    ...(binary && newBytes !== undefined ? { newBytes } : {}),
  }
}

/**
 * git's bare "Binary files differ" gets sizes and objects, in git's order: one such line per binary change whose content
 * differs. Lines end at line feeds only (a regular expression's `^` would also match behind a carriage return in content).
 */
function noteBinaries(
  patch: string,
  changes: readonly Counted[],
  sizes: ReadonlyMap<string, number>,
  unveiled: ReadonlyMap<Counted, Unveiled>,
): string {
  const binaries = changes.filter((change) => change.binary && change.oldObject !== change.newObject)
  if (binaries.length === 0) return patch
  let next = 0
  const note = (line: string): string => {
    const change = line.startsWith('Binary files ') && line.endsWith(' differ') ? binaries[next++] : undefined
    return change === undefined ? line : (unveiled.get(change)?.hunks ?? binaryNote(change, sizes))
  }
  return patch.split('\n').map(note).join('\n')
}

function shownAsText(unveiled: Unveiled | undefined): Partial<Counted> {
  return unveiled === undefined ? {} : { binary: false, insertions: unveiled.insertions, deletions: unveiled.deletions }
}

function binaryNote(change: Counted, sizes: ReadonlyMap<string, number>): string {
  const side = (name: string): string => (NO_OBJECT.test(name) ? 'nothing' : `${sizes.get(name) ?? '?'} bytes (${name})`)
  return `Binary file ${readableName(change.path)} differs: ${side(change.oldObject)} → ${side(change.newObject)}`
}

function tooLong(): Problem {
  return {
    path: '',
    code: 'too-large',
    say: `The change is longer than ${MAX_PATCH_BYTES / 1024 / 1024} MB and cannot be shown whole. Ask for it in smaller parts.`,
  }
}
