/**
 * The form of a checkpoint's file: one line that names it, one line of JSON, and a git bundle with everything. The JSON binds the bundle
 * by its SHA-256 and itself by a digest, so that a file that was altered on the way is refused before anything is written.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CHECKPOINT_KINDS, LughError, digest } from '#core'
import { z } from 'zod'

const MAGIC = 'lugh checkpoint 1\n'
/** What may be read into memory to take it in. */
const MAX_FILE_BYTES = 512 * 1024 ** 2
const MAX_HEADER_BYTES = 64 * 1024

const Header = z.strictObject({
  /** Version and checkpoint as they were where it was made. */
  lugh: z.string(),
  number: z.number(),
  name: z.string().nullable(),
  kind: z.enum(CHECKPOINT_KINDS),
  project: z.string(),
  madeAt: z.string(),
  /** What the checkpoint's commit and manifest are bound by. */
  digest: z.string(),
  bundle: z.strictObject({ bytes: z.number(), sha256: z.string() }),
  /** Over everything above. */
  sum: z.string(),
})
export type Header = z.infer<typeof Header>

/** Joins head and bundle at `path`, whole or not at all; what is there already is not replaced. Answers the bytes of the file. */
export async function writeCheckpointFile(path: string, about: Omit<Header, 'sum' | 'bundle'>, bundlePath: string): Promise<number> {
  if (await exists(path)) throw new LughError('conflict', `${path} is there already. Name another file.`)
  const { size } = await stat(bundlePath)
  const body = { ...about, bundle: { bytes: size, sha256: await sha256Of(bundlePath) } }
  const header: Header = { ...body, sum: sumOf(body) }
  const aside = `${path}.part`
  try {
    const head = Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`, 'utf8')
    // Left by a kill, or put there by others where all may write: it is never written through.
    await rm(aside, { force: true })
    const out = createWriteStream(aside, { mode: 0o600, flags: 'wx' })
    out.write(head)
    await pipeline(createReadStream(bundlePath), out)
    const file = await open(aside, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await giveName(aside, path)
    return head.length + size
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
}

/** As `rename`, but what has come to be there meanwhile stays. Some sticks and shares know no second name for a file. */
async function giveName(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path)
  } catch (error) {
    if (await exists(path)) throw new LughError('conflict', `${path} is there already. Name another file.`, { cause: error })
    return rename(aside, path)
  }
  await rm(aside)
}

/** Reads and proves a file. Throws `input.invalid` for what is none, `git.refused-content` for one that was altered or cut off. */
export async function readCheckpointFile(path: string): Promise<{ header: Header; bundle: Uint8Array }> {
  const found = await stat(path).catch(() => undefined) // absence is an answer, given below
  if (found?.isFile() !== true) throw new LughError('not-found', `There is no file ${path} on this machine.`)
  if (found.size > MAX_FILE_BYTES)
    throw new LughError('input.invalid', `${path} is larger than ${MAX_FILE_BYTES / 1024 ** 2} MB, the most that is taken in.`)
  return parseCheckpointFile(await readFile(path))
}

/** As `readCheckpointFile`, of bytes at hand. */
export function parseCheckpointFile(bytes: Buffer): { header: Header; bundle: Uint8Array } {
  if (bytes.toString('utf8', 0, MAGIC.length) !== MAGIC)
    throw new LughError('input.invalid', 'That is no checkpoint of Lugh. /checkpoint export C7 makes one.')
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n', MAGIC.length)
  const header = end < 0 ? undefined : Header.safeParse(parsed(bytes.toString('utf8', MAGIC.length, end))).data
  if (header === undefined) throw altered('its head cannot be read')
  const { sum, ...body } = header
  if (sumOf(body) !== sum) throw altered('its head was changed')
  const bundle = bytes.subarray(end + 1)
  if (bundle.length !== header.bundle.bytes) throw altered('it was cut off, or something was added')
  if (createHash('sha256').update(bundle).digest('hex') !== header.bundle.sha256) throw altered('its content was changed')
  return { header, bundle }
}

function sumOf(body: Omit<Header, 'sum'>): string {
  return digest('checkpoint-file.v1', body)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no JSON: no head
  }
}

function altered(why: string): LughError {
  return new LughError('git.refused-content', `This file is not as it was made (${why}), so nothing was taken from it. Export it again.`)
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
