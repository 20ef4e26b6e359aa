/**
 * A worktree's files as a tree object of the store. Only files count: the worktree's `.git`, index, hooks, attributes'
 * drivers and whatever an agent told git there are never read, and nothing in the worktree is ever run.
 */
import { existsSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { LughError, crashPoint } from '#core'
import type { ObjectName, TaskId } from '#core'
import { fields, readableName, toBytes } from './bytes.ts'
import { objectName, ownIn } from './command.ts'
import type { At, Context } from './command.ts'
import { keepForDryRun } from './dry-run.ts'
import { GitFailed } from './failure.ts'
import { keepObject } from './keep-object.ts'
import { placesOf } from './places.ts'
import type { Places } from './places.ts'
import type { Repository } from './port.ts'
import { withIndex } from './private-index.ts'
import { readRecord, seedIndex } from './worktree-record.ts'

/** One file over a gigabyte, or four in all, is no source code; hashing it would fill the store's disk. */
const MAX_FILE_BYTES = 1024 ** 3
const MAX_CHANGED_BYTES = 4 * 1024 ** 3
/** Hashing that much takes minutes. */
const ADD_TIMEOUT_MS = 600_000

/** Stands for the commit of a repository nested in a worktree: never read, since its `.git` is hostile. The diff refuses it by its mode. */
const NESTED = '1'

/** What differs from the index, by Latin-1 names. */
type Changes = { readonly write: readonly string[]; readonly drop: readonly string[]; readonly nested: readonly string[] }

/** See `Git.snapshot`. */
export async function snapshot(
  context: Context,
  repository: Repository,
  worktreePath: string,
  base: ObjectName,
  dryRun?: TaskId,
): Promise<ObjectName> {
  const places = placesOf(context.home, repository.projectId)
  await mustBeDirectory(worktreePath)
  return withIndex(places, seedIndex(places, worktreePath), async (index) => {
    const at = { gitDir: places.store, workTree: worktreePath, index }
    await fromBase(context, places, at, base)
    const { tree } = await treeOfFiles(context, at, base)
    crashPoint('snapshot.after-tree')
    await (dryRun === undefined ? keepObject(context, places, 'trees', tree) : keepForDryRun(context, repository, dryRun, tree))
    return tree
  })
}

/** What lies in the working tree of `at` as a tree, from an index that may hold anything; `nested`: repositories within, by Latin-1 names. */
export async function treeOfFiles(context: Context, at: At, base: ObjectName): Promise<{ tree: ObjectName; nested: readonly string[] }> {
  const found = await changes(context, at)
  await takeIn(context, at, found, base)
  return { tree: objectName(await ownIn(context, at, ['write-tree'])), nested: found.nested }
}

/** Brings the index to `base`; stat data of entries that are the same there is kept. */
async function fromBase(context: Context, places: Places, at: At, base: ObjectName): Promise<void> {
  const record = await readRecord(places, at.workTree)
  const isSeeded = existsSync(at.index)
  if (isSeeded && record?.state === 'ready' && record.base === base && record.tree === undefined) return
  await ownIn(context, at, ['read-tree', ...(isSeeded ? ['--reset'] : []), base])
}

async function changes(context: Context, at: At): Promise<Changes> {
  const [tracked, others] = await Promise.all([
    ownIn(context, at, ['diff-files', '--raw', '-z', '--no-renames', '--ignore-submodules=all']),
    ownIn(context, at, ['ls-files', '-z', '--others', '--exclude-standard']),
  ])
  const write: string[] = []
  const drop: string[] = []
  const nested: string[] = []
  const parts = fields(tracked.raw)
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [oldMode, newMode, , , status] = (parts[i] ?? '').slice(1).split(' ')
    const path = parts[i + 1] ?? ''
    if (oldMode === '160000') continue
    if (newMode === '160000') nested.push(path)
    else (status === 'D' ? drop : write).push(path)
  }
  for (const path of fields(others.raw))
    if (path.endsWith('/')) nested.push(path.slice(0, -1))
    else write.push(path)
  return sorted(at, { write, drop, nested })
}

/** Measures what is to be written; what is neither file nor link (a pipe, a socket) cannot be in a tree and counts as absent. */
async function sorted(at: At, found: Changes): Promise<Changes> {
  const write: string[] = []
  const drop = [...found.drop]
  let bytes = 0
  for (const path of found.write) {
    const file = await lstat(Buffer.concat([Buffer.from(`${at.workTree}/`), toBytes(path)])).catch(() => undefined) // gone meanwhile
    if (file === undefined || !(file.isFile() || file.isSymbolicLink())) {
      drop.push(path)
      continue
    }
    bytes += file.size
    if (file.size > MAX_FILE_BYTES || bytes > MAX_CHANGED_BYTES)
      throw refused(`${readableName(path)} is too large to be kept. Delete it or list it in .gitignore.`)
    write.push(path)
  }
  return { write, drop, nested: found.nested }
}

/** First what leaves (a file may have become a folder), then what comes. */
async function takeIn(context: Context, at: At, { write, drop, nested }: Changes, base: ObjectName): Promise<void> {
  const none = '0'.repeat(base.length)
  const lines = [...drop.map((path) => `0 ${none}\t${path}\0`), ...nested.map((path) => `160000 ${NESTED.repeat(base.length)}\t${path}\0`)]
  if (lines.length > 0) await updateIndex(context, at, ['--index-info'], lines.join(''))
  if (write.length > 0) await updateIndex(context, at, ['--add', '--remove', '--replace', '--stdin'], write.map((path) => `${path}\0`).join(''))
}

async function updateIndex(context: Context, at: At, args: readonly string[], latin1: string): Promise<void> {
  try {
    const { stderr } = await ownIn(context, at, ['update-index', '-z', ...args], { stdin: toBytes(latin1), timeoutMs: ADD_TIMEOUT_MS })
    // git passes over such a name with a warning, and nobody would ever see the file.
    const ignored = /^Ignoring path (.*)$/m.exec(stderr)?.[1]
    if (ignored !== undefined) throw refused(`${ignored} has a name that git keeps for itself. Rename or delete it.`)
  } catch (error) {
    throw error instanceof GitFailed ? refusalOf(error) : error
  }
}

function refusalOf(failure: GitFailed): LughError {
  const unreadable = /open\("(.*)"\): Permission denied/s.exec(failure.stderr)?.[1]
  if (unreadable !== undefined) return refused(`${unreadable} may not be read. Give it back its permissions or delete it.`, failure)
  return failure
}

function refused(say: string, cause?: unknown): LughError {
  return new LughError('git.refused-content', say, { cause })
}

export async function mustBeDirectory(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined) // absence is an answer, given below
  if (found?.isDirectory() !== true) throw new LughError('git.failed', 'The working directory of this task is gone.', { detail: path })
}
