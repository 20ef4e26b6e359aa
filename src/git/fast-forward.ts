/**
 * Moves a clean checkout of the person's forward by `git merge --ff-only`, which is itself the compare-and-set, and finishes
 * one that was killed half-way. Overwrites nothing but what is bit for bit the old or the new version of a changed file.
 */
import { lstat, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ObjectName, crashPoint, oneLine } from '#core'
import { z } from 'zod'
import { fields, readableName, toBytes } from './bytes.ts'
import { changedPaths, gitDirOf, headOf } from './checkout-state.ts'
import { asPerson, own, theirs } from './command.ts'
import type { Context } from './command.ts'
import { GitFailed } from './failure.ts'
import { placesOf } from './places.ts'
import type { Repository } from './port.ts'
import { bornAt } from './this-life.ts'

export type Step = {
  readonly checkout: string
  readonly ref: string
  readonly old: ObjectName
  readonly commit: ObjectName
  /** For the reflog. */
  readonly message: string
}

/** What was about to be done, so that the next life knows a half-moved checkout for its own work. */
const Note = z.object({ checkout: z.string(), old: ObjectName, commit: ObjectName, at: z.number() })

/** Large files through the person's filters (LFS downloads) take their time. */
const MERGE_TIMEOUT_MS = 600_000

/** Moves the checkout. Answers undefined when it is done, or git's reason why it would not be. Throws when the disk is full or git hangs. */
export async function fastForward(context: Context, repository: Repository, step: Step): Promise<string | undefined> {
  const { landing } = placesOf(context.home, repository.projectId)
  const { checkout, old, commit, message } = step
  if ((await headOf(context, checkout)) !== old) return 'it has moved'
  const obstacle = await inTheWay(context, repository, step)
  if (obstacle !== undefined) return obstacle
  await writeFile(landing, JSON.stringify({ checkout, old, commit, at: Date.now() }), { flush: true })
  crashPoint('land.after-note')
  const refusal = await tryMerge(context, checkout, commit, message)
  crashPoint('land.after-merge')
  await rm(landing, { force: true })
  return refusal
}

/** A new file of the commit whose place is taken. git would refuse too, but only after it has overwritten ORIG_HEAD. */
async function inTheWay(context: Context, repository: Repository, { checkout, old, commit }: Step): Promise<string | undefined> {
  const { store } = placesOf(context.home, repository.projectId)
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', '--diff-filter=A', old, commit]
  for (const path of fields((await own(context, store, args)).raw)) {
    const at = Buffer.concat([Buffer.from(`${checkout}/`), toBytes(path)])
    const found = await lstat(at).catch(() => undefined) // absence is what is hoped for
    if (found?.isDirectory() === false) return `${oneLine(readableName(path), 100)} in ${checkout} is in the way and not in git`
  }
  return undefined
}

async function tryMerge(context: Context, checkout: string, commit: ObjectName, message: string): Promise<string | undefined> {
  const args = ['merge', '--ff-only', '--no-overwrite-ignore', '--no-autostash', '--no-verify-signatures', '--no-stat', '--quiet', commit]
  try {
    await asPerson(context, checkout, args, { env: { GIT_REFLOG_ACTION: message }, timeoutMs: MERGE_TIMEOUT_MS })
    return undefined
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error
    if ((await headOf(context, checkout)) === commit) return undefined
    // The note stays: a repeat finds what was written before the disk was full or the time was up.
    if (error.code === 'disk.full' || error.exitCode === null) throw error
    return refusalOf(error.stderr, checkout)
  }
}

