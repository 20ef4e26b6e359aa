/**
 * A checkpoint as a git bundle: everything that hangs on its reference, the history of its commits too, so that it needs nothing on the
 * other side. What comes in was written by anybody: git checks every object before it is kept.
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LughError, ObjectName } from '#core'
import { own } from '../command.ts'
import type { Context } from '../command.ts'
import { GitFailed } from '../failure.ts'
import { objectFormat } from '../own-repositories.ts'
import { placesOf } from '../places.ts'
import type { Repository } from '../port.ts'
import { refOfCheckpoint } from './keep.ts'

/** Years of a large project. */
const BUNDLE_TIMEOUT_MS = 30 * 60_000
/** A header has a line or three; what goes on longer is no bundle. */
const MAX_HEADER_BYTES = 4096

/** See `Checkpoints.writeBundle`. */
export async function writeBundle(context: Context, repository: Repository, name: string, path: string): Promise<void> {
  const { store } = placesOf(context.home, repository.projectId)
  if (existsSync(join(store, 'shallow')))
    throw new LughError('git.refused-content', 'The repository is a shallow clone: its history is cut off, and a file could not be read elsewhere.')
  try {
    await own(context, store, ['bundle', 'create', '--quiet', path, refOfCheckpoint(name)], { timeoutMs: BUNDLE_TIMEOUT_MS })
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** See `Checkpoints.takeBundle`. */
export async function takeBundle(context: Context, repository: Repository, name: string, bundle: Uint8Array): Promise<ObjectName> {
  const places = placesOf(context.home, repository.projectId)
  const { commit, format, pack } = parseBundle(bundle)
  if (format !== (await objectFormat(context, places))) throw notOurs('its objects are named by another hash than those of this repository')
  try {
    await own(context, places.store, ['index-pack', '--stdin', '--strict'], { stdin: pack, timeoutMs: BUNDLE_TIMEOUT_MS })
  } catch (error) {
    if (error instanceof GitFailed && !error.retryable) throw notOurs('git finds something wrong in its objects', error)
    throw error
  }
  const ref = refOfCheckpoint(name)
  const { stdout } = await own(context, places.store, ['rev-parse', '--quiet', '--verify', ref], { answers: [1] })
  if (stdout.trim() === commit) return commit
  await own(context, places.store, ['update-ref', ref, commit, '0'.repeat(commit.length)])
  return commit
}

/** See `Checkpoints.dropBundle`. */
export async function dropBundle(context: Context, repository: Repository, name: string): Promise<void> {
  const { store } = placesOf(context.home, repository.projectId)
  await own(context, store, ['update-ref', '-d', refOfCheckpoint(name)])
}

type Bundle = { readonly commit: ObjectName; readonly format: 'sha1' | 'sha256'; readonly pack: Uint8Array }

/** gitformat-bundle: a signature, capabilities, prerequisites, references, an empty line, a pack. Ours has one reference and needs nothing. */
function parseBundle(bundle: Uint8Array): Bundle {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength)
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n\n')
  if (end < 0) throw notOurs('it is no bundle')
  const [signature = '', ...lines] = bytes.toString('utf8', 0, end).split('\n')
  const capabilities = lines.filter((line) => line.startsWith('@'))
  const [reference = '', ...more] = lines.filter((line) => !line.startsWith('@'))
  const commit = ObjectName.safeParse(/^([0-9a-f]+) refs\/lugh\/checkpoints\/[\w-]+$/.exec(reference)?.[1]).data
  if (!/^# v[23] git bundle$/.test(signature) || commit === undefined || more.length > 0) throw notOurs('it is no bundle of one checkpoint')
  const format = capabilities.includes('@object-format=sha256') ? 'sha256' : 'sha1'
  if (capabilities.some((line) => !line.startsWith('@object-format='))) throw notOurs('it is a bundle of an unknown kind')
  return { commit, format, pack: bytes.subarray(end + 2) }
}

function notOurs(why: string, cause?: Error): LughError {
  return new LughError('git.refused-content', `This file cannot be taken in: ${why}. Nothing was kept.`, cause === undefined ? {} : { cause })
}
