/** Reads what a checkpoint holds, from objects alone. */
import { LughError, ObjectName } from '#core'
import { fields, readableName, toBytes } from '../bytes.ts'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { readBlobs } from '../objects.ts'
import { placesOf } from '../places.ts'
import type { Held, Repository } from '../port.ts'

/** See `Checkpoints.list`. */
export async function list(context: Context, repository: Repository, commit: ObjectName, folder: string): Promise<ReadonlyMap<string, ObjectName>> {
  const { store } = placesOf(context.home, repository.projectId)
  const { raw } = await own(context, store, ['ls-tree', '-z', '--full-tree', commit, '--', ...(folder === '' ? [] : [`${folder}/`])])
  return new Map(fields(raw).flatMap((line) => entry(line, folder)))
}

function entry(line: string, folder: string): [string, ObjectName][] {
  const found = /^\d+ \w+ ([0-9a-f]+)\t([\s\S]*)$/.exec(line)
  if (found?.[1] === undefined || found[2] === undefined) return []
  return [[folder === '' ? found[2] : found[2].slice(folder.length + 1), ObjectName.parse(found[1])]]
}

/** See `Checkpoints.read`. */
export async function read(
  context: Context,
  repository: Repository,
  commit: ObjectName,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { store } = placesOf(context.home, repository.projectId)
  if (paths.length === 0) return new Map()
  const named = await namesOf(context, store, commit, paths)
  const texts = new Map<string, string>()
  for (const some of batches(named)) {
    const outputBytes = some.reduce((sum, { bytes }) => sum + bytes + FRAME_BYTES, FRAME_BYTES)
    const blobs = await readBlobs(
      context,
      store,
      some.map(({ name }) => name),
      { outputBytes },
    )
    for (const { path, name } of some) texts.set(path, toBytes(blobs.get(name) ?? '').toString('utf8'))
  }
  return texts
}

type Named = { readonly path: string; readonly name: ObjectName; readonly bytes: number }

/** What is held in memory twice for a moment; a longer text is a batch by itself. Conversations of a busy project are many times this. */
const BATCH_BYTES = 16 * 1024 ** 2
/** The name and the size git prints before each. */
const FRAME_BYTES = 128
/** The longest row a database takes as JSON; what is longer was made to harm. */
const MAX_TEXT_BYTES = 255 * 1024 ** 2

function* batches(all: readonly Named[]): Generator<readonly Named[]> {
  let some: Named[] = []
  let bytes = 0
  for (const one of all) {
    if (some.length > 0 && bytes + one.bytes > BATCH_BYTES) {
      yield some
      ;[some, bytes] = [[], 0]
    }
    some.push(one)
    bytes += one.bytes
  }
  if (some.length > 0) yield some
}

async function namesOf(context: Context, store: string, commit: ObjectName, paths: readonly string[]): Promise<Named[]> {
  const { stdout } = await own(context, store, ['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], {
    stdin: paths.map((path) => `${commit}:${path}\n`).join(''),
  })
  const lines = stdout.trimEnd().split('\n')
  return paths.map((path, at) => {
    const [name = '', type, size] = (lines[at] ?? '').split(' ')
    if (type !== 'blob') throw new LughError('git.failed', 'A part of the checkpoint is missing.', { detail: `${commit}:${path}` })
    if (Number(size) > MAX_TEXT_BYTES)
      throw new LughError('git.refused-content', 'A part of the checkpoint is longer than anything Lugh writes.', { detail: `${commit}:${path}` })
    return { path, name: ObjectName.parse(name), bytes: Number(size) }
  })
}

/** See `Checkpoints.held`. */
export async function held(context: Context, repository: Repository, commit: ObjectName, paths: readonly string[]): Promise<Held> {
  const { store } = placesOf(context.home, repository.projectId)
  const { stdout } = await own(context, store, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    stdin: paths.map((path) => `${commit}:${path}\n`).join(''),
  })
  const lines = stdout.split('\n')
  const parents = await own(context, store, ['rev-list', '--parents', '--max-count=1', commit])
  return {
    trees: new Map(paths.flatMap((path, at) => named(path, /^([0-9a-f]+) tree$/.exec(lines[at] ?? '')?.[1]))),
    commits: new Set(parents.stdout.trim().split(' ').slice(1)),
  }
}

function named(path: string, name: string | undefined): [string, ObjectName][] {
  return name === undefined ? [] : [[path, ObjectName.parse(name)]]
}

/** A person's agent commits a few times a task; more than this to look through is no work of a task. */
const MAX_HISTORY_BYTES = 256 * 1024 ** 2

/** See `Checkpoints.historySince`. */
export async function historySince(context: Context, repository: Repository, head: ObjectName, without: readonly ObjectName[]): Promise<string> {
  const { store } = placesOf(context.home, repository.projectId)
  const args = ['log', '-p', '-m', '--full-index', '--text', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color', '--format=%an%n%ae%n%B']
  return (await own(context, store, [...args, head, ...without.map((name) => `^${name}`)], { outputBytes: MAX_HISTORY_BYTES })).stdout
}

/** See `Checkpoints.stat`. */
export async function stat(
  context: Context,
  repository: Repository,
  from: ObjectName,
  to: ObjectName,
): Promise<{ files: number; insertions: number; deletions: number }> {
  const { store } = placesOf(context.home, repository.projectId)
  if (from === to) return { files: 0, insertions: 0, deletions: 0 }
  const { stdout } = await own(context, store, [
    'diff-tree',
    '-r',
    '--shortstat',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--text',
    from,
    to,
  ])
  const number = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(stdout)?.[1] ?? 0)
  return { files: number('file'), insertions: number('insertion'), deletions: number('deletion') }
}

/** See `Checkpoints.differing`. */
export async function differing(context: Context, repository: Repository, from: ObjectName, to: ObjectName, limit: number): Promise<string[]> {
  const { store } = placesOf(context.home, repository.projectId)
  if (from === to) return []
  const { raw } = await own(context, store, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to])
  return fields(raw)
    .filter((path) => path !== '')
    .slice(0, limit)
    .map(readableName)
}

/** See `Checkpoints.commitsBetween`. */
export async function commitsBetween(context: Context, repository: Repository, from: ObjectName, to: ObjectName): Promise<number> {
  const { store } = placesOf(context.home, repository.projectId)
  return Number((await own(context, store, ['rev-list', '--count', to, `^${from}`])).stdout.trim())
}