function refusalOf(stderr: string, checkout: string): string {
  const inTheWay = /untracked working tree files would be (?:overwritten|removed)[^\n]*:\n\t([^\n]*)/.exec(stderr)?.[1]
  if (inTheWay !== undefined) return `${oneLine(inTheWay, 100)} in ${checkout} is in the way and not in git`
  const folder = /Updating the following directories would lose untracked files in them:\n\t([^\n]*)/.exec(stderr)?.[1]
  if (folder !== undefined) return `${oneLine(folder, 100)} in ${checkout} holds files that are not in git`
  if (/index\.lock': File exists/.test(stderr)) return `another git command is at work in ${checkout} (or has left its index.lock)`
  return `git would not move ${checkout}: ${oneLine(stderr.split('\n')[0] ?? '', 200)}`
}

/**
 * Finishes a fast-forward that an earlier life began and was killed in: files before index before reference, as git does it.
 * Does nothing where there is no note of one, or where anything looks like a person's own work.
 */
export async function finishKilled(context: Context, repository: Repository, step: Step): Promise<void> {
  const { landing } = placesOf(context.home, repository.projectId)
  const note = await readNote(landing)
  if (note === undefined || note.checkout !== step.checkout || note.old !== step.old || note.commit !== step.commit) return
  if ((await headOf(context, step.checkout)) === step.old) {
    await dropStaleLock(context, step.checkout, note.at)
    if (await isHalfDone(context, step)) await finish(context, step)
  }
  await rm(landing, { force: true })
}

async function readNote(path: string): Promise<z.infer<typeof Note> | undefined> {
  try {
    return Note.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** A lock made while the noted merge could have run, and before this process began, is that merge's. */
async function dropStaleLock(context: Context, checkout: string, notedAt: number): Promise<void> {
  const lock = join(await gitDirOf(context, checkout), 'index.lock')
  const found = await stat(lock).catch(() => undefined) // absence is an answer
  if (found !== undefined && found.mtimeMs >= notedAt && found.mtimeMs < Math.min(bornAt(), notedAt + MERGE_TIMEOUT_MS))
    await rm(lock, { force: true })
}

/** Whether some files already moved, and every difference from `old` is a changed file in its old state, its new one, or half-written. */
async function isHalfDone(context: Context, step: Step): Promise<boolean> {
  const { raw } = await theirs(context, step.checkout, ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', step.old, step.commit])
  const parts = fields(raw)
  const changes = parts.flatMap((part, i) => (i % 2 === 0 ? [parseChange(part, parts[i + 1] ?? '')] : []))
  const touched = new Set(changes.map(({ path }) => path))
  const dirty = await changedPaths(context, step.checkout)
  if (dirty.some((path) => !touched.has(path))) return false
  const states = await Promise.all(changes.map((change) => stateOf(context, step, change)))
  return !states.includes('foreign') && states.some((state) => state !== 'old')
}

type Change = { readonly path: string; readonly oldObject: string; readonly newObject: string }

function parseChange(meta: string, path: string): Change {
  const [, , oldObject = '', newObject = ''] = meta.split(' ')
  return { path, oldObject, newObject }
}

async function stateOf(context: Context, { checkout, commit }: Step, change: Change): Promise<'old' | 'new' | 'half' | 'foreign'> {
  const at = Buffer.concat([Buffer.from(`${checkout}/`), toBytes(change.path)])
  const isNothing = (name: string): boolean => /^0+$/.test(name)
  const found = await lstat(at).catch(() => undefined) // absence is a state
  if (found === undefined) return isNothing(change.oldObject) ? 'old' : isNothing(change.newObject) ? 'new' : 'half'
  if (found.isDirectory()) return 'half'
  const content = found.isSymbolicLink() ? await readlink(at, 'buffer') : await readFile(at)
  const path = toBytes(change.path).toString('utf8')
  const filter = found.isSymbolicLink() ? ['--no-filters'] : [`--path=${path}`]
  const name = (await asPerson(context, checkout, ['hash-object', '--stdin', ...filter], { stdin: content })).stdout.trim()
  if (name === change.newObject) return 'new'
  if (name === change.oldObject) return 'old'
  if (isNothing(change.newObject)) return 'foreign'
  const whole = await asPerson(context, checkout, ['cat-file', '--filters', `${commit}:${path}`])
  return Buffer.from(whole.raw).subarray(0, content.length).equals(content) ? 'half' : 'foreign'
}

async function finish(context: Context, { checkout, ref, commit, old, message }: Step): Promise<void> {
  await asPerson(context, checkout, ['read-tree', '--reset', '-u', commit], { timeoutMs: MERGE_TIMEOUT_MS })
  await theirs(context, checkout, ['update-ref', '-m', message, ref, commit, old])
}
