/** Where a branch of the person's repository is checked out, and in what state. Only looks; takes no lock and refreshes no index. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { asPerson, theirs } from './command.ts'
import type { Context } from './command.ts'
import { fields, toBytes } from './bytes.ts'

export type Checkout = { readonly path: string; readonly branch: string | undefined; readonly bare: boolean; readonly locked: boolean }

/** All checkouts of the repository: the main one and linked worktrees. */
export async function listCheckouts(context: Context, location: string): Promise<Checkout[]> {
  const { raw } = await theirs(context, location, ['worktree', 'list', '--porcelain', '-z'])
  const checkouts: Checkout[] = []
  let lines: string[] = []
  for (const line of fields(raw)) {
    if (line !== '') lines.push(line)
    else {
      checkouts.push(parseCheckout(lines))
      lines = []
    }
  }
  return checkouts
}

function parseCheckout(lines: readonly string[]): Checkout {
  const value = (key: string): string | undefined => lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1)
  const branch = value('branch')
  return {
    path: toBytes(value('worktree') ?? '').toString('utf8'),
    branch: branch === undefined ? undefined : toBytes(branch).toString('utf8'),
    bare: lines.includes('bare'),
    locked: lines.some((line) => line === 'locked' || line.startsWith('locked ')),
  }
}

/** Git's own marks of work under way, each with what to call it. */
const UNDER_WAY = [
  ['MERGE_HEAD', 'a merge'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick'],
  ['REVERT_HEAD', 'a revert'],
  ['rebase-merge', 'a rebase'],
  ['rebase-apply', 'a rebase'],
  ['sequencer', 'a cherry-pick or revert'],
  ['BISECT_START', 'a bisect'],
] as const

/** What a checkout is in the middle of, in words; `ref` is the branch that is being worked on, when it is detached for that. */
export async function workUnderWay(context: Context, checkout: string): Promise<{ what: string; ref: string | undefined } | undefined> {
  const gitDir = await gitDirOf(context, checkout)
  const found = UNDER_WAY.find(([name]) => existsSync(join(gitDir, name)))
  if (found === undefined) return undefined
  const names = ['rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START']
  const texts = await Promise.all(names.map((name) => readFile(join(gitDir, name), 'utf8').catch(() => ''))) // most are absent
  const name = texts.find((text) => text.trim() !== '')?.trim()
  return { what: found[1], ref: name === undefined || name.startsWith('refs/') ? name : `refs/heads/${name}` }
}

/** The git directory of one checkout (of a linked worktree: its own). */
export async function gitDirOf(context: Context, checkout: string): Promise<string> {
  const { stdout } = await theirs(context, checkout, ['rev-parse', '--absolute-git-dir'])
  const path = stdout.replace(/\n$/, '')
  return isAbsolute(path) ? path : join(checkout, path)
}

/** Tracked files that differ from HEAD in index or working tree, as git with the person's filters sees them. Untracked ones do not count. */
export async function changedPaths(context: Context, checkout: string): Promise<string[]> {
  const { raw } = await asPerson(context, checkout, [
    'status',
    '--porcelain=v1',
    '-z',
    '--no-renames',
    '--untracked-files=no',
    '--ignore-submodules=dirty',
  ])
  return fields(raw).map((line) => line.slice(3))
}

/** What a checkout has checked out now: a commit, or undefined when it has none. */
export async function headOf(context: Context, checkout: string): Promise<string | undefined> {
  return (await theirs(context, checkout, ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'], { answers: [1] })).stdout.trim() || undefined
}
