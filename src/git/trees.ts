/** Trees and commits in the store: names, single files, squash commits, merges, and files written out. Only objects; no working tree of anybody's. */
import { mkdir, readdir } from 'node:fs/promises'
import { LughError, ObjectName, oneLine } from '#core'
import { fields, readable, readableName } from './bytes.ts'
import { objectName, own, ownIn } from './command.ts'
import type { Context } from './command.ts'
import { placesOf } from './places.ts'
import type { Author, MergeOutcome, Repository } from './port.ts'
import { withIndex } from './private-index.ts'
import { keepObject } from './keep-object.ts'

/** See `Git.treeOf`. */
export async function treeOf(context: Context, repository: Repository, treeish: ObjectName): Promise<ObjectName> {
  const { store } = placesOf(context.home, repository.projectId)
  return objectName(await own(context, store, ['rev-parse', '--verify', `${treeish}^{tree}`]))
}

/** See `Git.readFile`. */
export async function readFile(
  context: Context,
  repository: Repository,
  commit: ObjectName,
  path: string,
  maxBytes: number,
): Promise<string | undefined> {
  const { store } = placesOf(context.home, repository.projectId)
  if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '.' || part === '..')) return undefined
  const { raw } = await own(context, store, ['ls-tree', '-l', '-z', '--full-tree', commit, '--', path])
  const found = fields(raw)
    .map((line) => /^(100644|100755) blob ([0-9a-f]+) +(\d+)\t/.exec(line))
    .find((match) => match !== null)
  const [, , blob, bytes] = found ?? []
  if (blob === undefined || Number(bytes) > maxBytes) return undefined
  return readable((await own(context, store, ['cat-file', 'blob', blob])).raw)
}

type NewCommit = { readonly tree: ObjectName; readonly parent: ObjectName; readonly message: string; readonly author: Author; readonly date: number }

/** See `Git.commit`. */
export async function commit(context: Context, repository: Repository, input: NewCommit): Promise<ObjectName> {
  const places = placesOf(context.home, repository.projectId)
  const name = await commitTree(context, places.store, input)
  await keepObject(context, places, 'commits', name)
  return name
}

async function commitTree(context: Context, store: string, input: Omit<NewCommit, 'parent'> & { parent?: ObjectName }): Promise<ObjectName> {
  const date = `@${Math.trunc(input.date)} +0000`
  const env = {
    GIT_AUTHOR_NAME: ident(input.author.name) || 'Lugh',
    GIT_AUTHOR_EMAIL: ident(input.author.email) || 'lugh@localhost',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
  }
  const parents = input.parent === undefined ? [] : ['-p', input.parent]
  return objectName(await own(context, store, ['commit-tree', input.tree, ...parents, '-F', '-'], { env, stdin: input.message.replaceAll('\0', '') }))
}

/** git drops these characters from names; a name of nothing else would be an error. */
function ident(text: string): string {
  return text.replaceAll(/[<>\n\r\0]/g, ' ').replaceAll(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '')
}

const MERGER = { author: { name: 'Lugh', email: 'lugh@localhost' }, date: 0, message: 'merge' }

/** See `Git.merge`. Names may be commits or trees. Synthetic commits stand for them: git 2.39's `merge-tree` takes no merge base. */
export async function merge(context: Context, repository: Repository, base: ObjectName, ours: ObjectName, theirs: ObjectName): Promise<MergeOutcome> {
  const places = placesOf(context.home, repository.projectId)
  const trees = await Promise.all([base, ours, theirs].map((name) => treeOf(context, repository, name)))
  const [baseTree = base, ourTree = ours, theirTree = theirs] = trees
  const parent = await commitTree(context, places.store, { ...MERGER, tree: baseTree })
  const us = await commitTree(context, places.store, { ...MERGER, tree: ourTree, parent })
  const them = await commitTree(context, places.store, { ...MERGER, tree: theirTree, parent, message: 'merge: theirs' })
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', us, them]
  const result = await own(context, places.store, args, { answers: [1] })
  const [first = '', ...rest] = fields(result.raw)
  const tree = ObjectName.parse(first)
  await keepObject(context, places, 'trees', tree)
  if (result.exitCode === 0) return { outcome: 'clean', tree }
  const files = [...new Set(rest.filter((path) => path !== ''))].map(readableName)
  return { outcome: 'conflict', files, tree, say: sayConflict(files) }
}

function sayConflict(files: readonly string[]): string {
  const named = files.slice(0, 3).map((file) => oneLine(file, 60))
  const more = files.length > named.length ? ` and ${files.length - named.length} more` : ''
  return `Both sides changed ${named.join(', ')}${more} in the same places.`
}

/** See `Git.materialise`. */
export async function materialise(context: Context, repository: Repository, tree: ObjectName, path: string): Promise<void> {
  const places = placesOf(context.home, repository.projectId)
  await mkdir(path, { recursive: true, mode: 0o700 })
  if ((await readdir(path)).length > 0) throw new LughError('conflict', 'The directory for the files is not empty.', { detail: path })
  await withIndex(places, undefined, (index) => ownIn(context, { gitDir: places.store, workTree: path, index }, ['read-tree', '-m', '-u', tree]))
}
