/** Reads what a checkpoint holds, from objects alone. */
import { LughError, ObjectName } from '#core'
import { fields, toBytes } from '../bytes.ts'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { readBlobs } from '../objects.ts'
import { placesOf } from '../places.ts'
import type { Repository } from '../port.ts'

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
  const names = await namesOf(context, store, commit, paths)
  const blobs = await readBlobs(context, store, [...names.values()])
  return new Map([...names].map(([path, name]) => [path, toBytes(blobs.get(name) ?? '').toString('utf8')]))
}

async function namesOf(context: Context, store: string, commit: ObjectName, paths: readonly string[]): Promise<Map<string, ObjectName>> {
  const { stdout } = await own(context, store, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    stdin: paths.map((path) => `${commit}:${path}\n`).join(''),
  })
  const lines = stdout.trimEnd().split('\n')
  return new Map(
    paths.map((path, at) => {
      const [name = '', type] = (lines[at] ?? '').split(' ')
      if (type !== 'blob') throw new LughError('git.failed', 'A part of the checkpoint is missing.', { detail: `${commit}:${path}` })
      return [path, ObjectName.parse(name)]
    }),
  )
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

/** See `Checkpoints.commitsBetween`. */
export async function commitsBetween(context: Context, repository: Repository, from: ObjectName, to: ObjectName): Promise<number> {
  const { store } = placesOf(context.home, repository.projectId)
  return Number((await own(context, store, ['rev-list', '--count', to, `^${from}`])).stdout.trim())
}
