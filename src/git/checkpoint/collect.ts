/**
 * Keeps the store from growing for ever: drops references nothing names any more, packs the rest, deletes what hangs on nothing.
 * Works in Lugh's own store only, never in the person's repository nor in base, from which it borrows.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { placesOf } from '../places.ts'
import type { Collected, Collecting, Repository } from '../port.ts'
import { refOfCheckpoint } from './keep.ts'

/** Packing months of a large project. */
const PACK_TIMEOUT_MS = 60 * 60_000
const KINDS = ['checkpoints', 'trees', 'commits'] as const
type Kind = (typeof KINDS)[number]
type Ref = { readonly ref: string; readonly kind: Kind; readonly name: string }

/** See `Checkpoints.bytesOf`. */
export async function bytesFreed(context: Context, repository: Repository, names: readonly string[]): Promise<number> {
  const { store } = placesOf(context.home, repository.projectId)
  const going = new Set(names.map(refOfCheckpoint))
  const all = await refsOf(context, store)
  const lines = all.map(({ ref, name, kind }) => {
    if (going.has(ref)) return `${ref}\n`
    return kind === 'checkpoints' ? `^${ref}\n` : `^${name}\n`
  })
  if (!all.some(({ ref }) => going.has(ref))) return 0
  const base = await own(context, placesOf(context.home, repository.projectId).base, ['for-each-ref', '--format=^%(objectname)'])
  const { stdout } = await own(context, store, ['rev-list', '--disk-usage', '--objects', '--stdin'], { stdin: lines.join('') + base.stdout })
  return Number(stdout.trim())
}

/** See `Checkpoints.collect`. One at a time per project; everything git does in it may be killed and repeated. */
export async function collect(context: Context, repository: Repository, keep: Collecting): Promise<Collected> {
  const { store } = placesOf(context.home, repository.projectId)
  return context.oneAtATime(`collect ${store}`, async () => {
    const bytesBefore = await bytesIn(context, store)
    const dropped = await dropRefs(context, store, keep)
    const expiry = keep.youngMs === 0 ? 'now' : `${Math.ceil(keep.youngMs / 1000)}.seconds.ago`
    await own(context, store, ['-c', 'gc.cruftPacks=false', '-c', `gc.pruneExpire=${expiry}`, 'gc', '--quiet', `--prune=${expiry}`], {
      timeoutMs: PACK_TIMEOUT_MS,
    })
    return { dropped, bytesBefore, bytesAfter: await bytesIn(context, store) }
  })
}

async function refsOf(context: Context, store: string): Promise<Ref[]> {
  const { stdout } = await own(context, store, ['for-each-ref', '--format=%(refname)', 'refs/lugh'])
  return stdout.split('\n').flatMap((ref) => {
    const [, , folder, name] = ref.split('/')
    const kind = KINDS.find((one) => one === folder)
    return kind === undefined || name === undefined ? [] : [{ ref, kind, name }]
  })
}

/** In one transaction of git's: a tree a task hangs on is kept by a name of its own before the checkpoint that held it goes. */
async function dropRefs(context: Context, store: string, keep: Collecting): Promise<number> {
  const all = await refsOf(context, store)
  const going: Ref[] = []
  for (const one of all) if (!keep[one.kind].has(one.name) && !(await isYoung(store, one, keep.youngMs))) going.push(one)
  const known = new Set(all.map(({ ref }) => ref))
  const missing = (['trees', 'commits'] as const).flatMap((kind) =>
    [...keep[kind]].map((name) => ({ ref: `refs/lugh/${kind}/${name}`, name })).filter(({ ref }) => !known.has(ref)),
  )
  const there = await present(context, store, missing)
  const lines = [...there.map(({ ref, name }) => `create ${ref} ${name}\n`), ...going.map(({ ref }) => `delete ${ref}\n`)]
  if (lines.length > 0) await own(context, store, ['update-ref', '--stdin'], { stdin: lines.join('') })
  return going.length
}

/** Of objects that are wanted, those the store has: what is gone cannot be kept. */
async function present<T extends { name: string }>(context: Context, store: string, wanted: readonly T[]): Promise<T[]> {
  if (wanted.length === 0) return []
  const { stdout } = await own(context, store, ['cat-file', '--batch-check=%(objecttype)'], { stdin: wanted.map(({ name }) => `${name}\n`).join('') })
  const types = stdout.split('\n')
  return wanted.filter((_, at) => ['tree', 'commit'].includes(types[at] ?? ''))
}

/** A reference that was written a moment ago is a file by itself; packed ones have been here since the last time. */
async function isYoung(store: string, { ref }: Ref, youngMs: number): Promise<boolean> {
  const found = await stat(join(store, ref)).catch(() => undefined) // packed, or gone meanwhile
  return found !== undefined && Date.now() - found.mtimeMs < youngMs
}

/** What the store takes up, without what it borrows. */
async function bytesIn(context: Context, store: string): Promise<number> {
  const { stdout } = await own(context, store, ['count-objects', '-v'])
  const kib = (word: string): number => Number(new RegExp(`^${word}: (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0)
  return (kib('size') + kib('size-pack') + kib('size-garbage')) * 1024
}
