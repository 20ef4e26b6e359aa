/**
 * A worktree's whole state as objects of the store: its files byte for byte, what is staged, what is committed. Only reads
 * the worktree. Ignored files and repositories within are neither read nor stored; they are named, so that a card can say so.
 */
import { existsSync } from 'node:fs'
import { copyFile, readdir, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectName } from '#core'
import { fields, readableName } from '../bytes.ts'
import { ownIn } from '../command.ts'
import type { At, Context } from '../command.ts'
import { makeRaw } from '../own-repositories.ts'
import { placesOf } from '../places.ts'
import type { Places } from '../places.ts'
import type { Repository, SavedWorktree } from '../port.ts'
import { withIndex } from '../private-index.ts'
import { mustBeDirectory, treeOfFiles } from '../snapshot.ts'
import { rawIndex, seedIndex } from '../worktree-record.ts'
import { bringFromWorkshop } from './bring.ts'
import { rawAt } from './raw.ts'

/** Names told of each kind; the rest is counted. */
const NAMED = 50
/** Folders without files that are listed by name; a worktree with more has made them on purpose, and none holds anything. */
const MAX_EMPTY_FOLDERS = 1000
/** A kernel stamps files by its own tick, 4 ms and more; whatever changed within two of them is read again. */
const TICKS_MS = 20

/** See `Checkpoints.saveWorktree`. */
export async function saveWorktree(context: Context, repository: Repository, worktree: { path: string; base: ObjectName }): Promise<SavedWorktree> {
  const places = placesOf(context.home, repository.projectId)
  await mustBeDirectory(worktree.path)
  await context.oneAtATime(places.raw, () => makeRaw(context, places))
  return context.oneAtATime(rawIndex(places, worktree.path), async () => {
    const [staged, files] = await Promise.all([bringFromWorkshop(context, places, worktree), saveFiles(context, places, worktree)])
    return { ...files, ...staged, base: worktree.base }
  })
}

type Files = Pick<SavedWorktree, 'tree' | 'ignored' | 'ignoredCount' | 'nested' | 'emptyFolders'>

async function saveFiles(context: Context, places: Places, { path, base }: { path: string; base: ObjectName }): Promise<Files> {
  const known = rawIndex(places, path)
  const begun = Date.now() - TICKS_MS
  return withIndex(places, await seedOf(context, places, path, base), async (index) => {
    const at = rawAt(places, path, index)
    if (!existsSync(index)) await ownIn(context, at, ['read-tree', base])
    const { tree, nested } = await treeOfFiles(context, at, base)
    await remember(index, known, begun)
    const ignored = await ignoredIn(context, at)
    const submodules = await submodulesIn(context, at)
    return {
      tree,
      ignored: ignored.slice(0, NAMED).map(readableName),
      ignoredCount: ignored.length,
      nested: [...new Set([...nested, ...submodules])].slice(0, NAMED).map(readableName),
      emptyFolders: await emptyFoldersOf(path, new Set(ignored)),
    }
  })
}

/**
 * The index of the last copy; else the one of Lugh's own checkout, when no attribute can have made files differ from their
 * objects. Without either every file is read once.
 */
async function seedOf(context: Context, places: Places, path: string, base: ObjectName): Promise<string | undefined> {
  if (existsSync(rawIndex(places, path))) return rawIndex(places, path)
  const seed = seedIndex(places, path)
  if (!existsSync(seed)) return undefined
  const args = ['ls-files', '-z', '--', '.gitattributes', ':(glob)**/.gitattributes']
  const at = { ...rawAt(places, path, seed) }
  const { stdout } = await ownIn(context, at, args, { env: { GIT_LITERAL_PATHSPECS: '0' } })
  return stdout === '' && base !== undefined ? seed : undefined
}

/** Its time is set back to before the files were looked at: what changed since is read again by its content. */
async function remember(index: string, known: string, begun: number): Promise<void> {
  await copyFile(index, `${known}.new`)
  await utimes(`${known}.new`, begun / 1000, begun / 1000)
  await rename(`${known}.new`, known)
  await rm(`${known}.lock`, { force: true })
}

async function ignoredIn(context: Context, at: At): Promise<string[]> {
  const { raw } = await ownIn(context, at, ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'])
  return fields(raw).filter((path) => path !== '')
}

async function submodulesIn(context: Context, at: At): Promise<string[]> {
  const { raw } = await ownIn(context, at, ['ls-files', '-z', '--stage'])
  return fields(raw).flatMap((line) => (line.startsWith('160000 ') ? [line.slice(line.indexOf('\t') + 1)] : []))
}

/** Folders in which nothing lies but folders, deepest first named. Ignored ones and repositories are not entered; links never. */
async function emptyFoldersOf(root: string, ignored: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = []
  const isEmpty = async (folder: string): Promise<boolean> => {
    const entries = await readdir(Buffer.from(join(root, folder), 'latin1'), { withFileTypes: true, encoding: 'buffer' }).catch(() => undefined) // closed or gone
    if (entries === undefined) return false
    const names = entries.map((entry) => entry.name.toString('latin1'))
    if (folder !== '' && names.includes('.git')) return false
    if (entries.length === 0) {
      if (found.length < MAX_EMPTY_FOLDERS) found.push(readableName(folder))
      return true
    }
    for (const [at, entry] of entries.entries()) {
      const path = folder === '' ? (names[at] ?? '') : `${folder}/${names[at] ?? ''}`
      if (entry.isDirectory() && path !== '.git' && !ignored.has(`${path}/`)) await isEmpty(path)
    }
    return false
  }
  await isEmpty('')
  return found.toSorted()
}
