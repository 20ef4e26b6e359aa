/** Proves a checkpoint whole before anything is written from it: its reference, and every object of it read and hashed again. */
import { createHash } from 'node:crypto'
import type { ObjectName } from '#core'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { GitFailed } from '../failure.ts'
import { placesOf } from '../places.ts'
import type { Repository } from '../port.ts'
import { refOfCheckpoint } from './keep.ts'

/** Reading every file of a large project again. */
const VERIFY_TIMEOUT_MS = 600_000
/** Objects are read in batches of this many bytes, which is what is held in memory; a larger one is a batch by itself. */
const BATCH_BYTES = 32 * 1024 ** 2
/** What git prints around each object. */
const FRAME_BYTES = 128

/**
 * See `Checkpoints.verify`. Of the commits it names the trees are read whole, their older history is not: a restore never
 * looks at it. `rev-list --verify-objects` would do the same in one command, but passes over a damaged checksum at the end of
 * a file (git 2.39), which a checkout then refuses half-way.
 */
export async function verify(context: Context, repository: Repository, name: string, commit: ObjectName): Promise<string | undefined> {
  const { store } = placesOf(context.home, repository.projectId)
  try {
    const { stdout: found } = await own(context, store, ['rev-parse', '--quiet', '--verify', refOfCheckpoint(name)], { answers: [1] })
    if (found.trim() !== commit) return found.trim() === '' ? 'its reference is gone' : 'its reference names something else'
    for (const batch of batches(await sizes(context, store, await objectsOf(context, store, commit)))) {
      const wrong = await firstWrong(context, store, batch)
      if (wrong !== undefined) return `object ${wrong} is missing or damaged`
    }
    return undefined
  } catch (error) {
    if (error instanceof GitFailed && !error.retryable) return 'an object of it is missing or damaged'
    throw error
  }
}

async function objectsOf(context: Context, store: string, commit: ObjectName): Promise<string[]> {
  const { stdout: header } = await own(context, store, ['cat-file', 'commit', commit])
  const tips = [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '')
  const { raw } = await own(context, store, ['rev-list', '--objects', '--no-object-names', '--no-walk', commit, ...tips], {
    timeoutMs: VERIFY_TIMEOUT_MS,
  })
  return [...new Set(Buffer.from(raw).toString('latin1').split('\n'))].filter((name) => name !== '')
}

type Sized = { readonly name: string; readonly bytes: number }

async function sizes(context: Context, store: string, names: readonly string[]): Promise<Sized[]> {
  const { stdout } = await own(context, store, ['cat-file', '--batch-check=%(objectname) %(objectsize)'], { stdin: `${names.join('\n')}\n` })
  const known = stdout.trimEnd().split('\n')
  return names.map((name, at) => ({ name, bytes: Number(known[at]?.split(' ')[1]) || 0 }))
}

function* batches(all: readonly Sized[]): Generator<readonly Sized[]> {
  let batch: Sized[] = []
  let bytes = 0
  for (const one of all) {
    if (batch.length > 0 && bytes + one.bytes > BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(one)
    bytes += one.bytes + FRAME_BYTES
  }
  yield batch
}

/** Reads each object as a checkout would and hashes it as git does. Answers the first that is not what its name says. */
async function firstWrong(context: Context, store: string, batch: readonly Sized[]): Promise<string | undefined> {
  const bytes = batch.reduce((sum, one) => sum + one.bytes + FRAME_BYTES, 0)
  const options = { stdin: batch.map(({ name }) => `${name}\n`).join(''), outputBytes: bytes * 2 + FRAME_BYTES, timeoutMs: VERIFY_TIMEOUT_MS }
  const { raw } = await own(context, store, ['cat-file', '--batch', '--buffer'], options)
  const all = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  let at = 0
  for (const { name } of batch) {
    const end = all.indexOf('\n', at)
    const [found, type = '', size = ''] = all.toString('latin1', at, end).split(' ')
    const from = end + 1
    const to = from + Number(size)
    if (end < 0 || found !== name || !/^\d+$/.test(size) || to > all.length) return name
    const hash = createHash(name.length === 64 ? 'sha256' : 'sha1')
      .update(`${type} ${size}\0`)
      .update(all.subarray(from, to))
    if (hash.digest('hex') !== name) return name
    at = to + 1
  }
  return undefined
}
