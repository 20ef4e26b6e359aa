/**
 * The tree of a base with some pieces of a change and not the others, made in the store. Lines are put together from the two files
 * themselves at the places git named, byte for byte; nothing is searched for, so nothing can be applied in a wrong place.
 */
import { LughError, type ObjectName } from '#core'
import { readableName, toBytes } from './bytes.ts'
import { parseChanges } from './changed-files.ts'
import type { Counted } from './changed-files.ts'
import { objectName, own, ownIn } from './command.ts'
import type { Context } from './command.ts'
import { LISTED, PATCH, MAX_PATCH_BYTES } from './diff-options.ts'
import { clashOf, hunksOf } from './hunks.ts'
import { keepObject } from './keep-object.ts'
import { readBlobs, sizesOf } from './objects.ts'
import { placesOf } from './places.ts'
import type { Places } from './places.ts'
import type { Hunk, KeptOutcome, Picked, Repository } from './port.ts'
import { withIndex } from './private-index.ts'

/** Files of which only parts are taken are put together in memory; larger ones no person has read hunk by hunk. */
const MAX_PARTS_BYTES = 16 * 1024 * 1024

/** See `Git.keepHunks`. */
export async function keepHunks(
  context: Context,
  repository: Repository,
  baseTree: ObjectName,
  tree: ObjectName,
  picked: readonly Picked[],
): Promise<KeptOutcome> {
  const places = placesOf(context.home, repository.projectId)
  const [listed, patched] = await Promise.all([
    own(context, places.store, [...LISTED, baseTree, tree]),
    own(context, places.store, [...PATCH, baseTree, tree], { outputBytes: MAX_PATCH_BYTES }),
  ])
  const changes = parseChanges(listed.raw)
  const hunks = hunksOf(patched.raw, changes, () => '')
  if (!isSame(changes, hunks, picked)) return { outcome: 'stale' }
  const dropped = new Set(picked.filter(({ keep }) => !keep).map(placeOf))
  const clash = clashOf(changes.map(named), hunks, (hunk) => dropped.has(placeOf(hunk)))
  if (clash !== undefined) return { outcome: 'refused', say: clash }
  const parts = partsOf(changes, hunks, dropped)
  const large = await tooLarge(context, places, parts)
  if (large !== undefined) return { outcome: 'refused', say: `${large} is too large to be taken in parts: keep or drop all of it.` }
  const kept = await writeTree(context, places, baseTree, await entriesOf(context, places, parts))
  await keepObject(context, places, 'trees', kept)
  return { outcome: 'kept', tree: kept }
}

function placeOf({ file, hunk }: Pick<Hunk, 'file' | 'hunk'>): string {
  return `${file}.${hunk}`
}

function named(change: Counted): { path: string; oldPath?: string; status: Counted['status'] } {
  const { path, oldPath, status } = change
  return { path: readableName(path), ...(oldPath === undefined ? {} : { oldPath: readableName(oldPath) }), status }
}

/** Whether what was judged is, piece by piece, what the trees come to now (another git may cut hunks otherwise). */
function isSame(changes: readonly Counted[], hunks: readonly Hunk[], picked: readonly Picked[]): boolean {
  const lines = (one: Picked | Hunk, path: string): string =>
    [one.file, one.hunk, one.oldStart, one.oldLines, one.newStart, one.newLines, path].join(' ')
  return (
    hunks.length === picked.length &&
    hunks.every((hunk, index) => {
      const other = picked[index]
      return other !== undefined && lines(hunk, readableName(changes[hunk.file]?.path ?? '')) === lines(other, other.path)
    })
  )
}

/** What becomes of one changed file: its name and mode (`head`) or not, and which of its hunks; undefined: all of it. */
type Part = { readonly change: Counted; readonly head: boolean; readonly hunks: readonly Hunk[] | undefined }

function partsOf(changes: readonly Counted[], hunks: readonly Hunk[], dropped: ReadonlySet<string>): Part[] {
  return changes.flatMap((change, file): Part[] => {
    const own = hunks.filter((hunk) => hunk.file === file)
    const kept = own.filter((hunk) => !dropped.has(placeOf(hunk)))
    if (kept.length === 0) return []
    if (kept.length === own.length) return [{ change, head: true, hunks: undefined }]
    return [{ change, head: kept.some(({ hunk }) => hunk === 0), hunks: kept.filter(({ hunk }) => hunk > 0) }]
  })
}

async function tooLarge(context: Context, places: Places, parts: readonly Part[]): Promise<string | undefined> {
  const partly = parts.filter(({ hunks }) => hunks !== undefined)
  const sizes = await sizesOf(
    context,
    places.store,
    partly.flatMap(({ change }) => [change.oldObject, change.newObject]),
  )
  const found = partly.find(({ change }) => (sizes.get(change.oldObject) ?? 0) + (sizes.get(change.newObject) ?? 0) > MAX_PARTS_BYTES)
  return found === undefined ? undefined : readableName(found.change.path)
}

/** Index entries: what leaves stands before what comes. */
async function entriesOf(context: Context, places: Places, parts: readonly Part[]): Promise<string[]> {
  const leave: string[] = []
  const come: string[] = []
  for (const part of parts) {
    const { change, head } = part
    const { path, oldPath = path, status, oldMode, newMode, newObject } = change
    if (head && (status === 'deleted' || status === 'renamed')) leave.push(`0 ${'0'.repeat(newObject.length)}\t${oldPath}\0`)
    if (status === 'deleted') continue
    const object = part.hunks === undefined ? newObject : await putTogether(context, places, change, part.hunks)
    come.push(`${head || part.hunks === undefined ? newMode : oldMode} ${object}\t${head || part.hunks === undefined ? path : oldPath}\0`)
  }
  return [...leave, ...come]
}

/** The old file with the kept hunks' lines in place of its own, as an object of the store. */
async function putTogether(context: Context, places: Places, change: Counted, kept: readonly Hunk[]): Promise<string> {
  if (kept.length === 0) return change.oldObject
  const blobs = await readBlobs(context, places.store, [change.oldObject, change.newObject])
  const before = linesOf(blobs.get(change.oldObject))
  const after = linesOf(blobs.get(change.newObject))
  const whole: string[][] = []
  let at = 0
  for (const { oldStart, oldLines, newStart, newLines } of kept) {
    // Of an empty side git names the line before it.
    const from = oldLines === 0 ? oldStart : oldStart - 1
    const to = newLines === 0 ? newStart : newStart - 1
    whole.push(before.slice(at, from), after.slice(to, to + newLines))
    at = from + oldLines
  }
  const content = toBytes([...whole, before.slice(at)].flat().join(''))
  return objectName(await own(context, places.store, ['hash-object', '-w', '--no-filters', '--stdin'], { stdin: content }))
}

/** Lines with their ends, so that a last one without stays so. */
function linesOf(text: string | undefined): string[] {
  if (text === undefined) throw new LughError('git.failed', 'An object of the change is missing.')
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function writeTree(context: Context, places: Places, baseTree: ObjectName, entries: readonly string[]): Promise<ObjectName> {
  return withIndex(places, undefined, async (index) => {
    const at = { gitDir: places.store, workTree: places.scratch, index }
    await ownIn(context, at, ['read-tree', baseTree])
    if (entries.length > 0) await ownIn(context, at, ['update-index', '-z', '--index-info'], { stdin: toBytes(entries.join('')) })
    return objectName(await ownIn(context, at, ['write-tree']))
  })
}
