/**
 * Makes and removes worktrees. Lugh's own git writes the files (from base, with no configuration of the workshop's), then
 * the directory is joined to the workshop inside the sandbox. Never trusts what an agent could have written; never
 * overwrites a worktree that its record calls ready.
 */
import { lstat, mkdir, readFile, readdir, rename, rm, rmdir, utimes } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { LughError, crashPoint } from '#core'
import { refOf } from './branch-name.ts'
import { ownIn } from './command.ts'
import type { Context } from './command.ts'
import { bringToWorkshop } from './checkpoint/bring.ts'
import { rawAt } from './checkpoint/raw.ts'
import { makeRaw, makeWorkshop } from './own-repositories.ts'
import { withIndex } from './private-index.ts'
import { placesOf } from './places.ts'
import type { Places } from './places.ts'
import type { NewWorktree, Repository } from './port.ts'
import { attach, detach, emptyHostile, isAttached } from './workshop.ts'
import { dropRecord, readRecord, readRecords, seedIndex, writeRecord } from './worktree-record.ts'
import type { WorktreeRecord } from './worktree-record.ts'

/** See `Git.createWorktree`. */
export async function createWorktree(context: Context, repository: Repository, worktree: NewWorktree): Promise<void> {
  refOf(worktree.branch)
  const places = placesOf(context.home, repository.projectId)
  await context.oneAtATime(places.workshop, async () => {
    await makeWorkshop(context, places)
    const record = await readRecord(places, worktree.path)
    if (record?.state === 'ready' && sameWorktree(record, worktree) && (await isDirectory(worktree.path))) return keep(context, places, record)
    await make(context, places, worktree)
  })
}

/** See `Git.removeWorktree`. */
export async function removeWorktree(context: Context, repository: Repository, worktree: { path: string; branch: string }): Promise<void> {
  refOf(worktree.branch)
  const places = placesOf(context.home, repository.projectId)
  await context.oneAtATime(places.workshop, () => takeAway(context, places, worktree))
}

/** Removes a worktree's files, its place in the workshop, its branch and last its record. The caller holds the project's turn. */
export async function takeAway(context: Context, places: Places, worktree: { path: string; branch: string }): Promise<void> {
  await makeWorkshop(context, places)
  const emptied = await isDirectory(worktree.path)
  const record = await readRecord(places, worktree.path)
  if (record !== undefined) await writeRecord(places, { ...record, state: 'unfinished' })
  await detach(context, places, { ...worktree, emptied })
  crashPoint('worktree.after-detach')
  if (emptied) await removeEmptied(context, places, worktree.path)
  await dropRecord(places, worktree.path)
}

async function make(context: Context, places: Places, worktree: NewWorktree): Promise<void> {
  const { path } = worktree
  await writeRecord(places, { ...worktree, state: 'unfinished' })
  crashPoint('worktree.after-record')
  await mkdir(path, { recursive: true, mode: 0o700 })
  if ((await readdir(path)).length > 0) await emptyHostile(context, places, path)
  if (worktree.raw === true) await context.oneAtATime(places.raw, () => makeRaw(context, places))
  await checkOut(context, places, worktree, seedIndex(places, path))
  crashPoint('worktree.after-checkout')
  await joinWorkshop(context, places, worktree, false)
  crashPoint('worktree.after-attach')
  await writeRecord(places, { ...worktree, state: 'ready' })
}

/** Makes a live worktree whole again: an unfinished one anew, a ready one without touching its files. Answers whether there was something to do. */
export async function repairWorktree(context: Context, places: Places, record: WorktreeRecord): Promise<boolean> {
  const isWhole = record.state === 'ready' && (await isDirectory(record.path))
  if (isWhole && (await isAttached(context, places, record.path))) return false
  await (isWhole ? joinWorkshop(context, places, record, true) : make(context, places, record))
  return true
}

/** A ready worktree may hold work: its files stay. Its place in the workshop is repaired when an agent or a kill has broken it. */
async function keep(context: Context, places: Places, record: WorktreeRecord): Promise<void> {
  if (!(await isAttached(context, places, record.path))) await joinWorkshop(context, places, record, true)
}

async function joinWorkshop(context: Context, places: Places, worktree: NewWorktree, keepBranch: boolean): Promise<void> {
  if (await attachOne(context, places, worktree, keepBranch)) return
  await rebuild(context, places, worktree.path)
  if (await attachOne(context, places, worktree, keepBranch)) return
  throw new LughError('git.broken-workshop', 'The workshop of this project could not be repaired. Remove the project and add it again.', {
    detail: places.workshop,
  })
}

async function attachOne(context: Context, places: Places, worktree: NewWorktree, keepBranch: boolean): Promise<boolean> {
  const index = await workshopIndex(context, places, worktree)
  const commit = worktree.head ?? worktree.base
  if (worktree.tree !== undefined) await bringToWorkshop(context, places, worktree)
  return attach(context, places, { path: worktree.path, branch: worktree.branch, commit, index, keepBranch })
}

/** The index agents get: the one that was saved, or that of their branch's commit. Objects of `tree` are the store's alone; to git its files are uncommitted work. */
async function workshopIndex(context: Context, places: Places, worktree: NewWorktree): Promise<Uint8Array> {
  const seed = seedIndex(places, worktree.path)
  if (worktree.tree === undefined && worktree.index === undefined) return readFile(seed)
  return withIndex(places, seed, async (index) => {
    await ownIn(context, { gitDir: places.store, workTree: worktree.path, index }, [
      'read-tree',
      '--reset',
      worktree.index ?? worktree.head ?? worktree.base,
    ])
    return readFile(index)
  })
}

/** Puts a new workshop in the place of a broken one and joins the other live worktrees to it again. Their commits are gone, their files are not. */
async function rebuild(context: Context, places: Places, except: string): Promise<void> {
  const broken = join(places.scratch, `broken-${randomBytes(6).toString('hex')}.git`)
  await rename(places.workshop, broken)
  await makeWorkshop(context, places)
  for (const record of await readRecords(places)) {
    if (record.path !== except && record.state === 'ready' && (await isDirectory(record.path))) await attachOne(context, places, record, true)
  }
  await emptyHostile(context, places, broken)
  await rm(broken, { recursive: true, force: true })
}

/**
 * Writes the files of `treeish` into an empty directory and keeps the index that goes with them. No agent runs in it yet,
 * so the index's stat data is true; its time is set a little ahead of every file's, so that each later write is seen
 * (a change time cannot be set back), and no file counts as racy.
 */
async function checkOut(context: Context, places: Places, { path, base, tree, raw }: NewWorktree, index: string): Promise<void> {
  const fresh = `${index}.new`
  for (const left of [fresh, `${fresh}.lock`]) await rm(left, { force: true })
  const at = raw === true ? rawAt(places, path, fresh) : { gitDir: places.store, workTree: path, index: fresh }
  await ownIn(context, at, ['read-tree', '-m', '-u', tree ?? base])
  const aheadMs = 2
  const time = (Date.now() + aheadMs) / 1000
  await utimes(fresh, time, time)
  await rename(fresh, index)
}

async function removeEmptied(context: Context, places: Places, path: string): Promise<void> {
  try {
    await rmdir(path)
  } catch {
    await emptyHostile(context, places, path)
    await rmdir(path)
  }
}

function sameWorktree(record: WorktreeRecord, worktree: NewWorktree): boolean {
  return (['branch', 'base', 'tree', 'head', 'index', 'raw'] as const).every((key) => record[key] === worktree[key])
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined) // absence is an answer
  return found?.isDirectory() === true
}
