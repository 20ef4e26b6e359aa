/** One file out of a tree of Lugh's own repositories, byte for byte. Nothing is checked out and no link is followed: only what the tree itself holds is found. */
import { existsSync } from 'node:fs'
import { LughError, type ObjectName } from '#core'
import { refOf } from './branch-name.ts'
import { fields, readableName } from './bytes.ts'
import { objectName, own } from './command.ts'
import type { Context } from './command.ts'
import { placesOf } from './places.ts'
import type { FileAt, Repository } from './port.ts'

/** Names of a hundred thousand files; whoever mistyped one is waiting. */
const NAMES_BYTES = 8 * 1024 * 1024
const NAMES_MS = 3000
/** As many as are worth reading on a phone. */
const NEAR = 5
const PATH_MAX = 1024

/** See `Git.fileAt`. */
export async function fileAt(
  context: Context,
  repository: Repository,
  at: { readonly branch: string } | { readonly tree: ObjectName },
  path: string,
  maxBytes: number,
): Promise<FileAt> {
  const { base, store } = placesOf(context.home, repository.projectId)
  if (path.includes('\0') || path.length > PATH_MAX || path.startsWith('/') || path.split('/').some((part) => ['', '.', '..'].includes(part)))
    throw new LughError('input.invalid', `“${path.slice(0, 80)}” is no path in the project: paths are relative to it, as in src/index.js.`)
  const gitDir = 'branch' in at ? base : store
  if (!existsSync(gitDir)) return { kind: 'unknown' }
  const tree = 'tree' in at ? at.tree : await tipOf(context, gitDir, at.branch)
  if (tree === undefined) return { kind: 'unknown' }
  const { raw } = await own(context, gitDir, ['ls-tree', '-l', '-z', '--full-tree', tree, '--', path])
  const [entry] = fields(raw).map((line) => /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t/.exec(line))
  if (entry === null || entry === undefined) return { kind: 'missing', near: await near(context, gitDir, tree, path) }
  const [, mode, kind, name = '', size] = entry
  if (kind === 'tree') return { kind: 'folder' }
  if (kind !== 'blob') return { kind: 'submodule' }
  if (mode === '120000') return { kind: 'link' }
  if (Number(size) > maxBytes) return { kind: 'large', bytes: Number(size) }
  return { kind: 'file', bytes: (await own(context, gitDir, ['cat-file', 'blob', name])).raw }
}

async function tipOf(context: Context, gitDir: string, branch: string): Promise<ObjectName | undefined> {
  const tip = await own(context, gitDir, ['rev-parse', '--quiet', '--verify', `${refOf(branch)}^{commit}`], { answers: [1] })
  return tip.stdout.trim() === '' ? undefined : objectName(tip)
}

/** Paths that end as the one that was asked for, in letters of either case. */
async function near(context: Context, gitDir: string, tree: ObjectName, path: string): Promise<string[]> {
  const options = { timeoutMs: NAMES_MS, outputBytes: NAMES_BYTES, mayTruncate: true, answers: [128] }
  const all = await own(context, gitDir, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', tree], options)
  const end = path.toLowerCase()
  const found = fields(all.raw)
    .map(readableName)
    .filter((one) => one.toLowerCase() === end || one.toLowerCase().endsWith(`/${end}`))
  return found.slice(0, NEAR)
}
